"""Keras 3: its files, its models, and what of them is refused."""

import io
import zipfile

import export_nets
import numpy as np
import pytest
from export_nets import MODELS, NAMES, assert_same, compiled, made, rewritten

import trilobite
from trilobite import layers
from trilobite.export import from_keras

h5py = pytest.importorskip("h5py")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
X = np.random.default_rng(4).standard_normal((12, 6)).astype("f4")


def predicted(model, x):
    return np.asarray(model(x, training=False))  # no compilation


# ---- our models there ----


@pytest.mark.parametrize("net", MODELS)
def test_keras_opens_our_files(net, keras, tmp_path):
    """Trained nets, with what they are compiled with."""
    model, x, y = made(net)
    model.save(tmp_path / "net.keras")
    theirs = keras.saving.load_model(tmp_path / "net.keras")
    assert type(theirs) is keras.Sequential and theirs.name == model.name
    assert_same(predicted(theirs, x), y)
    assert type(theirs.optimizer).__name__ == "SGD"
    kinds = [type(layer).__name__ for layer in theirs.layers]
    assert kinds == [type(layer).__name__ for layer in model.layers]


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"gelu_tanh"}))
def test_all_activations(name, keras):
    model, x, y = export_nets.activated(name)
    theirs = model.to_keras()
    assert_same(predicted(theirs, x), y)
    assert_same(from_keras(theirs).predict(x, verbose=0), y)


def test_models_of_models(keras, tmp_path):
    """Chains of the functional interface, a layer that comes twice, frozen parts."""
    x = trilobite.Input((6,))
    inner = trilobite.Sequential([trilobite.Input((6,)), layers.Dense(4, "tanh")])
    relu = layers.ReLU(negative_slope=0.25)
    y = relu(layers.Dense(3)(relu(inner(x))))
    model = trilobite.Model(x, y)
    inner.trainable = False
    theirs = model.to_keras()
    assert type(theirs) is keras.Model or "Functional" in type(theirs).__name__
    assert_same(predicted(theirs, X), model.predict(X, verbose=0))
    again = from_keras(theirs)
    assert type(again) is trilobite.Model
    assert_same(again.predict(X, verbose=0), model.predict(X, verbose=0))
    assert len(again.trainable_weights) == len(theirs.trainable_weights) == 2


OPTIMIZERS = {
    "SGD": "optimizers.SGD(0.1)",
    "momentum": "optimizers.SGD(0.1, momentum=0.9, nesterov=True)",
    "Adam": "optimizers.Adam(0.01)",
    "AdamW": "optimizers.AdamW(0.01, clipnorm=1.0)",
    "RMSprop": "optimizers.RMSprop(0.01)",
    "Adagrad": "optimizers.Adagrad(0.1)",
    "schedule": "optimizers.Adam(optimizers.schedules.ExponentialDecay(0.1, 5, 0.5))",
}


@pytest.mark.parametrize(
    ("name", "begun"), [*((name, True) for name in OPTIMIZERS), ("Adagrad", False), ("Adam", False)]
)
def test_training_goes_on_there(name, begun, keras):
    """With the optimizer's state: the same weights after more steps."""
    optimizer = eval(OPTIMIZERS[name], {"optimizers": trilobite.optimizers})
    model, y = compiled(optimizer), np.abs(X[:, :3])
    if begun:
        model.fit(X, y, epochs=3, batch_size=4, shuffle=False, verbose=0)
    theirs = model.to_keras()
    for each in model, theirs:
        each.fit(X, y, epochs=2, batch_size=4, shuffle=False, verbose=0)
    for own, other in zip(model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(own, np.asarray(other), 1e-3, 1e-5)


def test_other_optimizers_are_compiled_anew(keras):
    """Those whose state Keras keeps in another form."""
    model = compiled("nadam")
    theirs = model.to_keras()
    assert getattr(theirs, "optimizer", None) is None
    assert_same(predicted(theirs, X), model.predict(X, verbose=0))


def test_losses_and_metrics(keras):
    metrics = ["accuracy", trilobite.metrics.AUC(50, name="area")]
    loss = trilobite.losses.CategoricalCrossentropy(label_smoothing=0.1)
    model = compiled("adam", loss, metrics=metrics)
    theirs = model.to_keras()
    assert theirs.loss.label_smoothing == 0.1
    y = np.eye(3)[np.arange(12) % 3]
    found = theirs.evaluate(X, y, verbose=0, return_dict=True)
    expected = model.evaluate(X, y, verbose=0, return_dict=True)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=1e-4)


