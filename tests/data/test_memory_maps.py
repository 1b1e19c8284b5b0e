"""Arrays on disk: opened, trained in any order with the bits of arrays, read ahead."""

import mmap
import threading
import time

import numpy as np
import pytest

import trilobite as tl
from trilobite import engine
from trilobite._checks.targets import Examples
from trilobite._model import on_disk
from trilobite.data import open_memmap

RNG = np.random.default_rng(0)
X, Y = RNG.random((5000, 60), np.float32), RNG.integers(0, 3, 5000)
PERMUTATION = engine.load("float32").permutation


@pytest.fixture
def stored(tmp_path):
    """X and Y as memory maps."""
    maps = []
    for name, a in {"x": X, "y": Y}.items():
        np.save(tmp_path / f"{name}.npy", a)
        maps.append(open_memmap(tmp_path / f"{name}.npy"))
    return maps


@pytest.fixture
def small_blocks(monkeypatch):
    """Of 40 rows of X; 4 at once."""
    monkeypatch.setattr(on_disk, "BLOCK", 40 * X[0].nbytes)
    monkeypatch.setattr(on_disk, "AT_ONCE", 4)


@pytest.fixture
def little_memory(monkeypatch):
    monkeypatch.setattr(on_disk, "memory", lambda: (X.nbytes, "a test"))


def trained(x, y, **named):
    tl.utils.set_random_seed(1)
    layers = [tl.layers.Input((60,)), tl.layers.Dense(8, "tanh"), tl.layers.Dense(3, "softmax")]
    model = tl.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    named = dict(epochs=3, verbose=0, validation_split=0.1) | named
    history = model.fit(x, y, **named).history
    return [*model.get_weights(), *history.values()]


def same(a, b):
    return all(np.array_equal(one, other) for one, other in zip(a, b, strict=True))


@pytest.mark.parametrize("shuffle", [True, False, "rows", "blocks"])
@pytest.mark.parametrize("named", [{}, {"steps_per_epoch": 7}, {"sample_weight": Y + 1.0}])
def test_bits_are_those_of_arrays(stored, small_blocks, shuffle, named):
    assert same(trained(*stored, shuffle=shuffle, **named), trained(X, Y, shuffle=shuffle, **named))


def test_large_files_are_shuffled_in_blocks(stored, small_blocks, little_memory, capsys):
    found = trained(*stored, verbose=2)
    said = capsys.readouterr().out.splitlines()[0]
    assert said == (
        "0.00112 GB lie on disk, more than half of the 0.0012 GB of memory (a test): blocks of 40 "
        'rows are shuffled, and the rows of 4 blocks (shuffle="rows": all rows)'
    )
    assert same(found, trained(X, Y, shuffle="blocks"))
    assert not same(found, trained(X, Y))
    assert capsys.readouterr().out == ""
    assert same(trained(*stored, shuffle="rows"), trained(X, Y))


def test_small_files_and_arrays_are_shuffled_by_rows(stored, small_blocks, monkeypatch):
    monkeypatch.setattr(on_disk, "memory", lambda: (3 * X.nbytes, "a test"))
    assert same(trained(*stored), trained(X, Y))
    monkeypatch.setattr(on_disk, "memory", lambda: (1, "a test"))
    assert same(trained(X, Y), trained(X, Y, shuffle="rows"))
    assert same(trained(X, stored[1]), trained(X, Y, shuffle="blocks"))  # y alone lies there


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_make_no_difference(stored, small_blocks, little_memory, threads):
    before = tl.get_num_threads()
    try:
        tl.set_num_threads(threads)
        assert same(
            trained(*stored, batch_size=500), trained(X, Y, shuffle="blocks", batch_size=500)
        )
    finally:
        tl.set_num_threads(before)


def test_shuffle_is_checked():
    with pytest.raises(ValueError, match="shuffle: got 'block', expected True, False, 'rows' or"):
        trained(X, Y, shuffle="block")
    assert same(trained(X, Y, shuffle="batch"), trained(X, Y))  # Keras 2's


