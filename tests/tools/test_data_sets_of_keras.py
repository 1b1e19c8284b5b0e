"""Fashion-MNIST and the housing tables: from a folder, the cache or a server, as from Keras."""

import hashlib
import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from trilobite.datasets import (
    boston_housing,
    california_housing,
    fashion_mnist,
    idx,
    stored,
)

TABLES = [boston_housing, california_housing]
X, Y = np.arange(7000.0).reshape(700, 10), np.arange(700.0) / 7
IMAGES = [
    np.arange(60, dtype=np.uint8).reshape(5, 4, 3),
    np.arange(5, dtype=np.uint8),
    np.arange(24, dtype=np.uint8).reshape(2, 4, 3),
    np.arange(2, dtype=np.uint8),
]
NAMES = [name for name, *_ in fashion_mnist.FILES]


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


TABLE = npz(x=X, y=Y)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        body = self.server.files.get(self.path[1:])
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server of what its `files` hold by name; the cache is empty, and no other mirror known."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests, server.files = [], {}
    monkeypatch.delenv("TRILOBITE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    url = f"http://127.0.0.1:{server.server_port}/"
    for module in [fashion_mnist, *TABLES]:
        monkeypatch.setattr(module, "MIRRORS", (url,))
    for module in TABLES:
        monkeypatch.setattr(module, "SHA256", hashlib.sha256(TABLE).hexdigest())
    files = [
        (name, array.shape, hashlib.sha256(idx.to_bytes(array)).hexdigest())
        for name, array in zip(NAMES, IMAGES, strict=True)
    ]
    monkeypatch.setattr(fashion_mnist, "FILES", files)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def name_of(module):
    return module.__name__.rpartition(".")[2]


@pytest.mark.parametrize("module", TABLES, ids=name_of)
def test_table_is_downloaded_once(server, tmp_path, module):
    server.files = {f"{name_of(module)}.npz": TABLE}
    (x, y), (x_test, y_test) = module.load_data()
    assert x.shape == (560, 10) and x_test.shape == (140, 10)
    order = np.arange(700)
    np.random.RandomState(113).shuffle(order)  # as Keras does
    np.testing.assert_array_equal(np.concatenate([x, x_test]), X[order])
    np.testing.assert_array_equal(np.concatenate([y, y_test]), Y[order])
    kept = tmp_path / "cache" / "trilobite" / name_of(module) / f"{name_of(module)}.npz"
    assert kept.read_bytes() == TABLE
    np.testing.assert_array_equal(module.load_data(path=kept.name)[0][0], x)
    assert len(server.requests) == 1


@pytest.mark.parametrize("module", TABLES, ids=name_of)
@pytest.mark.parametrize("folder", ["", "named"])
def test_table_in_a_folder(server, tmp_path, monkeypatch, module, folder):
    path = tmp_path / (folder and name_of(module)) / f"{name_of(module)}.npz"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(TABLE)
    (x, y), test = module.load_data(path=tmp_path, test_split=0.5, seed=0)
    assert len(x) == len(y) == 350 == len(test[0])
    monkeypatch.setenv("TRILOBITE_DATA", str(tmp_path))
    np.testing.assert_array_equal(module.load_data(test_split=0.5, seed=0)[0][0], x)
    assert not server.requests


@pytest.mark.parametrize("module", TABLES, ids=name_of)
@pytest.mark.parametrize(
    "data",
    [TABLE[:-1], npz(x=Y, y=X), npz(x=np.array([{}]), y=Y)],
    ids=["truncated", "other", "pickle"],
)
def test_other_files_are_refused(server, tmp_path, module, data):
    name = f"{name_of(module)}.npz"
    server.files = {name: data}
    with pytest.raises(ConnectionError, match=f"(?s)no mirror.*{name}: not the right file: SHA-"):
        module.load_data()
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=f"{tmp_path / name}: not the right file: SHA-256 "):
        module.load_data(path=tmp_path)


def test_nothing_is_unpickled(server, tmp_path, monkeypatch):
    data = npz(x=np.array([{}]), y=Y)
    monkeypatch.setattr(boston_housing, "SHA256", hashlib.sha256(data).hexdigest())
    (tmp_path / "boston_housing.npz").write_bytes(data)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        boston_housing.load_data(tmp_path)


def test_bad_cached_table_is_replaced(server, tmp_path):
    kept = tmp_path / "cache" / "trilobite" / "boston_housing" / "boston_housing.npz"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"")
    server.files = {"boston_housing.npz": TABLE}
    with pytest.warns(UserWarning, match="downloading it again") as caught:
        boston_housing.load_data()
    assert caught[0].filename == __file__
    assert kept.read_bytes() == TABLE


def test_small_california(server, tmp_path):
    server.files = {"california_housing.npz": TABLE}
    (x, _), (x_test, _) = california_housing.load_data("small")
    assert len(x) == 480 and len(x_test) == 120
    assert max(x.max(), x_test.max()) == 5999
    with pytest.raises(ValueError, match="version: got 'medium', expected 'large' or 'small'"):
        california_housing.load_data("medium")


def test_test_split():
    for bad in (-0.1, 1):
        with pytest.raises(ValueError, match="test_split: got .*, expected 0 <= test_split < 1"):
            stored.split(X, Y, bad, 0)


def test_fashion_mnist(server, tmp_path, monkeypatch):
    server.files = {
        f"{name}.gz": idx.to_bytes(array) for name, array in zip(NAMES, IMAGES, strict=True)
    }
    for _ in range(2):
        (x, y), (x_test, y_test) = fashion_mnist.load_data()
        for loaded, expected in zip([x, y, x_test, y_test], IMAGES, strict=True):
            np.testing.assert_array_equal(loaded, expected)
    assert len(server.requests) == 4
    # MNIST's files have the same names: those in the folder itself are not looked at
    monkeypatch.setenv("TRILOBITE_DATA", str(tmp_path))
    (tmp_path / NAMES[0]).write_bytes(b"MNIST's")
    np.testing.assert_array_equal(fashion_mnist.load_data()[0][0], IMAGES[0])
    with pytest.raises(ValueError, match="not an IDX file"):
        fashion_mnist.load_data(tmp_path)


def test_hashes_of_tables_are_keras(keras):
    import inspect

    for module in TABLES:
        theirs = getattr(keras.datasets, name_of(module)).load_data
        assert module.SHA256 in inspect.getsource(theirs)
        assert module.MIRRORS[0] in inspect.getsource(theirs)
