"""Keras's files and models: what is refused, what is damaged, what would lead out of a file."""

import json
import shutil
import subprocess
import sys
import zipfile

import export_nets
import numpy as np
import pytest
from export_nets import compiled, rewritten

import trilobite
from trilobite import layers
from trilobite.export import from_keras

h5py = pytest.importorskip("h5py")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
X = np.random.default_rng(4).standard_normal((12, 6)).astype("f4")


def refused_layers(k):
    x = k.Input((6,))
    return {
        "Lambda": k.Sequential([x, k.layers.Lambda(lambda y: y)]),
        "LayerNormalization": k.Sequential([x, k.layers.LayerNormalization()]),
        "expected one: a chain": k.Model(x, k.layers.Add()([x, k.layers.Dense(6)(x)])),
    }


@pytest.mark.parametrize("kind", ["Lambda", "LayerNormalization", "expected one: a chain"])
def test_layers_that_there_are_not(kind, keras):
    with pytest.raises(ValueError, match=f"model .*: .*{kind}"):
        from_keras(refused_layers(keras)[kind])


def test_classes_of_ones_own_are_not_made(keras, tmp_path):
    @keras.saving.register_keras_serializable("mine")
    class Dense(keras.layers.Dense):
        pass

    with pytest.raises(ValueError, match="got 'Dense' of 'mine>Dense', expected one of Keras's"):
        from_keras(keras.Sequential([keras.Input((6,)), Dense(2)]))
    with pytest.raises(TypeError, match=r"model: got trilobite.models.Sequential, expected"):
        from_keras(compiled("sgd"))
    with pytest.raises(ValueError, match="gelu_tanh"):
        export_nets.activated("gelu_tanh")[0].to_keras()


def config_with(**layer):
    """Of a model whose layer is as said."""
    entry = {"module": "keras.layers", "class_name": "Dense", "registered_name": None} | layer
    entry = {"config": {"name": "d", "units": 3}} | entry
    given = {"batch_shape": [None, 6], "dtype": "float32", "name": "x"}
    first = {"module": "keras.layers", "class_name": "InputLayer", "config": given}
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "m", "layers": [first, entry]},
        "registered_name": None,
    }


CONFIGS = [
    ({"module": "os", "class_name": "system"}, "got 'system' of 'os', expected one of Keras's own"),
    ({"module": None}, "expected one of Keras's own"),
    ({"registered_name": "a>Dense"}, "got 'Dense' of 'a>Dense'"),
    ({"class_name": "Conv2D"}, "got 'Conv2D', which trilobite has not"),
    ({"class_name": "_Random"}, "got '_Random'"),
    ({"config": {"name": "d", "units": 10**9}}, r"dense/vars/0: got shape \(6, 3\)"),
    ({"config": {"name": "d", "units": 3, "rank": 4}}, "Dense: got rank=4, which trilobite has"),
    ({"config": {"name": "d", "units": "many"}}, "units: got 'many'"),
    (
        {"config": {"name": "d", "units": 3, "activation": {
            "module": "builtins", "class_name": "function", "config": "eval"}}},
        "activation: got 'eval'",
    ),
    (
        {"config": {"name": "d", "units": 3, "activation": {
            "class_name": "__lambda__", "config": {"value": "code"}}}},
        "got '__lambda__' of None",
    ),
    (
        {"config": {"name": "d", "units": 3, "dtype": "float16"}},
        "dtype: got float16, float32, expected float32 or float64",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "message"), CONFIGS)
def test_descriptions_that_are_refused(layer, message, tmp_path):
    path = tmp_path / "net.keras"
    model = trilobite.Sequential([trilobite.Input((6,)), layers.Dense(3)])
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        own = next(name for name in archive.namelist() if name.startswith("trilobite"))
    rewritten(path, **{own: None, "config.json": json.dumps(config_with())})
    trilobite.models.load_model(path)
    rewritten(path, **{"config.json": json.dumps(config_with(**layer))})
    with pytest.raises(ValueError, match=f"net.keras: .*{message}"):
        trilobite.models.load_model(path)


