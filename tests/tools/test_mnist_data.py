"""MNIST from a folder, the cache or a mirror; every way in which a mirror can fail."""

import errno
import gzip
import hashlib
import io
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from trilobite.datasets import download, idx, mnist

# What stands in for MNIST's four files: the same names, small contents.
ARRAYS = {
    "train-images-idx3-ubyte": np.arange(60, dtype=np.uint8).reshape(5, 4, 3),
    "train-labels-idx1-ubyte": np.arange(5, dtype=np.uint8),
    "t10k-images-idx3-ubyte": np.arange(24, dtype=np.uint8).reshape(2, 4, 3) * 7,
    "t10k-labels-idx1-ubyte": np.arange(2, dtype=np.uint8),
}
FIRST = "train-images-idx3-ubyte"
PLAIN = {name: idx.to_bytes(array) for name, array in ARRAYS.items()}
GZIP = {f"{name}.gz": gzip.compress(data) for name, data in PLAIN.items()}
FILES = tuple(
    (name, array.shape, hashlib.sha256(PLAIN[name]).hexdigest()) for name, array in ARRAYS.items()
)


class Handler(BaseHTTPRequestHandler):
    """Serve ``/<behaviour>/<file>``; the behaviours are the methods below."""

    def do_GET(self):
        self.server.requests.append(self.path)
        _, behaviour, name = self.path.split("/")
        getattr(self, behaviour)(GZIP[name])

    def log_message(self, *args):
        pass

    def send(self, body, length=None, status=200):
        self.send_response(status)
        if length is not False:
            self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def ok(self, body):
        self.send(body)

    def together(self, body):
        self.server.barrier.wait(30)
        self.send(body)

    def unsized(self, body):
        self.send(body, length=False)

    def missing(self, body):
        self.send(b"no such file", status=404)

    def truncated(self, body):
        self.send(body[: len(body) // 2], length=len(body))

    def cut(self, body):
        self.send(body[: len(body) // 2], length=False)

    def corrupted(self, body):
        self.send(body[:20] + bytes([body[20] ^ 255]) + body[21:])

    def wrong(self, body):
        array = idx.read(body)
        self.send(gzip.compress(idx.to_bytes(array + np.uint8(1))))

    def page(self, body):
        self.send(b"<html>Please log in to this network</html>")

    def bomb(self, body):
        self.send(gzip.compress(gzip.decompress(body) + bytes(500_000)))

    def promising_bomb(self, body):
        self.send(gzip.compress(b"\0\0\x08\x01\x7f\xff\xff\xff" + bytes(1_000_000)))

    def endless(self, body):
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(1024):  # as good as endless: 64 MB
                self.wfile.write(bytes(1 << 16))
        except OSError:
            pass

    def hanging(self, body):
        self.server.stopped.wait(30)

    def stalling(self, body):
        self.send(body[:10], length=len(body))
        self.server.stopped.wait(30)

    def dripping(self, body):
        self.send(b"", length=len(body))
        try:
            for i in range(len(body)):
                self.wfile.write(body[i : i + 1])
                self.wfile.flush()
                if self.server.stopped.wait(0.1):
                    break
        except OSError:
            pass

    def hanging_up(self, body):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests, server.stopped = [], threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.stopped.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return the folder where downloads are kept; nothing is there and no mirror is known."""
    monkeypatch.delenv("TRILOBITE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(mnist, "FILES", FILES)
    monkeypatch.setattr(mnist, "MIRRORS", ())
    return tmp_path / "cache" / "trilobite" / "mnist"


@pytest.fixture
def mirrors(server, cache, monkeypatch):
    """Return a function that sets the mirrors, by their behaviour."""

    def set_mirrors(*behaviours):
        urls = tuple(f"{server.url}/{behaviour}/" for behaviour in behaviours)
        monkeypatch.setattr(mnist, "MIRRORS", urls)

    return set_mirrors


def put(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def assert_loaded(data):
    (x_train, y_train), (x_test, y_test) = data
    loaded = (x_train, y_train, x_test, y_test)
    for array, expected in zip(loaded, ARRAYS.values(), strict=True):
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, expected)


# MNIST itself


def test_real_mnist(real_mnist):
    (x_train, y_train), (x_test, y_test) = real_mnist
    assert x_train.shape == (60000, 28, 28) and y_train.shape == (60000,)
    assert x_test.shape == (10000, 28, 28) and y_test.shape == (10000,)
    assert {array.dtype for part in real_mnist for array in part} == {np.dtype(np.uint8)}
    train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(y_train).tolist() == train
    assert np.bincount(y_test).tolist() == test
    assert y_train[:8].tolist() == [5, 0, 4, 1, 9, 2, 1, 3]
    # The mean and standard deviation by which MNIST is usually normalised.
    assert x_train.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert x_train.std() / 255 == pytest.approx(0.3081, abs=5e-5)


@pytest.mark.parametrize("folder", ["", "empty"])
def test_tests_that_lack_mnist(folder, tmp_path):
    """Without a data folder they are skipped and counted, with one that lacks it they fail."""
    test = f"{__file__}::{test_real_mnist.__name__}"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test]
    environment = os.environ | {"TRILOBITE_DATA": folder and str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    if folder:
        assert done.returncode == 1 and "FileNotFoundError: path: no train-images" in done.stdout
    else:
        assert done.returncode == 0 and "\n1 skipped: no MNIST: put its" in done.stdout


# Folders


@pytest.mark.parametrize("files", [PLAIN, GZIP], ids=["plain", "gzip"])
@pytest.mark.parametrize("subfolder", ["", "mnist"])
def test_data_folder(tmp_path, cache, monkeypatch, files, subfolder):
    put(tmp_path / "data" / subfolder, files)
    assert_loaded(mnist.load_data(tmp_path / "data"))
    monkeypatch.setenv("TRILOBITE_DATA", str(tmp_path / "data"))
    assert_loaded(mnist.load_data())
    assert_loaded(mnist.load_data("mnist.npz"))
    assert not cache.exists()


@pytest.mark.parametrize("data", [PLAIN[FIRST][:-1], PLAIN["t10k-images-idx3-ubyte"], b""])
def test_bad_file_in_data_folder_is_the_users(tmp_path, cache, mirrors, monkeypatch, data):
    mirrors("ok")
    put(tmp_path, {FIRST: data})
    monkeypatch.setenv("TRILOBITE_DATA", str(tmp_path))
    with pytest.raises(ValueError, match=f"{tmp_path / FIRST}: .*expected"):
        mnist.load_data()
    assert contents(tmp_path)[FIRST] == data


def test_path_is_the_only_place(tmp_path, cache, mirrors, server):
    mirrors("ok")
    put(tmp_path, {FIRST: PLAIN[FIRST]})
    with pytest.raises(FileNotFoundError, match=f"path: no train-labels.*{tmp_path}"):
        mnist.load_data(tmp_path)
    assert not server.requests


def test_what_the_data_folder_lacks_is_downloaded(tmp_path, cache, mirrors, server, monkeypatch):
    mirrors("ok")
    put(tmp_path, {FIRST: PLAIN[FIRST]})
    monkeypatch.setenv("TRILOBITE_DATA", str(tmp_path))
    assert_loaded(mnist.load_data())
    assert len(server.requests) == 3


def test_default_cache_folder(tmp_path, cache, mirrors, monkeypatch):
    mirrors("ok")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    mnist.load_data()
    assert contents(tmp_path / "home" / ".cache" / "trilobite" / "mnist") == GZIP


# Downloads


@pytest.mark.parametrize("behaviour", ["ok", "unsized"])
def test_downloads_once(cache, mirrors, server, behaviour):
    mirrors(behaviour)
    assert_loaded(mnist.load_data())
    assert contents(cache) == GZIP
    assert_loaded(mnist.load_data())
    assert len(server.requests) == 4


FAULTS = {
    "missing": "404",
    "truncated": "truncated: [0-9]+ of [0-9]+ bytes",
    "cut": "damaged or truncated gzip",
    "corrupted": "damaged or truncated gzip|not MNIST's file",
    "wrong": "not the right file: SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}",
    "page": "not an IDX file",
    "bomb": "expected 60 bytes after the header.*found more",
    "promising_bomb": "exceeds 60 bytes",
    "endless": "larger than",
    "hanging": "timed out",
    "stalling": "timed out",
    "dripping": "only [0-9]+ bytes in",
    "hanging_up": "closed connection",
}


@pytest.fixture(params=FAULTS)
def fault(request, monkeypatch):
    if request.param in ("hanging", "stalling", "dripping"):
        monkeypatch.setattr(download, "TIMEOUT", 1.0)
    return request.param


def test_fault_of_every_mirror(cache, mirrors, server, fault):
    mirrors(fault)
    start = time.monotonic()
    url = f"{server.url}/{fault}/{FIRST}.gz"
    with pytest.raises(ConnectionError, match=f"(?s){FIRST}.gz.*{url}: .*({FAULTS[fault]})"):
        mnist.load_data()
    assert time.monotonic() - start < 15
    assert contents(cache) == {}


def test_next_mirror_is_tried(cache, mirrors, server, monkeypatch, fault):
    mirrors(fault, "ok")
    monkeypatch.setattr(mnist, "FILES", FILES[:1] * 4)  # one fault is enough
    (x_train, _), _ = mnist.load_data()
    np.testing.assert_array_equal(x_train, ARRAYS[FIRST])
    assert server.requests == [f"/{fault}/{FIRST}.gz", f"/ok/{FIRST}.gz"]
    assert contents(cache) == {f"{FIRST}.gz": GZIP[f"{FIRST}.gz"]}


def test_every_mirror_is_named(cache, mirrors, server):
    mirrors("missing", "page")
    with pytest.raises(ConnectionError) as caught:
        mnist.load_data()
    lines = str(caught.value).splitlines()
    assert "404" in lines[1] and f"{server.url}/missing/" in lines[1]
    assert "IDX" in lines[2] and f"{server.url}/page/" in lines[2]
    assert "TRILOBITE_DATA" in lines[3]


def test_connection_refused(cache, monkeypatch):
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as closed:
        port = closed.server_port
    monkeypatch.setattr(mnist, "MIRRORS", (f"http://127.0.0.1:{port}/", "http://127.0.0.1:1/"))
    with pytest.raises(ConnectionError, match=f"(?s):{port}/.*refused.*:1/.*refused"):
        mnist.load_data()
    assert contents(cache) == {}


@pytest.mark.parametrize(
    "data", [b"", GZIP[f"{FIRST}.gz"][:-9], gzip.compress(PLAIN[FIRST] + b"!")]
)
def test_bad_cached_file_is_replaced(cache, mirrors, data):
    put(cache, GZIP | {f"{FIRST}.gz": data})
    mirrors("missing")
    with pytest.warns(UserWarning, match=f"{FIRST}.gz: .*downloading it again"):
        with pytest.raises(ConnectionError, match="404"):
            mnist.load_data()
    mirrors("ok")
    with pytest.warns(UserWarning, match="downloading it again") as caught:
        assert_loaded(mnist.load_data())
    assert caught[0].filename == __file__
    assert contents(cache) == GZIP


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_failed_write_leaves_nothing(cache, mirrors, server, monkeypatch, function):
    def fail(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    mirrors("ok", "ok")
    monkeypatch.setattr(os, function, fail)
    with pytest.raises(OSError, match="No space left") as caught:
        mnist.load_data()
    assert not isinstance(caught.value, ConnectionError)  # not the mirrors' fault
    assert len(server.requests) == 1
    assert contents(cache) == {}


DOWNLOAD = """
import sys
from trilobite.datasets import mnist
mnist.MIRRORS = (sys.argv[1],)
mnist.FILES = eval(sys.argv[2])
(x_train, _), _ = mnist.load_data()
print(x_train.sum())
"""


def test_processes_download_at_once(cache, server):
    server.barrier = threading.Barrier(2)  # each file is sent once both have asked for it
    command = [sys.executable, "-c", DOWNLOAD, f"{server.url}/together/", repr(FILES)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in processes:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert int(out) == ARRAYS[FIRST].sum()
    assert len(server.requests) == 8
    assert contents(cache) == GZIP


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_progress_on_a_terminal_only(cache, mirrors, monkeypatch, stream):
    mirrors("ok")
    monkeypatch.setattr(sys, "stderr", stream())
    mnist.load_data()
    shown = sys.stderr.getvalue()
    assert (f"{FIRST}.gz: 100%" in shown) if stream is Terminal else shown == ""
