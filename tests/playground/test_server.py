"""The server on a real socket of this machine: who gets in, and what becomes of bad messages."""

import http.client
import socket
import threading

import pytest

pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from played import TOKEN, free, serving_at  # noqa: E402
from websockets.exceptions import ConnectionClosed, InvalidStatus  # noqa: E402
from websockets.sync.client import connect  # noqa: E402

from trilobite.playground import limits, visitor  # noqa: E402

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