def test_damaged_files(tmp_path):
    """An error that names the file, or the model."""
    model = compiled("adam")
    model.save(tmp_path / "whole.keras")
    model.save_weights(tmp_path / "whole.weights.h5")
    generator = np.random.default_rng(0)
    for name in "whole.keras", "whole.weights.h5":
        content = (tmp_path / name).read_bytes()
        path = tmp_path / f"damaged-{name}"
        for trial in range(60):
            end = generator.integers(9, len(content)) if trial % 2 else len(content)
            damaged = bytearray(content[:end])
            for place in generator.integers(8, end, size=3):
                damaged[place] = generator.integers(256)
            path.write_bytes(damaged)
            before = model.get_weights()
            try:
                if name.endswith(".keras"):
                    trilobite.models.load_model(path)
                else:
                    model.load_weights(path)
            except ValueError as error:
                assert str(path) in str(error) or "model.safetensors" in str(error)
                for own, other in zip(before, model.get_weights(), strict=True):
                    assert (own == other).all()


def test_links_out_of_the_file_are_not_followed(tmp_path):
    model = trilobite.Sequential([trilobite.Input((6,)), layers.Dense(3)])
    model.save_weights(tmp_path / "secret.weights.h5")
    shutil.copy(tmp_path / "secret.weights.h5", tmp_path / "net.weights.h5")
    for link in (
        h5py.ExternalLink(str(tmp_path / "secret.weights.h5"), "layers/dense/vars/1"),
        h5py.SoftLink("/layers/dense/vars/0"),
    ):
        with h5py.File(tmp_path / "net.weights.h5", "r+") as file:
            del file["layers/dense/vars/1"]
            file["layers/dense/vars/1"] = link
        with pytest.raises(ValueError, match="got no 'layers/dense/vars/1' in the file"):
            model.load_weights(tmp_path / "net.weights.h5")
    with h5py.File(tmp_path / "net.weights.h5", "r+") as file:
        del file["layers/dense/vars/1"]
        options = {"external": [(str(tmp_path / "secret.weights.h5"), 0, 12)]}
        file["layers/dense/vars"].create_dataset("1", (3,), "f4", **options)
    with pytest.raises(ValueError, match="got no array of this file"):
        model.load_weights(tmp_path / "net.weights.h5")


def test_names_that_would_lie(tmp_path):
    """No file of ours under a name of HDF5, and none of Keras 2."""
    model = compiled("adam")
    with pytest.raises(ValueError, match=r"net.h5', expected a name that ends with .keras"):
        model.save(tmp_path / "net.h5")
    with pytest.raises(ValueError, match=r"expected a name that ends with .weights.h5"):
        model.save_weights(tmp_path / "net.h5")
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.create_group("model_weights")
        file.attrs["layer_names"] = ["dense"]
    with pytest.raises(ValueError, match="if it is a model of Keras 2, read it there"):
        trilobite.models.load_model(tmp_path / "old.h5")
    with pytest.raises(ValueError, match="got a file of Keras 2"):
        model.load_weights(tmp_path / "old.h5")
    with pytest.raises(ValueError, match="which is not built"):
        trilobite.Sequential([layers.Dense(2)]).save(tmp_path / "net.keras")


def test_files_of_ours_under_the_name_are_read(tmp_path):
    """As earlier versions wrote them."""
    model = compiled("adam")
    model.save(tmp_path / "net.safetensors")
    shutil.move(tmp_path / "net.safetensors", tmp_path / "net.keras")
    again = trilobite.models.load_model(tmp_path / "net.keras")
    assert (again.predict(X, verbose=0) == model.predict(X, verbose=0)).all()


def test_archives_that_swell_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "net.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(2**27))
    with pytest.raises(ValueError, match="much larger than the file"):
        trilobite.models.load_model(tmp_path / "net.keras")


def test_without_h5py(tmp_path):
    program = (
        "import sys; sys.modules['h5py'] = None\nfrom trilobite import Sequential, Input, layers\n"
        "m = Sequential([Input((2,)), layers.Dense(1)])\n"
        "try: m.save('net.keras')\nexcept ImportError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert "pip install 'trilobite[hdf5]'" in done.stdout, done.stderr
    assert not list(tmp_path.iterdir())
