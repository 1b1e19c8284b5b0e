"""Tables on disk: the numbers of the same rows in memory, and what a file does when it is wrong."""

import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

import trilobite as tl
from trilobite.data import Table, files, table

RNG = np.random.default_rng(0)
N = 1000
FRAME = pd.DataFrame({
    "a": RNG.normal(2, 3, N),
    "b": RNG.integers(0, 50, N),
    "city": RNG.choice(["Rome", "Bern", "Oslo"], N),
    "kind": RNG.choice(["x", "y", "z"], N),
    "w": RNG.random(N) + 0.5,
})  # fmt: skip
CITIES = ["Bern", "Oslo", "Rome"]
X = np.column_stack([FRAME.a, FRAME.b, *(FRAME.city == city for city in CITIES)])
X = X.astype(np.float32)
Y = pd.Categorical(FRAME.kind).codes.astype(np.int64)
W = FRAME.w.to_numpy()
KINDS = ["one.parquet", "several.parquet", "one.arrow", "folder", "one.csv", "folder_of_csv"]
NAMED = dict(x=["a", "b", "city"], y="kind")


def stored(folder, kind, frame=FRAME):
    """The frame in a file, or files, of this kind: row groups of 70 rows."""
    path = folder / kind
    if kind.endswith("parquet"):
        frame.to_parquet(path, row_group_size=70 if kind == "several.parquet" else 10**6)
    elif kind.endswith("arrow"):
        whole = pa.Table.from_pandas(frame, preserve_index=False)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, whole.schema) as file:
            file.write_table(whole, 70)
    elif kind.endswith(".csv"):
        frame.to_csv(path, index=False)
    else:
        (path / "more").mkdir(parents=True)
        for k, name in enumerate(["a", "b", "more/c"]):
            part = frame[k * 400 : (k + 1) * 400]
            if kind == "folder":
                part.to_parquet(path / f"{name}.parquet", row_group_size=110)
            else:
                part.to_csv(path / f"{name}.csv", index=False)
    return path


@pytest.fixture(params=KINDS)
def path(request, tmp_path):
    return stored(tmp_path, request.param)


@pytest.fixture
def parquet(tmp_path):
    return stored(tmp_path, "several.parquet")


def net(normalization=None):
    tl.utils.set_random_seed(1)
    first = [normalization] if normalization else []
    dense = [tl.layers.Dense(8, "tanh"), tl.layers.Dropout(0.2), tl.layers.Dense(3, "softmax")]
    model = tl.Sequential([tl.Input((5,)), *first, *dense])
    loss = "sparse_categorical_crossentropy"
    model.compile("adam", loss, metrics=["accuracy"], weighted_metrics=[loss])
    return model


def trained(*data, model=None, **named):
    model = model or net()
    history = model.fit(*data, **dict(epochs=3, verbose=0) | named).history
    return [*model.get_weights(), *history.values()]


def same(a, b):
    return all(np.array_equal(one, other) for one, other in zip(a, b, strict=True))


def test_arrays_of_every_kind_of_file(path):
    given = Table(path, **NAMED, sample_weight="w")
    x, y, w = given.to_arrays()
    assert x.dtype == np.float32 and given.row_shape == (5,) and given.rows == N
    assert same((x, y, w), (X, Y, W))
    assert given.columns == ["a", "b", *(f"city={name}" for name in CITIES)]
    assert given.categories == {"city": CITIES, "kind": ["x", "y", "z"]}


