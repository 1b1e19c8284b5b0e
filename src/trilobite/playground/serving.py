"""Runs the server until Ctrl-C."""

import mimetypes

import uvicorn
import websockets  # noqa: F401  by which uvicorn serves them
from uvicorn.protocols.http.h11_impl import H11Protocol

from trilobite.playground import limits
from trilobite.playground.server import Site

_KINDS = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".html": "text/html",
}
_FIRST_REQUEST = 10  # seconds in which a connection must ask for something
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 21\r\nConnection: close\r\n\r\n"


class Protocol(H11Protocol):
    """HTTP, of which there are not too many connections, and none that asks for nothing."""

    def connection_made(self, transport):
        """Take a connection, or refuse it."""
        if len(self.connections) >= limits.CONNECTIONS:
            transport.write(_BUSY + b"too many connections\n")
            transport.close()
            return
        super().connection_made(transport)
        self.loop.call_later(_FIRST_REQUEST, self._end_if_silent)

    def _end_if_silent(self):
        if self in self.connections and self.cycle is None:
            self.transport.close()

    def data_received(self, data):
        """Read; nothing of a connection that was refused."""
        if self in self.connections:
            super().data_received(data)

    def connection_lost(self, exc):
        """Forget the connection."""
        if self in self.connections:
            super().connection_lost(exc)


def serve(listening, host, token, own=None):
    """Serve at a socket that is bound.

    Parameters
    ----------
    listening : socket.socket
    host : str
        As it was asked for.
    token : str
    own : Table, optional
    """
    server, _ = made(listening, host, token, own)
    server.run(sockets=[listening])


def made(listening, host, token, own=None):
    """The server that `serve` runs, and its site."""
    for ending, kind in _KINDS.items():
        mimetypes.add_type(kind, ending)  # whatever the machine says
    site = Site(host, listening.getsockname()[1], token, own)
    config = uvicorn.Config(
        site.app,
        http=Protocol,
        loop="asyncio",
        ws="websockets-sansio",
        ws_max_size=limits.MESSAGE,
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
        backlog=128,
    )
    return _Server(config, site), site


class _Server(uvicorn.Server):
    """A server that sends its visitors away before it ends."""

    def __init__(self, config, site):
        super().__init__(config)
        self.site = site

    async def shutdown(self, sockets=None):
        """End all conversations, then the rest."""
        self.site.close()
        await super().shutdown(sockets)
