"""Functions of one's own whose derivative is found: against differences, and what is refused."""

import numpy as np
import pytest

import trilobite as tl
from trilobite import ops
from trilobite.reference.traced import traced

RNG = np.random.default_rng(3)
ONES = np.ones((3, 2))
FUNCTIONS = {
    "row means": lambda p: np.mean(np.square(p - 1), axis=-1),
    "powers": lambda p: (p * 2 + 1 / (p + 1)) ** 3 - 2.0**p,
    "where": lambda p: np.where(p > 0.5, p**2, np.sin(p)),
    "extremes": lambda p: np.sum(p, axis=0) * np.max(p, axis=1, keepdims=True) / np.min(p + 1),
    "deviation": lambda p: np.std(p, axis=1) + np.var(p),
    "columns": lambda p: np.concatenate([p[:, :1], np.exp(p)], axis=1).T,
    "logsumexp": lambda p: ops.logsumexp(p, axis=1),
    "matmul": lambda p: p @ ONES,
    "cumsum and norm": lambda p: np.cumsum(p, axis=1) * np.linalg.norm(p),
    "products": lambda p: np.prod(p, axis=1),
    "clip": lambda p: np.clip(p, 0.2, 0.7),
    "rows": lambda p: p[[0, 0, 1]],
    "methods": lambda p: p.mean() / p.sum(axis=0) + p.reshape(3, 5).max(),
    "stack": lambda p: np.stack([p, p * p]),
    "two sides": lambda p: np.maximum(p, 0.5) + np.minimum(p, 0.4) + np.abs(p - 0.5),
    "activations": lambda p: ops.sigmoid(p) * ops.softmax(p) + ops.gelu(p) + ops.tanh(p),
    "hyperbolic": lambda p: ops.log(ops.cosh(p)) + ops.expm1(p) + ops.log1p(p) + ops.tan(p),
    "roots": lambda p: ops.sqrt(p + 1) + ops.rsqrt(p + 1) + ops.log2(p + 1) + ops.log10(p + 1),
    "losses": lambda p: (
        tl.losses.mean_squared_error(ops.zeros_like(p), p) + tl.losses.huber(np.ones(p.shape), p)
    ),
    "crossentropies": lambda p: (
        tl.losses.categorical_crossentropy(np.eye(3)[[0, 1, 2, 0, 1]], p, label_smoothing=0.1)
        * tl.losses.sparse_categorical_crossentropy([0, 1, 2, 0, 1], p, from_logits=True)
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradient(name):
    function, x = FUNCTIONS[name], RNG.uniform(0.01, 0.99, (5, 3))
    y, pull = traced(function, x)
    np.testing.assert_allclose(y, function(x), 1e-7)
    g, expected = RNG.uniform(1, 2, y.shape), np.zeros_like(x)
    for at in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[at] = 1e-6
        expected[at] = np.sum(g * (function(x + step) - function(x - step))) / 2e-6
    np.testing.assert_allclose(pull(g), expected, 1e-6, 1e-7)
    y, pull = traced(function, x.astype(np.float32))
    assert pull(np.ones_like(y)).dtype == np.float32


@pytest.mark.parametrize(
    "function",
    [
        lambda p: np.median(p),
        lambda p: np.asarray(p) * 2,
        lambda p: float(p[0, 0]),
        lambda p: np.add.reduce(p),
        lambda p: p % 0.5,
        lambda p: np.linalg.norm(p, 1),
    ],
)
def test_what_has_no_gradient_is_refused(function):
    with pytest.raises(TypeError, match="is to be differentiated, expected .*Differentiable"):
        traced(function, np.ones((3, 2)))


def test_ties_and_steps():
    x = np.array([[0.5, 0.0, -0.5]])
    _, pull = traced(lambda p: np.maximum(p, 0.0) + np.sign(p) + np.round(p), x)
    assert pull(np.ones((1, 3))).tolist() == [[1.0, 0.5, 0.0]]
    _, pull = traced(lambda p: p > 0, x)
    assert not pull(np.ones((1, 3))).any()


def net(*layers, loss="mse", metrics=None):
    model = tl.Sequential([tl.Input((4,)), *layers, tl.layers.Dense(2)])
    model.set_weights([np.full(w.shape, 0.1) for w in model.get_weights()])
    model.compile(tl.optimizers.SGD(0.1), loss, metrics=metrics)
    return model


X, Y = RNG.normal(size=(64, 4)), RNG.normal(size=(64, 2))


@pytest.mark.parametrize(
    "own",
    [
        lambda t, p: ops.mean(ops.square(t - p), axis=-1),
        lambda t, p: ops.square(t - p),
        lambda t, p: ops.mean(ops.square(t - p)),
        lambda t, p: tl.losses.MeanSquaredError()(t, p),
        lambda t, p: tl.losses.MeanSquaredError("none")(t, p),
    ],
)
def test_a_loss_is_what_it_returns(own):
    """A number for each row, for each output, or for all."""
    model, plain = net(loss=own), net()
    ours, theirs = (m.fit(X, Y, epochs=2, shuffle=False, verbose=0).history for m in (model, plain))
    np.testing.assert_allclose(ours["loss"], theirs["loss"], 1e-5)
    for a, b in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, 1e-4, 1e-6)


def test_a_sum_and_weights():
    class Squares(tl.losses.Loss):
        def call(self, y_true, y_pred):
            return ops.sum(ops.square(y_true - y_pred), axis=-1) / 2

    weights = RNG.uniform(size=64)
    models = [net(loss=Squares(reduction="sum")), net(loss=tl.losses.MeanSquaredError("sum"))]
    ours, theirs = (
        m.fit(X, Y, 64, sample_weight=weights, verbose=0).history["loss"] for m in models
    )
    np.testing.assert_allclose(ours, theirs, 1e-5)
    model = net(loss=lambda t, p: ops.mean(t - p))
    before = model.get_weights()
    with pytest.raises(ValueError, match="sample_weight: got weights of rows for the loss"):
        model.fit(X, Y, sample_weight=weights, verbose=0)
    assert all(map(np.array_equal, before, model.get_weights()))
    with pytest.raises(ValueError, match="expected 32 rows or a number"):
        net(loss=lambda t, p: ops.sum(p, axis=0)).fit(X, Y, verbose=0)


def test_layers_of_functions():
    class Squared(tl.layers.Layer):
        def call(self, inputs):
            return ops.square(inputs)

    dense = [tl.layers.Dense(3, name=f"d{k}") for k in range(3)]
    models = [
        net(dense[0], tl.layers.Lambda(lambda z, to: z**to, arguments={"to": 2})),
        net(dense[1], Squared()),
        net(dense[2], tl.layers.Activation(tl.Differentiable(np.square, lambda z: 2 * z))),
    ]
    histories = [m.fit(X, Y, shuffle=False, epochs=2, verbose=0).history["loss"] for m in models]
    np.testing.assert_allclose(histories[:2], [histories[2]] * 2, 1e-6)
    np.testing.assert_allclose(Squared()(X), X**2, 1e-5)
    with pytest.raises(ValueError, match=r"got \(1,\) from rows of shape \(4,\)"):
        net(tl.layers.Lambda(lambda z: z[:, :1]))

    class Weighted(tl.layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight(shape=(4, 4))

        def call(self, inputs):
            return ops.matmul(inputs, self.w)

    with pytest.raises(TypeError, match="got weights of its own, expected a layer of trilobite's"):
        net(Weighted())


def test_a_metric_that_counts_in_variables():
    class Large(tl.metrics.Metric):
        def __init__(self, name="large"):
            super().__init__(name=name)
            self.hits = self.add_weight(name="hits")
            self.rows = self.add_weight(name="rows")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.hits.assign_add(ops.sum(ops.cast(y_pred > y_true, "float32")))
            self.rows.assign_add(len(y_true))

        def result(self):
            return self.hits / self.rows

    model = net(metrics=[Large()])
    history = model.fit(X, Y, validation_split=0.25, shuffle=False, epochs=2, verbose=0).history
    expected = (model.predict(X[48:], verbose=0) > Y[48:]).sum() / 16
    np.testing.assert_allclose(history["val_large"][-1], expected)
    by_hand = Large()
    by_hand.update_state(Y[:10], Y[:10] + 1)
    assert by_hand.result() == 2
    by_hand.reset_state()
    assert not any(variable.numpy() for variable in by_hand.variables)

    class Largest(Large):
        def update_state(self, y_true, y_pred, sample_weight=None):
            self.hits.assign(ops.maximum(self.hits, ops.max(y_pred)))

    with pytest.raises(ValueError, match="large: got variables that are no sums"):
        net(metrics=[Largest()]).fit(X, Y, verbose=0)
