"""A playground's server in a thread, and a page that is a program."""

import json
import threading
import time
from contextlib import ExitStack, contextmanager

from websockets.sync.client import connect

from trilobite._cli.playground import listen
from trilobite.playground import serving
from trilobite.playground.frames import decode

TOKEN = "a-token"


class Server:
    """Where it is; `token` and `port`."""

    token = TOKEN

    def __init__(self, port, site):
        self.port, self.site = port, site
        self.origin = f"http://127.0.0.1:{port}"
        self.address = f"{self.origin}/?token={TOKEN}"
        self.socket = f"ws://127.0.0.1:{port}/ws?token={TOKEN}"

    def page(self, **options):
        return Page(self.socket, self.origin, **options)


@contextmanager
def serving_at(own=None, port=None):
    """A server on a port, by default a free one, ended at the end."""
    listening = listen("127.0.0.1", port)
    server, site = serving.made(listening, "127.0.0.1", TOKEN, own)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield Server(listening.getsockname()[1], site)
    finally:
        server.should_exit = True
        thread.join()


def free(server):
    """Wait until no visitor is there."""
    end = time.monotonic() + 30
    while server.site.visitors:
        assert time.monotonic() < end
        time.sleep(0.01)


class Page:
    """A WebSocket that asks, and acknowledges frames as a page does unless it is told not to."""

    def __init__(self, address, origin, takes=True, **options):
        options = {"max_size": None, "open_timeout": 30, "compression": None} | options
        self._stack = ExitStack()
        self.socket = self._stack.enter_context(connect(address, origin=origin, **options))
        self.takes, self.number = takes, 0
        self.states, self.frames = [], []
        while not self.states:
            self.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._stack.close()

    def read(self, timeout=60):
        """One message; frames and states are kept."""
        message = self.socket.recv(timeout=timeout)
        if isinstance(message, bytes):
            header, arrays = decode(message)
            self.frames.append((header, arrays))
            if self.takes:
                self.send({"type": "frame_taken", "frame": header["frame"]})
            return None
        message = json.loads(message)
        if message["type"] == "state":
            self.states.append(message)
        return message

    def send(self, message):
        self.socket.send(json.dumps(message))

    def reply(self, kind, **fields):
        """Ask; return the answer or the error."""
        self.number += 1
        self.send({"type": kind, "id": self.number} | fields)
        while True:
            message = self.read()
            if message and message["type"] != "state":
                assert message["id"] == self.number
                return message

    def ask(self, kind, **fields):
        """Ask; return the answer, and wait for the state that follows it."""
        before = len(self.states)
        answer = self.reply(kind, **fields)
        assert answer["type"] == "answer", answer
        while len(self.states) == before:
            self.read()
        return answer

    @property
    def state(self):
        return self.states[-1]

    @property
    def spec(self):
        return self.state["spec"]

    def frame(self):
        """The next frame that comes."""
        before = len(self.frames)
        while len(self.frames) == before:
            self.read()
        return self.frames[-1]

    def until(self, done, seconds=60):
        """Read until `done(page)`."""
        end = time.monotonic() + seconds
        while not done(self):
            assert time.monotonic() < end
            self.read()
