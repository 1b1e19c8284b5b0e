"""Models with a `call` of their own, and what is computed in training beside training."""

import numpy as np
import pytest

import trilobite as tl
from trilobite import ops

X, Y = np.random.default_rng(0).normal(size=(2, 40, 4))


class Net(tl.Model):
    """Two ways to write dropout."""

    def __init__(self, rate=0.0, asks=False, **named):
        super().__init__(**named)
        self.hidden = tl.layers.Dense(6)
        self.drop = tl.layers.Dropout(rate)
        self.last = tl.Sequential([tl.layers.Dense(4)])
        self.asks = asks

    def call(self, inputs, training=False):
        z = ops.tanh(self.hidden(inputs))
        if training or not self.asks:
            z = self.drop(z, training=training)
        return self.last(z)


def test_is_the_chain_of_its_layers(tmp_path):
    model = Net(name="mine")
    assert not model.built
    model.compile("sgd", "mse")
    history = model.fit(X, Y, epochs=3, shuffle=False, verbose=0).history
    assert [type(layer).__name__ for layer in model.layers[1:]] == [
        *("Dense", "Activation", "Dropout", "Sequential")
    ]
    plain = tl.Sequential([tl.Input((4,)), tl.layers.Dense(6, "tanh"), tl.layers.Dense(4)])
    again = Net(asks=True)
    again.build((None, 4))
    for other in (plain, again):
        other.set_weights([np.zeros_like(w) + 0.1 for w in other.get_weights()])
        other.compile("sgd", "mse")
    ours, theirs = (m.fit(X, Y, epochs=2, shuffle=False, verbose=0) for m in (again, plain))
    np.testing.assert_allclose(ours.history["loss"], theirs.history["loss"], 1e-6)
    model.save(tmp_path / "m")
    loaded = tl.models.load_model(tmp_path / "m")
    assert loaded.predict(X, verbose=0).tobytes() == model.predict(X, verbose=0).tobytes()
    assert history["loss"][-1] < history["loss"][0]


def test_as_a_layer_and_in_a_chain():
    model = Net(0.5)
    whole = tl.Model(inputs := tl.Input((4,)), tl.layers.Dense(1)(model(inputs)))
    np.testing.assert_allclose(
        model(X), np.tanh(X @ model.get_weights()[0]) @ model.get_weights()[2], 1e-4, 1e-5
    )
    assert whole.predict(X, verbose=0).shape == (40, 1)


def other(body):
    class Other(tl.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = tl.layers.Dense(4), tl.layers.Dense(4)
            self.norm = tl.layers.BatchNormalization()

        call = body

    return Other()


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        (lambda self, x: self.a(x) + self.b(x), TypeError, "no merges"),
        (lambda self, x: (self.a(x), x), TypeError, "got tuple from its call"),
        (
            lambda self, x, training: self.a(x) if training else self.b(x),
            TypeError,
            "goes other ways in training",
        ),
        (
            lambda self, x, training: self.norm(self.a(x)) if training else self.a(x),
            TypeError,
            "goes other ways in training",
        ),
    ],
)
def test_refused(body, error, message):
    with pytest.raises(error, match=message):
        other(body)(X)


def test_no_call_beside_inputs_and_outputs():
    inputs = tl.Input((4,))
    with pytest.raises(ValueError, match="inputs: got"):
        type("Both", (tl.Model,), {"call": lambda self, x: x})(inputs, tl.layers.Dense(1)(inputs))


def test_in_training_by_hand():
    """Dropout keeps and scales; the mean of many is what there is without."""
    ones, rate = np.ones((400, 50), "float32"), 0.25
    dropped = tl.layers.Dropout(rate)(ones, training=True)
    assert set(np.unique(dropped)) == {0, np.float32(1 / (1 - rate))}
    assert abs((dropped > 0).mean() - (1 - rate)) < 0.02
    noisy = tl.layers.GaussianNoise(0.5)(ones, training=True)
    assert abs(noisy.std() - 0.5) < 0.02
    model = tl.Sequential(
        [tl.Input((4,)), tl.layers.Rescaling(0.5), tl.layers.Dropout(0.5), tl.layers.Dense(3)]
    )
    many = np.mean([model(X, training=True) for _ in range(2000)], axis=0)
    np.testing.assert_allclose(many, model(X), atol=0.15)
    tl.utils.set_random_seed(1)
    first = model(X, training=True)
    tl.utils.set_random_seed(1)
    assert np.array_equal(first, model(X, training=True))
