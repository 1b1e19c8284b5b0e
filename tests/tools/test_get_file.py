"""utils.get_file: from a server on this machine, checked, written whole or not at all."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from trilobite.utils import get_file

BODY = bytes(range(256)) * 1000
SHA256, MD5 = hashlib.sha256(BODY).hexdigest(), hashlib.md5(BODY).hexdigest()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        if self.path.startswith("/cut"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY[:1000])
            return
        self.send_response(404 if self.path == "/none" else 200)
        self.end_headers()
        self.wfile.write(b"gone" if self.path == "/none" else self.server.body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server whose `body` is what every path but two gives."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests, server.body = [], BODY
    server.url = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_where_it_is_kept(server, tmp_path):
    path = get_file("table.csv", server.url + "any")
    assert path == str(tmp_path / "cache" / "trilobite" / "datasets" / "table.csv")
    assert Path(path).read_bytes() == BODY
    assert get_file("table.csv", server.url + "any") == path
    named = get_file(
        origin=server.url + "data/x.bin?version=2", cache_dir=tmp_path, cache_subdir="s"
    )
    assert named == str(tmp_path / "s" / "x.bin")
    assert server.requests == ["/any", "/data/x.bin?version=2"]
    assert get_file("table.csv", server.url + "any", force_download=True) == path
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "given",
    [
        dict(file_hash=SHA256),
        dict(file_hash=SHA256.upper(), hash_algorithm="sha256"),
        dict(file_hash=MD5),
        dict(md5_hash=MD5),
    ],
)
def test_hash(server, given):
    """What is there is checked, too, and replaced if it is another file."""
    path = get_file("f", server.url, **given)
    Path(path).write_bytes(b"damaged")
    assert get_file("f", server.url, **given) == path
    assert Path(path).read_bytes() == BODY
    server.body = b"another"
    assert get_file("f", server.url, **given) == path  # needs no server
    assert len(server.requests) == 2
    Path(path).write_bytes(b"damaged")
    with pytest.raises(ConnectionError, match="expected " + next(iter(given.values()))):
        get_file("f", server.url, **given)
    assert Path(path).read_bytes() == b"damaged"
    assert [p.name for p in Path(path).parent.iterdir()] == ["f"]


@pytest.mark.parametrize("at", ["none", "cut"])
def test_nothing_is_written_of_what_fails(server, tmp_path, at):
    with pytest.raises(ConnectionError, match="no mirror gave f"):
        get_file("f", server.url + at)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (dict(origin=None), "origin: got None"),
        (dict(fname=None), "fname: got none"),
        (dict(extract=True), "extract: got True"),
        (dict(untar=True), "untar: got True"),
        (dict(hash_algorithm="crc"), "hash_algorithm: got 'crc'"),
    ],
)
def test_refused(server, given, message):
    with pytest.raises((TypeError, ValueError), match=message):
        get_file(**{"fname": "f", "origin": server.url} | given)
    assert not server.requests
