"""The web server: a page, its files, and a WebSocket for each visitor."""

import asyncio
import importlib.resources
import ipaddress
import json
import secrets
import socket

from starlette.applications import Starlette
from starlette.responses import FileResponse, PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocketDisconnect

from trilobite.playground import limits
from trilobite.playground.visitor import Visitor

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
PAGE = importlib.resources.files("trilobite.playground") / "page"
_WAITING = 8  # messages to a page that it has not read


class Site:
    """The application, for one address.

    Parameters
    ----------
    host : str
        That the server listens on.
    port : int
    token : str
        Without which nobody gets in.
    own : Table, optional
        Data that each visitor begins with.
    """

    def __init__(self, host, port, token, own=None):
        self.hosts, self.port, self.token, self.own = _names(host), port, token, own
        self.anywhere = _is_wildcard(host)
        self.visitors = set()  # conversations, and those whose threads have not ended yet
        self.app = _Guard(
            self,
            Starlette(
                routes=[
                    Route("/", self.index),
                    Mount("/page", StaticFiles(directory=str(PAGE), check_dir=False)),
                    WebSocketRoute("/ws", self.socket),
                ]
            ),
        )

    def allows_host(self, given):
        """Whether a Host header, or an Origin without its scheme, names this server."""
        name, _, port = given.rpartition(":")
        if not name or port != str(self.port):
            return self.port == 80 and ":" not in given and given.lower() in self.hosts
        name = name.strip("[]").lower()
        return name in self.hosts or self.anywhere and _is_address(name)

    def allows_origin(self, given):
        """Whether an Origin header is that of a page of this server, or there is none."""
        return given is None or given.startswith("http://") and self.allows_host(given[7:])

    def knows(self, query):
        """Whether the token is right."""
        given = query.get("token", "")
        return secrets.compare_digest(given.encode(), self.token.encode())

    async def index(self, request):
        """The page."""
        if not self.knows(request.query_params):
            return PlainTextResponse(
                "The token is wrong or missing: open the whole address that `python -m trilobite "
                "playground` printed.\n",
                403,
            )
        return FileResponse(str(PAGE / "index.html"))

    async def socket(self, websocket):
        """Talk with one visitor until one of the two has gone."""
        if not self.knows(websocket.query_params):
            await websocket.send_denial_response(PlainTextResponse("wrong token\n", 403))
            return
        await websocket.accept()
        if len(self.visitors) >= limits.VISITORS:
            await websocket.close(1013, f"{limits.VISITORS} visitors are there already")
            return
        await _Conversation(self, websocket).run()

    def close(self):
        """End all conversations."""
        for each in self.visitors:
            for reader in each.tasks[:1]:
                reader.cancel()


class _Conversation:
    """A WebSocket and its visitor."""

    def __init__(self, site, websocket):
        self.site, self.websocket = site, websocket
        self.loop, self.outbox = asyncio.get_running_loop(), asyncio.Queue()
        self.sent, self.tasks = asyncio.Event(), []
        self.visitor = Visitor(self._soon(self.outbox.put_nowait), site.own, self._soon(self._end))
        site.visitors.add(self)

    def _soon(self, call):
        """A function for other threads that calls in the loop's."""

        def do(*arguments):
            try:
                self.loop.call_soon_threadsafe(call, *arguments)
            except RuntimeError:  # the loop has ended
                pass

        return do

    def _end(self):
        self.site.visitors.discard(self)
        self.outbox.put_nowait(None)

    async def run(self):
        """Send and receive until one of the two ends."""
        self.tasks = [asyncio.create_task(self.read()), asyncio.create_task(self.write())]
        try:
            await asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.visitor.close()
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)

    async def write(self):
        """Send what the visitor's thread has made."""
        while (message := await self.outbox.get()) is not None:
            if isinstance(message, bytes):
                await self.websocket.send_bytes(message)
            else:
                await self.websocket.send_text(message)
            self.sent.set()
        await self.websocket.close(1011, "the session has ended by a mistake of the server")

    async def read(self):
        """Receive messages; the next one is read when the last one is answered."""
        while True:
            try:
                message = _parsed(await self.websocket.receive())
            except WebSocketDisconnect:
                return
            if message is None:
                await self.websocket.close(1003, "expected messages that are JSON objects")
                return
            if message.get("type") == "frame_taken":
                self.visitor.frame_taken(message.get("frame"))
                continue
            answered = asyncio.Event()
            self.visitor.ask(message, self._soon(answered.set))
            await answered.wait()
            while self.outbox.qsize() > _WAITING:
                self.sent.clear()
                await self.sent.wait()


def _parsed(received):
    """A message as a dict, None if it is none."""
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code", 1005))
    try:
        message = json.loads(received.get("text") or "")
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


class _Guard:
    """ASGI in front of an application: Host, Origin, and headers of each answer."""

    def __init__(self, site, app):
        self.site, self.app = site, app

    async def __call__(self, scope, receive, send):
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refused = None
        if not self.site.allows_host(headers.get(b"host", "")):
            refused = "this server is known by another name: see the address that it printed\n"
        elif not self.site.allows_origin(headers.get(b"origin")):
            refused = "asked for by a page from elsewhere\n"
        if refused and scope["type"] == "http":
            await PlainTextResponse(refused, 403, HEADERS)(scope, receive, send)
        elif refused:
            await send({"type": "websocket.close", "code": 1008, "reason": refused})
        else:
            await self.app(scope, receive, _with_headers(send))


def _with_headers(send):
    async def sending(message):
        if message["type"] == "http.response.start":
            own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            message = message | {"headers": [*message["headers"], *own]}
        await send(message)

    return sending


def _names(host):
    """Names under which a server on this address may be asked for, in small letters."""
    loopback = {"127.0.0.1", "localhost", "::1"}
    if host.lower() in loopback:
        return loopback
    return loopback | {host.lower(), socket.gethostname().lower()}


def _is_wildcard(host):
    return _is_address(host) and ipaddress.ip_address(host).is_unspecified


def _is_address(name):
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
