"""Visitors on real sockets: their trainers, slow and deaf pages, too many of them."""

import json
import socket
import time

import numpy as np
import pytest

pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from played import TOKEN, free, serving_at  # noqa: E402
from websockets.exceptions import ConnectionClosed  # noqa: E402
from websockets.sync.client import connect  # noqa: E402

from trilobite.playground import limits, serving  # noqa: E402

CSV = "a,b,y\n" + "".join(f"{k},{k % 7},{k % 2}\n" for k in range(40))


@pytest.fixture(scope="module")
def server():
    with serving_at() as server:
        yield server


def test_play_pause_and_frames(server):
    with server.page() as page:
        page.ask("pace", epochs_per_frame=5)
        page.ask("play")
        page.until(lambda page: page.frames and page.frames[-1][0]["epoch"] >= 50)
        page.ask("pause")
        assert not page.state["running"]
        page.until(lambda page: page.frames[-1][0]["epoch"] == page.state["epoch"])
        history = []
        for header, arrays in page.frames:
            assert header["history_from"] == len(history)
            history += arrays["history"][:, 0].tolist()
        assert history == list(range(1, page.state["epoch"] + 1))


def test_two_visitors_have_two_trainers(server):
    with server.page() as one, server.page() as two:
        one.ask("configure", spec={"hidden": [3], "seed": 1})
        two.ask("configure", spec={"hidden": [5], "seed": 2})
        one.ask("play")
        two.ask("step", epochs=4)
        two.until(lambda page: page.state["epoch"] == 4 or not page.read())
        one.until(lambda page: page.frames and page.frames[-1][0]["epoch"] >= 5)
        one.ask("pause")
        assert (two.state["epoch"], two.spec["hidden"], one.spec["hidden"]) == (4, [5], [3])
        two.until(lambda page: page.frames and page.frames[-1][0]["epoch"] == 4)
        first = two.frames[-1][1]["weights.0"]
    with server.page() as page:  # alone: the same numbers
        page.ask("configure", spec={"hidden": [5], "seed": 2})
        page.ask("step", epochs=4)
        page.until(lambda page: page.frames and page.frames[-1][0]["epoch"] == 4)
        assert np.array_equal(page.frames[-1][1]["weights.0"], first)


def test_reload_while_training(server):
    for _ in range(5):
        page = server.page()
        page.ask("pace", epochs_per_frame=1000)
        page.ask("play")
        page.frame()
        page.close()
    free(server)


def test_a_page_that_vanishes(server):
    page = server.page()
    page.ask("play")
    page.socket.socket.shutdown(socket.SHUT_RDWR)
    free(server)


def test_a_slow_page_slows_training_and_memory_does_not_grow(server):
    with server.page(takes=False) as page:
        page.ask("pace", epochs_per_frame=10)
        page.ask("play")
        while len(page.frames) < limits.IN_FLIGHT:
            page.read()
        with pytest.raises(TimeoutError):
            page.read(timeout=0.5)
        page.ask("pause")
        assert page.state["epoch"] <= 10 * (limits.IN_FLIGHT + 1)
        page.ask("play")
        for _ in range(10):  # a frame for a frame
            page.send({"type": "frame_taken", "frame": page.frames[-1][0]["frame"]})
            page.frame()
        page.ask("pause")


def test_a_page_that_asks_and_never_reads(server):
    """Its messages are not read any more; the others do not notice."""
    with server.page() as other:
        there = set(server.site.visitors)
        raw = handshake(server)
        while not (its := server.site.visitors - there):
            time.sleep(0.01)
        (its,) = its
        text = json.dumps({"type": "surface", "id": 1, "points": 11}).encode()
        frame = bytes([0x81, 0x80 | len(text)]) + bytes(4) + text  # the mask is 0
        raw.settimeout(0.5)
        sent = 0
        try:
            while sent < 20_000_000:
                sent += raw.send(frame * 1000)
                assert its.outbox.qsize() < 20
            pytest.fail("everything was read")
        except TimeoutError:
            pass
        other.ask("step", epochs=2)
        assert its.outbox.qsize() < 20 and len(its.visitor._messages) < 2
        raw.close()
    free(server)


def handshake(server):
    """A WebSocket whose reader does nothing."""
    raw = socket.create_connection(("127.0.0.1", server.port))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.sendall(
        f"GET /ws?token={TOKEN} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    return raw


def test_one_visitor_too_many(server):
    pages = [server.page() for _ in range(limits.VISITORS)]
    with pytest.raises(ConnectionClosed) as error, connect(server.socket) as raw:
        raw.recv(timeout=30)
    assert error.value.rcvd.code == 1013 and "16 visitors" in error.value.rcvd.reason
    for page in pages:
        page.ask("step")
    for page in pages:
        page.close()
    free(server)
    server.page().close()


def test_a_connection_that_says_nothing_is_closed(server, monkeypatch):
    monkeypatch.setattr(serving, "_FIRST_REQUEST", 0.1)
    for said in (b"", b"GET / HT"):
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.settimeout(30)
            raw.sendall(said)
            assert raw.recv(100) == b""


def test_own_data_over_the_socket(server):
    with server.page() as page:
        answer = page.ask("data", text=CSV, name="mine.csv")
        assert answer["columns"] == ["a", "b"] and page.state["file"] == "mine.csv"
        page.until(lambda page: page.frames and page.frames[-1][1]["map"].shape[0] == 1)
        assert page.reply("data", text="a\n1\n")["argument"] == "text"
        assert page.spec["features"] == ["a", "b"]
    from trilobite.playground.table import of_text

    with serving_at(of_text(CSV)) as other, other.page() as page:
        assert page.state["columns"] == ["a", "b"] and page.spec["data"]["name"] == "own"
