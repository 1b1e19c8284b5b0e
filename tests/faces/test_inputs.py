"""What x and y may be: any real numbers NumPy can view, read where they are."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

import trilobite as keras
from trilobite._checks import arrays

N = 30
WHOLE = np.random.default_rng(0).integers(0, 100, (N, 6))  # numbers that every dtype holds
DTYPES = "? b B h H i I q Q e f d g >f >d >i <h".split()


def model(n_out=2, loss="mse", metrics=None, shape=(6,), dtype="float64"):
    keras.utils.set_random_seed(0)
    m = keras.Sequential([keras.Input(shape, dtype=dtype), keras.layers.Rescaling(0.01)])
    if len(shape) > 1:
        m.add(keras.layers.Flatten())
    output = {"mse": "linear", "binary_crossentropy": "sigmoid"}.get(loss, "softmax")
    m.add(keras.layers.Dense(n_out, output))
    m.compile("sgd", loss, metrics=metrics)
    return m


def trained(x, y, **options):
    m = model(**options)
    history = m.fit(x, y, batch_size=7, epochs=2, verbose=0, validation_split=0.3).history
    return [*history["loss"], *history["val_loss"], *m.predict(x).ravel()]


def layouts(x):
    wide = np.zeros((2 * len(x), 3 * x.shape[1]), x.dtype)
    wide[::2, ::3] = x
    readonly = x.copy()
    readonly.flags.writeable = False
    return {
        "C": x,
        "Fortran": np.asfortranarray(x),
        "strided": wide[::2, ::3],
        "backwards": x[::-1, ::-1].copy()[::-1, ::-1],
        "read-only": readonly,
        "broadcast": np.broadcast_to(x[:1], x.shape),
    }


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", layouts(WHOLE))
def test_dtypes_and_layouts(dtype, layout):
    x = WHOLE % 2 if dtype == "?" else WHOLE
    y = x[:, :2] / 64
    given = layouts(x.astype(dtype))[layout]
    before = given.copy()
    np.testing.assert_allclose(trained(given, y), trained(given.astype("float64"), y), 1e-9, 1e-12)
    np.testing.assert_array_equal(given, before)


@pytest.mark.parametrize("layout", layouts(WHOLE))
@pytest.mark.parametrize("dtype", ["B", "e", ">d"])
def test_y_of_dtypes_and_layouts(dtype, layout):
    y = layouts(WHOLE[:, :2].astype(dtype))[layout]
    np.testing.assert_allclose(trained(WHOLE, y), trained(WHOLE, y.astype("float64")), 1e-9)


def test_lists_frames_and_memory_maps(tmp_path):
    x, y = WHOLE.astype("float64"), WHOLE[:, 0] / 64
    expected = trained(x, y, n_out=1)
    np.save(tmp_path / "x.npy", x)
    mixed = pd.DataFrame(WHOLE).astype({0: "int8", 1: "float32", 2: "uint16"})
    for given in (x.tolist(), np.load(tmp_path / "x.npy", mmap_mode="r"), pd.DataFrame(x), mixed):
        np.testing.assert_allclose(trained(given, y, n_out=1), expected)
    for given in (y.tolist(), y[:, None], pd.Series(y, index=range(5, 5 + N)), pd.DataFrame(y)):
        np.testing.assert_allclose(trained(x, given, n_out=1), expected)


@pytest.mark.parametrize(
    "view",
    [
        lambda y: y,
        lambda y: y[:, None],
        np.ndarray.tolist,
        lambda y: y.astype("float32"),
        pd.Series,
    ],
)
@pytest.mark.parametrize("dtype", ["B", "b", "q", "Q", ">i"])
def test_class_indices(view, dtype):
    y = WHOLE[:, 0] % 3
    options = {"n_out": 3, "loss": "sparse_categorical_crossentropy"}
    np.testing.assert_array_equal(
        trained(WHOLE, view(y.astype(dtype)), **options), trained(WHOLE, y, **options)
    )


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "binary_crossentropy"])
def test_one_hot_of_any_dtype(loss):
    y = np.eye(3)[WHOLE[:, 0] % 3]
    expected = trained(WHOLE, y, n_out=3, loss=loss)
    for given in (y.astype(bool), y.astype("uint8"), y.tolist(), pd.DataFrame(y)):
        np.testing.assert_allclose(trained(WHOLE, given, n_out=3, loss=loss), expected)


def test_images():
    images = WHOLE.reshape(N, 2, 3).astype("uint8")
    y = WHOLE[:, :2] / 64
    expected = trained(WHOLE, y)
    np.testing.assert_allclose(trained(images, y, shape=(2, 3)), expected)
    np.testing.assert_allclose(trained(images[..., None], y, shape=(2, 3)), expected)
    np.testing.assert_allclose(trained(images, y, shape=(2, 3, 1)), expected)
    transposed = np.ascontiguousarray(images.transpose(2, 1, 0)).transpose(2, 1, 0)
    np.testing.assert_allclose(trained(transposed, y, shape=(2, 3)), expected)


def test_one_column():
    x = np.linspace(0, 1, N)
    m = model(n_out=1, shape=(1,))
    np.testing.assert_array_equal(m.predict(x), m.predict(x[:, None]))


def test_the_shape_is_taken_from_the_first_data():
    m = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])
    m.compile("sgd", "mse")
    assert not m.built and m.get_weights() == []
    m.fit(WHOLE.reshape(N, 2, 3), WHOLE[:, :2], verbose=0)
    assert m.input_shape == (None, 2, 3) and m.get_weights()[0].shape == (6, 2)
    for method in ("evaluate", "train_on_batch", "predict"):
        m = keras.Sequential([keras.layers.Dense(2)])
        m.compile("sgd", "mse")
        getattr(m, method)(*(WHOLE, WHOLE[:, :2])[: 1 if method == "predict" else 2])
        assert m.built


def test_nothing_is_copied_as_a_whole():
    x = np.zeros((20_000, 784), np.uint8)
    y = np.zeros(len(x), np.uint8)
    m = model(10, "sparse_categorical_crossentropy", shape=(784,), dtype="float32")
    m.fit(x[:200], y[:200], verbose=0)
    for view, copies in ((x, 0), (x[::-1], 0), (np.asfortranarray(x), 1)):  # of the rows of fit
        peaks = []
        for call in (
            lambda view=view: m.fit(view, y, batch_size=128, verbose=0, validation_split=0.2),
            lambda view=view: m.predict(view),
            lambda view=view: m.evaluate(view, y, verbose=0),
        ):
            tracemalloc.start()
            call()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[0] < x.nbytes * (copies + 1 / 4)
        assert max(peaks[1:]) < x.nbytes / 4


def test_array_is_a_view():
    for x in (WHOLE, np.asfortranarray(WHOLE)[::2], pd.DataFrame(WHOLE.astype("f4")).to_numpy()):
        assert np.shares_memory(arrays.array("x", x), x)
    frame = pd.DataFrame(WHOLE.astype("float32"))
    assert np.shares_memory(arrays.array("x", frame), frame.to_numpy())


def test_frames_of_several_kinds_of_numbers():
    frame = pd.DataFrame({"a": [1.5, 2], "b": [True, False], "c": [3, 4]})
    frame["d"] = frame["c"].astype("Int64")
    expected = [[1.5, 1, 3, 3], [2, 0, 4, 4]]
    np.testing.assert_array_equal(arrays.array("x", frame), expected)
    frame["e"] = ["text", "more"]
    with pytest.raises(TypeError, match="x: got dtype object"):
        arrays.array("x", frame)