def test_memory_is_that_of_the_least_limit(tmp_path, monkeypatch):
    import resource

    size, why = on_disk.memory()
    assert size > 0 and why in {
        "MemAvailable", "the limit of the control group", "RLIMIT_AS", "RLIMIT_DATA"
    }  # fmt: skip
    lines = "4:memory:/a/b\n0::/c\n"
    monkeypatch.setattr(on_disk, "_CGROUPS", tmp_path)
    read = on_disk.Path.read_text
    monkeypatch.setattr(
        on_disk.Path, "read_text", lambda p: lines if str(p) == "/proc/self/cgroup" else read(p)
    )
    (tmp_path / "memory" / "a" / "b").mkdir(parents=True)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "memory.max").write_text("max\n")
    assert on_disk._of_cgroup()[0] == np.inf
    (tmp_path / "memory" / "a" / "memory.limit_in_bytes").write_text("5000000\n")
    assert on_disk.memory() == (5_000_000, "the limit of the control group")
    (tmp_path / "c" / "memory.max").write_text("4000000\n")
    assert on_disk.memory()[0] == 4_000_000
    monkeypatch.setattr(resource, "getrlimit", lambda of: (1000, -1))
    assert on_disk.memory() == (1000, "RLIMIT_AS")


class _Training:
    """What a thread that reads ahead looks at."""

    epochs, epoch, rows_done = 2, 0, 0


@pytest.fixture
def advice(monkeypatch):
    """What the system is told: (wanted or let go, first row, last row)."""
    told = []
    monkeypatch.setattr(on_disk.Mapped, "want", lambda self, *rows: told.append((True, *rows)))
    monkeypatch.setattr(
        on_disk.Mapped, "let_go", lambda self, *rows: told.append((False, *rows[:2]))
    )
    return told


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_blocks_are_read_ahead_and_let_go(stored, small_blocks, little_memory, advice):
    """A buffer ahead of the training, in its order; what is behind it is let go."""
    order, training = on_disk.RowOrder(Examples(stored[0], Y, None), True), _Training()
    before = threading.active_count()
    blocks = [[(b * 40, b * 40 + 40) for b in PERMUTATION(125, 9, e).tolist()] for e in (4, 5)]
    wanted = [(True, *rows) for rows in blocks[0] + blocks[1]]
    with order.read_ahead(training, PERMUTATION, 9, 4):
        until(lambda: len(advice) == 8)
        assert advice == wanted[:8]
        training.rows_done = 161
        until(lambda: len(advice) == 16)
        assert advice[8:12] == [(False, *rows) for rows in blocks[0][:4]]
        assert advice[12:] == wanted[8:12]
        training.rows_done = 4999  # the last buffer, of one block
        until(lambda: advice[-1] == (False, *blocks[0][123]))
        assert [each for each in advice if each[0]] == wanted[:129]
        training.epoch, training.rows_done = 1, 4999
        until(lambda: advice[-1] == (False, *blocks[1][123]))
    assert [each for each in advice if each[0]] == wanted  # nothing after the last epoch
    assert threading.active_count() == before


def test_rows_that_are_not_shuffled_are_read_as_they_lie(stored, small_blocks, advice):
    order, training = on_disk.RowOrder(Examples(stored[0], Y, None), False), _Training()
    with order.read_ahead(training, PERMUTATION, 9, 4):
        training.rows_done = 1600
        until(lambda: len(advice) == 48)
    assert advice == [(True, i, i + 40) for i in range(0, 1920, 40)]  # small: none is let go


def test_a_file_that_fits_is_read_at_once(stored, advice):
    order = on_disk.RowOrder(Examples(stored[0][100:], Y[100:], None), True)
    with order.read_ahead(_Training(), PERMUTATION, 9, 4):
        until(lambda: advice == [(True, 0, 4900)])


def test_arrays_in_memory_need_no_thread():
    order = on_disk.RowOrder(Examples(X, Y, None), "blocks")
    before = threading.active_count()
    with order.read_ahead(_Training(), PERMUTATION, 0, 0):
        assert threading.active_count() == before
    assert on_disk.Mapped.of(np.memmap.__add__(X, 1)) is None


def test_changes_in_memory_alone_are_kept(tmp_path, small_blocks, little_memory):
    """Nothing that only the map has is thrown away."""
    np.save(tmp_path / "x.npy", X[::-1])
    x = open_memmap(tmp_path / "x.npy", mode="c")
    x[:] = X
    assert same(trained(x, Y), trained(X, Y, shuffle="blocks"))
    assert np.array_equal(x, X)
    assert np.array_equal(np.load(tmp_path / "x.npy"), X[::-1])


def test_what_was_written_to_a_shared_map_is_kept(tmp_path, small_blocks, little_memory):
    np.save(tmp_path / "x.npy", X[::-1])
    x = open_memmap(tmp_path / "x.npy", mode="r+")
    x[:] = X
    assert same(trained(x, Y), trained(X, Y, shuffle="blocks"))
    assert np.array_equal(np.load(tmp_path / "x.npy"), X)


