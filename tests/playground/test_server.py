"""The server on a real socket of this machine: who gets in, and what becomes of bad messages."""

import http.client
import json
import socket
import threading
import time

import numpy as np
import pytest

pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from played import TOKEN, serving_at  # noqa: E402
from websockets.exceptions import ConnectionClosed, InvalidStatus  # noqa: E402
from websockets.sync.client import connect  # noqa: E402

from trilobite.playground import limits, serving, visitor  # noqa: E402

CSV = "a,b,y\n" + "".join(f"{k},{k % 7},{k % 2}\n" for k in range(40))


@pytest.fixture(scope="module")
def server():
    with serving_at() as server:
        yield server


def request(server, path, method="GET", **headers):
    """Status, headers and text of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, answer.read().decode()
    finally:
        connection.close()


def opened(address, **options):
    """Open a WebSocket and close it."""
    with connect(address, **options):
        pass


def free(server):
    """Wait until no visitor is there."""
    end = time.monotonic() + 30
    while server.site.visitors:
        assert time.monotonic() < end
        time.sleep(0.01)


# ---- who gets in ----


def test_the_page_needs_the_token(server):
    status, headers, text = request(server, f"/?token={TOKEN}")
    assert status == 200 and headers["content-type"].startswith("text/html")
    assert "<html" in text.lower()
    for query in ("", "?token=", "?token=b-token", f"?token={TOKEN}x", "?token=%ff%00"):
        status, _, text = request(server, f"/{query}")
        assert status == 403 and text.count("\n") == 1 and "token" in text


def test_headers_of_every_answer(server):
    for path, status in (
        ("/", 403),
        (f"/?token={TOKEN}", 200),
        ("/page/none.js", 404),
        ("/x", 404),
    ):
        found, headers, _ = request(server, path)
        assert found == status
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers
    found, headers, _ = request(server, "/", Host="evil.example")
    assert found == 403 and "content-security-policy" in headers


@pytest.mark.parametrize(
    "path",
    [
        *("/page/../session.py", "/page/%2e%2e/session.py", "/page/..%2fsession.py"),
        *("/page/%5c..%5csession.py", "/page//etc/passwd", "/page/", "/page", "/session.py"),
    ],
)
def test_nothing_but_the_pages_files(server, path):
    status, _, text = request(server, path)
    assert status in (307, 404) and "import" not in text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods(server, method):
    assert request(server, f"/?token={TOKEN}", method)[0] == 405


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{}", "127.0.0.1", "127.0.0.1:1", "", "10.0.0.1:{}", "a:b:{}"],
)
def test_a_foreign_host_is_refused(server, host):
    host = host.format(server.port)
    assert request(server, f"/?token={TOKEN}", Host=host)[0] == 403
    with pytest.raises(InvalidStatus) as error:
        opened(server.socket, additional_headers={"Host": host})
    assert error.value.response.status_code in (400, 403)


@pytest.mark.parametrize("host", ["localhost:{}", "127.0.0.1:{}", "[::1]:{}", "LOCALHOST:{}"])
def test_names_of_this_machine(server, host):
    assert request(server, f"/?token={TOKEN}", Host=host.format(server.port))[0] == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://evil.example:{}", "https://127.0.0.1:{}", "null",
               "http://127.0.0.1:1", "http://127.0.0.1.evil.example:{}", "file://"],
)  # fmt: skip
def test_a_foreign_origin_is_refused(server, origin):
    origin = origin.format(server.port)
    assert request(server, f"/?token={TOKEN}", Origin=origin)[0] == 403
    with pytest.raises(InvalidStatus) as error:
        opened(server.socket, origin=origin)
    assert error.value.response.status_code == 403


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=%ff", "?Token=" + TOKEN])
def test_a_socket_needs_the_token(server, query):
    with pytest.raises(InvalidStatus) as error:
        opened(server.socket.partition("?")[0] + query, origin=server.origin)
    assert error.value.response.status_code == 403
    assert b"token" in error.value.response.body


def test_no_socket_elsewhere(server):
    with pytest.raises(InvalidStatus):
        opened(server.socket.replace("/ws", "/sw"), origin=server.origin)


def test_other_addresses():
    """With --host: that name, or, where it is all of them, any address that is a number."""
    from trilobite.playground.server import Site

    site = Site("192.0.2.7", 8000, "t")
    assert site.allows_host("192.0.2.7:8000") and site.allows_host("localhost:8000")
    assert not site.allows_host("192.0.2.8:8000")
    site = Site("0.0.0.0", 8000, "t")
    assert site.allows_host("192.0.2.8:8000") and site.allows_host("[2001:db8::1]:8000")
    assert site.allows_host(f"{socket.gethostname()}:8000")
    assert not site.allows_host("evil.example:8000") and not site.allows_host("192.0.2.8:80")
    assert Site("127.0.0.1", 80, "t").allows_host("localhost")


# ---- messages ----


def closed(server, message):
    """The code with which the socket is closed after a message."""
    page = server.page()
    try:
        with pytest.raises(ConnectionClosed) as error:
            page.socket.send(message)
            while True:
                page.read()
    finally:
        page.close()
    end = error.value.rcvd  # None if the connection was reset before that was read
    return (end.code, end.reason) if end else (1006, "")


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "3",
        "null",
        '"play"',
        b"{}",
        b"",
        "[" * 100_000,
        "{" * 100_000,
        "9" * 5000,
        "\0",
    ],
)
def test_what_is_no_message_closes_the_socket(server, message):
    code, reason = closed(server, message)
    assert code == 1003 and "JSON" in reason


def test_a_message_too_large_closes_the_socket(server):
    assert closed(server, '{"type": "data", "text": "' + "a" * limits.MESSAGE + '"}')[0] in (
        1009,
        1006,
    )
    server.page().close()


def test_bytes_that_are_no_text_close_the_socket(server):
    page = server.page()
    with page.socket.send_context():
        page.socket.protocol.send_text(b"\xff\xfe")
    with pytest.raises(ConnectionClosed) as error:
        while True:
            page.read()
    assert error.value.rcvd.code == 1007


def test_errors_are_answers(server):
    with server.page() as page:
        for fields, argument in (
            ({"spec": {"hidden": [99]}}, "spec.hidden"),
            ({"spec": {"seed": float("nan")}}, "spec.seed"),
            ({"spec": [[[[]]]]}, "spec"),
            ({"spec": {}, "keep": True, "more": 1}, "more"),
        ):
            error = page.reply("configure", **fields)
            assert (error["type"], error["argument"]) == ("error", argument)
            assert error["error"].startswith(f"{argument}: ") and "\n" not in error["error"]
        error = page.reply("x" * 1_000_000)
        assert error["argument"] == "type" and len(error["error"]) <= 500
        for number in (None, [1], {"a": 1}, 1.5):
            page.send({"type": "pause", "id": number})
            while (answer := page.read()) is None or answer["type"] == "state":
                pass
            assert answer == {"type": "answer", "id": None}
        page.ask("pause")


def test_out_of_order(server):
    """Frames that were never sent are not taken; undo, forget and the like find nothing."""
    with server.page(takes=False) as page:
        page.frame()
        for number in (5, -1, 10**30, "1", None, True, [1], 1.0):
            page.send({"type": "frame_taken", "frame": number})
        page.send({"type": "frame_taken"})
        for kind in ("undo", "redo"):
            assert "nothing to" in page.reply(kind)["error"]
        page.ask("pause")
        page.ask("play")
        page.ask("play")
        while len(page.frames) < 2:
            page.read()
        page.ask("pause")
        assert page.frames[-1][0]["frame"] == 2  # the third waits until one is taken


def test_a_mistake_of_the_server_ends_one_visitor_alone(server, monkeypatch):
    class Bad(visitor.Session):
        def frame(self):
            if self.epochs_per_frame == 13:
                raise ZeroDivisionError("on purpose")
            return super().frame()

    monkeypatch.setattr(visitor, "Session", Bad)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    with server.page() as page, server.page() as other:
        with pytest.raises(ConnectionClosed) as error:
            page.ask("pace", epochs_per_frame=13)
            while True:
                page.read()
        assert error.value.rcvd.code == 1011
        other.ask("step", epochs=2)
        assert other.state["epoch"] == 2
    free(server)


# ---- training ----


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


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00",
        b"\r\n" * 100,
        b"GET / HTTP/9\r\n\r\n",
        b"GET /" + b"a" * 100_000,
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    ],
)
def test_what_is_no_http(server, said):
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.settimeout(30)
        raw.sendall(said)
        raw.shutdown(socket.SHUT_WR)
        answer = raw.recv(1000)
    assert answer == b"" or answer.split()[1] in (b"400", b"403")


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