def test_training_goes_on_here(tmp_path):
    """Bit for bit: there is a file of ours within."""
    model, y = compiled("nadam"), np.abs(X[:, :3])
    model.fit(X, y, epochs=2, verbose=0)
    model.save(tmp_path / "net.keras")
    again = trilobite.models.load_model(tmp_path / "net.keras")
    assert again.history.history == model.history.history
    for each in model, again:
        each.fit(X, y, verbose=0)
    for own, other in zip(model.get_weights(), again.get_weights(), strict=True):
        assert (own == other).all()


def test_weights_that_were_changed_elsewhere_count(keras, tmp_path):
    """Not our file beside them."""
    path = tmp_path / "net.keras"
    model = compiled("adam")
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        buffer = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(buffer, "r+") as file:
        file["layers/dense/vars/1"][...] = 7.0
    rewritten(path, **{"model.weights.h5": buffer.getvalue()})
    again = trilobite.models.load_model(path)
    assert (again.get_weights()[1] == 7).all()
    assert type(again.optimizer).__name__ == "Adam" and again.history is None


# ---- their models here ----


def theirs_of(keras):
    normalization = keras.layers.Normalization()
    normalization.adapt(export_nets.rows(200))
    model = keras.Sequential(
        [
            keras.Input((6,)),
            normalization,
            keras.layers.Dense(5, keras.activations.leaky_relu, kernel_regularizer="l2"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.2, seed=3),
            keras.layers.PReLU(),
            keras.layers.Dense(3, use_bias=False, kernel_constraint=keras.constraints.MaxNorm(2)),
            keras.layers.Activation("softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 10)),
        keras.losses.categorical_crossentropy,
        metrics=["accuracy", keras.metrics.AUC(name="area")],
    )
    model.fit(X, np.eye(3)[np.arange(12) % 3], verbose=0)
    return model


def test_their_files_are_read(keras, tmp_path):
    model = theirs_of(keras)
    model.save(tmp_path / "net.keras")
    ours = trilobite.saving.load_model(tmp_path / "net.keras")
    x = export_nets.rows()
    assert_same(ours.predict(x, verbose=0), predicted(model, x))
    dense = ours.layers[1]
    assert dense.kernel_regularizer.l2 == pytest.approx(0.01)
    assert ours.layers[5].kernel_constraint.max_value == 2
    assert type(ours.optimizer.schedule).__name__ == "CosineDecay"
    y = np.eye(3)[np.arange(40) % 3]
    found = ours.evaluate(x, y, verbose=0, return_dict=True)
    expected = model.evaluate(x, y, verbose=0, return_dict=True)
    assert found.keys() == expected.keys()
    assert found["loss"] == pytest.approx(expected["loss"], rel=1e-4)
    assert trilobite.saving.load_model(tmp_path / "net.keras", compile=False).optimizer is None


def test_weights_alone(keras, tmp_path):
    """To and fro, into a model that is made by a program; of a .keras file, too."""

    def build(k):
        model = k.Sequential([k.Input((6,)), k.layers.Dense(4, "relu"), k.layers.Dense(2)])
        model.add(k.layers.BatchNormalization())
        return model

    ours, theirs = build(trilobite), build(keras)
    theirs.save_weights(tmp_path / "a.weights.h5")
    ours.load_weights(tmp_path / "a.weights.h5")
    assert_same(ours.predict(X, verbose=0), predicted(theirs, X))
    theirs.set_weights([np.asarray(w) + 1 for w in theirs.get_weights()])
    theirs.save(tmp_path / "b.keras")
    ours.load_weights(tmp_path / "b.keras")
    assert_same(ours.predict(X, verbose=0), predicted(theirs, X))
    ours.set_weights([w * 0.5 for w in ours.get_weights()])
    ours.save_weights(tmp_path / "c.weights.h5")
    theirs.load_weights(tmp_path / "c.weights.h5")
    assert_same(predicted(theirs, X), ours.predict(X, verbose=0))