@pytest.mark.parametrize("size", [1, 32, 70, 333, 5000])
def test_batches_do_not_end_where_row_groups_do(path, size):
    batches = list(Table(path, **NAMED, batch_size=size))
    assert len(batches) == len(Table(path, **NAMED, batch_size=size)) == -(-N // size)
    assert [len(x) for x, _ in batches[:-1]] == [size] * (len(batches) - 1)
    assert same(map(np.concatenate, zip(*batches, strict=True)), (X, Y))


def test_the_bits_are_those_of_arrays(path):
    """Training with weights, validation and classes' weights; evaluate; predict."""
    given = Table(path, **NAMED, sample_weight="w")
    more = dict(shuffle=False, class_weight={0: 2.0})
    first, second = net(), net()
    a = trained(given, model=first, validation_data=Table(path, **NAMED), **more)
    b = trained(X, Y, model=second, validation_data=(X, Y), sample_weight=W, **more)
    weights = len(first.get_weights())
    assert same(a[:weights], b[:weights])
    np.testing.assert_allclose(a[weights:], b[weights:], rtol=1e-12)  # sums of other parts
    assert same(first.predict(Table(path, x=NAMED["x"])), second.predict(X))
    found = first.evaluate(given, verbose=0)
    np.testing.assert_allclose(found, second.evaluate(X, Y, sample_weight=W, verbose=0), rtol=1e-12)


def test_shuffled_rows_are_all_rows_in_the_order_of_seed_and_epoch(path, monkeypatch):
    monkeypatch.setattr(table, "BUFFER", 200 * X[0].nbytes)
    given = Table(path, ["a", "b", "city"], "kind", batch_size=64)

    def order(*at):
        x = np.concatenate([x for x, _ in given.shuffled(*at)])
        return [int(np.flatnonzero(X[:, 0] == value)[0]) for value in x[:, 0]]

    orders = [order(0, 0), order(0, 1), order(1, 0)]
    assert all(sorted(each) == list(range(N)) for each in orders)
    assert orders[0] == order(0, 0)
    assert orders[0] != orders[1] and orders[0] != orders[2]
    x, y = (np.concatenate(part) for part in zip(*given.shuffled(3, 4), strict=True))
    rows = order(3, 4)
    assert same((x, y), (X[rows], Y[rows]))
    buffer = np.sort(orders[0][:210]) // 70  # whole row groups, from anywhere
    if path.name == "several.parquet":
        assert len(set(buffer)) == 3 and {list(buffer).count(k) for k in set(buffer)} == {70}


def test_an_epoch_is_shuffled_anew_and_the_same_with_the_same_seed(parquet):
    runs = [trained(Table(parquet, **NAMED), shuffle=s) for s in (True, True, False)]
    assert same(runs[0], runs[1]) and not same(runs[0], runs[2])
    once = net()
    trained(Table(parquet, **NAMED), model=once, epochs=1)
    twice = trained(Table(parquet, **NAMED), model=once, epochs=3, initial_epoch=1)
    weights = len(once.get_weights())
    assert same(twice[:weights], runs[0][:weights])  # the order of epoch 1, whoever began


def test_moments_in_one_pass(parquet):
    for axis in (-1, None):
        layer, expected = (tl.layers.Normalization(axis=axis) for _ in range(2))
        layer.adapt(Table(parquet, ["a", "b", "city"]))
        expected.adapt(X)
        for k in ("mean", "variance"):
            found, there = (getattr(net(each).layers[0], k) for each in (layer, expected))
            np.testing.assert_allclose(found, there, rtol=1e-6)
    with pytest.raises(ValueError, match="data: got no batch"):
        tl.layers.Normalization().adapt(iter(()))


def test_other_columns(tmp_path):
    frame = pd.DataFrame({
        "list": list(RNG.random((20, 4)).astype(np.float32)), "flag": [True, False] * 10,
        "t0": RNG.random(20), "t1": RNG.random(20), "c": pd.Categorical(list("ab") * 10),
    })  # fmt: skip
    whole = pa.Table.from_pandas(frame)
    lists = pa.FixedSizeListArray.from_arrays(np.concatenate(frame["list"].to_list()), 4)
    whole = whole.set_column(0, "list", lists)
    pa.parquet.write_table(whole, tmp_path / "a.parquet", row_group_size=7)
    given = Table(tmp_path / "a.parquet", y=["t0", "t1"], encoding="integer", dtype="float64")
    x, y = given.to_arrays()
    assert given.columns == ["list[0]", "list[1]", "list[2]", "list[3]", "flag", "c"]
    assert np.array_equal(x[:, :4], np.stack(frame["list"])) and x.dtype == np.float64
    assert np.array_equal(x[:, 4:], [[1, 0], [0, 1]] * 10)
    assert np.array_equal(y, frame[["t0", "t1"]])


@pytest.mark.parametrize("kind", ["several.parquet", "one.arrow", "one.csv"])
def test_missing_values(tmp_path, kind):
    frame = FRAME.copy()
    frame.loc[[3, 700], "a"] = np.nan
    frame.loc[[80], "city"] = None
    path = stored(tmp_path, kind, frame)
    given = Table(path, **NAMED)
    with pytest.raises(ValueError, match=f"{path}.*column 'a': 1 values are missing|: 2 values"):
        given.to_arrays()
    with pytest.raises(ValueError, match="column 'city': 1 values are missing, expected none, or"):
        Table(path, **NAMED, fill="mean").to_arrays()
    given = Table(path, **NAMED, fill={"a": -1.0, "city": "Oslo"})
    x, _ = given.to_arrays()
    expected = X.copy()
    expected[[3, 700], 0] = -1
    expected[80, 2:] = [0, 1, 0]
    assert np.array_equal(x, expected) and given.missing == {"a": 2, "city": 1}
    given = Table(path, x=["a", "b"], fill="mean")
    assert np.allclose([given.fill["a"], given.fill["b"]], [frame.a.mean(), frame.b.mean()])
    assert np.array_equal(given.to_arrays()[0][3, 0], np.float32(given.fill["a"]))


def test_categories_go_to_other_tables(parquet, tmp_path):
    train = Table(parquet, **NAMED)
    FRAME[FRAME.city == "Rome"].to_parquet(tmp_path / "b.parquet")
    other = Table(tmp_path / "b.parquet", **NAMED, categories=train.categories)
    assert np.array_equal(other.to_arrays()[0], X[FRAME.city == "Rome"])
    few = Table(parquet, **NAMED, categories={"city": ["Rome", "Oslo"]})
    with pytest.raises(ValueError, match="row group 0: column 'city': got 'Bern', expected one of"):
        few.to_arrays()


def test_progress_in_rows_and_bytes(parquet):
    given = Table(parquet, **NAMED)
    assert given.read().startswith("0 of ")
    for _ in given:
        pass
    assert given.bytes_read == given.nbytes > 5000
    assert given.read() == "{0:.4g} of {0:.4g} MB".format(given.nbytes / 1e6)


def test_training_ends_early_and_goes_on(parquet, tmp_path):
    """Early stopping, and a backup, from which a training goes on with the same bits."""

    class Killed(tl.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.epochs_begun == 3 and batch == 11:
                raise KeyboardInterrupt

    def backup():
        return tl.callbacks.BackupAndRestore(tmp_path / "backup")

    whole = trained(Table(parquet, **NAMED), epochs=4)
    with pytest.raises(KeyboardInterrupt):
        trained(Table(parquet, **NAMED), epochs=4, callbacks=[backup(), Killed()])
    assert same(trained(Table(parquet, **NAMED), epochs=4, callbacks=[backup()]), whole)
    stop = tl.callbacks.EarlyStopping("loss", min_delta=10.0, patience=1)
    assert len(trained(Table(parquet, **NAMED), epochs=9, callbacks=[stop])[-1]) == 2


class TestFaults:
    @pytest.mark.parametrize("kind", ["several.parquet", "one.arrow", "one.csv"])
    def test_a_file_that_changes(self, tmp_path, kind):
        path = stored(tmp_path, kind)
        given, model = Table(path, **NAMED), net()
        os.truncate(path, path.stat().st_size // 2)
        before = model.get_weights()
        group = ", row group 0" if kind != "one.csv" else ""
        with pytest.raises(ValueError, match=f"{path}{group}: the file has changed since"):
            model.fit(given, shuffle=False, verbose=0)
        assert same(model.get_weights(), before)
        stored(tmp_path, kind)
        assert model.fit(Table(path, **NAMED), verbose=0).history["loss"][0] > 0

    def test_a_file_that_changes_in_the_middle(self, parquet):
        """The weights are those of the steps before; the model goes on."""
        given, model = Table(parquet, **NAMED, batch_size=70), net()

        class Change(tl.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                if batch == 4:
                    os.truncate(parquet, parquet.stat().st_size - 1)

        with pytest.raises(ValueError, match=r"row group \d+: the file has changed"):
            model.fit(given, shuffle=False, verbose=0, callbacks=[Change()])
        steps = model.optimizer.iterations
        assert 5 <= steps < 15
        other = net()
        other.fit(X[: 70 * steps], Y[: 70 * steps], 70, shuffle=False, verbose=0)
        assert same(model.get_weights(), other.get_weights())
        assert np.isfinite(model.evaluate(X, Y, verbose=0)).all()

    @pytest.mark.parametrize("kind", ["several.parquet", "one.arrow"])
    def test_a_file_that_ends_early(self, tmp_path, kind):
        path = stored(tmp_path, kind)
        os.truncate(path, path.stat().st_size * 9 // 10)
        with pytest.raises(ValueError, match=f"{path}: cannot be read"):
            Table(path, **NAMED)

    def test_a_damaged_row_group(self, parquet):
        """The footer is whole; the pages of a row group are not."""
        place = pa.parquet.ParquetFile(parquet).metadata.row_group(4).column(0).data_page_offset
        with open(parquet, "r+b") as file:
            file.seek(place)
            file.write(b"\xff" * 300)
        given, model = Table(parquet, x=["a", "b"], batch_size=70), net()
        with pytest.raises(ValueError, match=f"{parquet}, row group 4: cannot be read"):
            given.to_arrays()
        with pytest.raises(ValueError, match="row group 4"):
            model.predict(Table(parquet, **NAMED), verbose=0)

    def test_a_csv_with_a_wrong_line(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "CSV_BLOCK", 5000)
        path = stored(tmp_path, "one.csv")
        lines = path.read_text().splitlines()
        lines[700] = "1.5,many,Rome,x,1.0"
        path.write_text("\n".join(lines))
        with pytest.raises(ValueError, match=f"{path}: cannot be read: .*many"):
            Table(path, x=["b"]).to_arrays()

    @pytest.mark.parametrize(
        "named, message",
        [
            (dict(x=["c"]), "x: got 'c', expected one column of a, b, city, kind, w"),
            (dict(y="c"), "y: got 'c'"),
            (dict(sample_weight="c"), "sample_weight: got 'c'"),
            (dict(x=[]), "x: got no column"),
            (dict(encoding="hot"), "encoding: got 'hot'"),
            (dict(batch_size=0), "batch_size: got 0"),
            (dict(dtype="int8"), "dtype: got 'int8'"),
        ],
    )
    def test_wrong_arguments(self, parquet, named, message):
        with pytest.raises(ValueError, match=message):
            Table(parquet, **named)

    def test_wrong_files(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="path: got"):
            Table(tmp_path / "none.parquet")
        with pytest.raises(ValueError, match="path: got no file in"):
            Table(tmp_path)
        (tmp_path / "a.txt").write_text("")
        with pytest.raises(ValueError, match="expected a name that ends in .parquet"):
            Table(tmp_path / "a.txt")
        FRAME.to_parquet(tmp_path / "a.parquet")
        FRAME[["a"]].to_parquet(tmp_path / "b.parquet")
        with pytest.raises(ValueError, match=r"b.parquet: got the columns a \(double\), expected"):
            Table(tmp_path)
        FRAME.to_csv(tmp_path / "c.csv")
        with pytest.raises(ValueError, match="path: got files of 2 kinds"):
            Table(tmp_path)
        FRAME[:0].to_parquet(tmp_path / "empty.parquet")
        with pytest.raises(ValueError, match="path: got no row"):
            Table(tmp_path / "empty.parquet")
        pd.DataFrame({"when": pd.to_datetime(["2020-01-01"])}).to_parquet(tmp_path / "d.parquet")
        with pytest.raises(TypeError, match="column 'when': got timestamp"):
            Table(tmp_path / "d.parquet")

    def test_without_pyarrow(self, parquet, monkeypatch):
        import sys

        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(ImportError, match=r"pip install 'trilobite\[arrow\]'"):
            Table(parquet)