@pytest.mark.parametrize("rows", [slice(None), slice(7, None, 2), slice(None, None, -1)])
def test_views_lie_where_they_lie(stored, rows):
    """Advice for rows of a view is for their bytes."""
    view, told = stored[0][rows], []
    mapped = on_disk.Mapped.of(np.asarray(view))
    if rows.step == -1:
        assert mapped is None
        return

    class File:
        def __len__(self):
            return 10**9

        def madvise(self, option, start, length):
            told.append((start, start + length))

    whole, mapped.file = mapped.file, File()
    mapped.want(10, 12)
    [(start, end)] = told
    del told[:]
    assert start % mmap.PAGESIZE == 0
    begin = whole[mapped.start + 10 * mapped.row_size :][: X[0].nbytes]
    assert np.array_equal(np.frombuffer(begin, np.float32), view[10])
    assert 0 <= mapped.start + 10 * mapped.row_size - start < mmap.PAGESIZE
    assert end == mapped.start + 12 * mapped.row_size
    mapped.let_go(0, 1, None)  # a row of less than a page: there is no whole page
    assert not told


class TestOpenMemmap:
    @pytest.fixture
    def files(self, tmp_path):
        h5py = pytest.importorskip("h5py")
        np.savez(tmp_path / "a.npz", x=X, y=Y, f=np.asfortranarray(X))
        np.savez(tmp_path / "one.npz", x=X)
        np.savez_compressed(tmp_path / "small.npz", x=X)
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file["x"], file["group/y"] = X, Y
            file.create_dataset("chunked", data=X, chunks=(10, 60))
            file["empty"] = np.zeros((0, 3))
        return tmp_path

    @pytest.mark.parametrize(
        "file, name, expected",
        [
            ("a.npz", "x", X), ("a.npz", "y", Y), ("a.npz", "f", X), ("one.npz", None, X),
            ("a.h5", "x", X), ("a.h5", "/group/y", Y),
        ],
    )  # fmt: skip
    def test_arrays_by_offset(self, files, file, name, expected):
        found = open_memmap(files / file, name)
        assert isinstance(found, np.memmap) and not found.flags.writeable
        assert found.dtype == expected.dtype and np.array_equal(found, expected)

    def test_they_train_as_any_array(self, files, small_blocks):
        for file in ("a.npz", "a.h5"):
            x = open_memmap(files / file, "x")
            assert same(trained(x, Y, shuffle="blocks"), trained(X, Y, shuffle="blocks"))

    @pytest.mark.parametrize(
        "file, name, message",
        [
            ("a.npz", "z", "name: got 'z', expected one of the arrays of .*: 'x', 'y', 'f'"),
            ("a.npz", None, "name: got None, expected one of"),
            ("small.npz", "x", "x.npy is compressed, expected a file of numpy.savez"),
            ("a.h5", "chunked", r"/chunked is stored in another way \(chunks of \(10, 60\)\)"),
            ("a.h5", "empty", "/empty is stored in another way"),
            ("a.h5", "group", "name: got 'group'"),
        ],
    )
    def test_what_cannot_be_mapped_is_said(self, files, file, name, message):
        with pytest.raises(ValueError, match=message):
            open_memmap(files / file, name)

    def test_other_files(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            open_memmap(tmp_path / "none.npy")
        path = tmp_path / "a.npy"
        path.write_bytes(b"hello, world")
        with pytest.raises(ValueError, match="got b'hello, w' at its beginning, expected .npy"):
            open_memmap(path)
        np.save(path, X)
        with pytest.raises(ValueError, match="name: got 'x' for a .npy file"):
            open_memmap(path, "x")
        with pytest.raises(ValueError, match="mode: got 'w', expected 'r', 'r\\+' or 'c'"):
            open_memmap(path, mode="w")
        np.save(path, np.array([None]), allow_pickle=True)
        with pytest.raises(ValueError, match="Python's objects"):
            open_memmap(path)

    @pytest.mark.parametrize("keep", [0.5, 0.0001])
    @pytest.mark.parametrize("file", ["a.npy", "a.npz"])
    def test_a_file_that_ends_early(self, tmp_path, file, keep):
        path = tmp_path / file
        np.save(path, X) if file == "a.npy" else np.savez(path, x=X)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
        with pytest.raises(ValueError, match=str(path)):
            open_memmap(path)
