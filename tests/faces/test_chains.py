"""Chains by tensors, models as layers, layers that models share: the same numbers as Keras."""

import copy
import pickle
import threading

import numpy as np
import pytest
from keras_side import assert_same, both

import trilobite
from trilobite import layers

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (96, 6))
Y = np.digitize(X @ RNG.uniform(-1, 1, 6), (-0.5, 0.5))
LOSS = "sparse_categorical_crossentropy"
FIT = {"batch_size": 16, "epochs": 3, "shuffle": False, "verbose": 0}


def functional(k, **options):
    inputs = k.Input(shape=(6,))
    x = k.layers.Dense(8, activation="tanh", **options)(inputs)
    x = k.layers.BatchNormalization()(x)
    x = k.layers.Activation("relu")(x)
    return k.Model(inputs=inputs, outputs=k.layers.Dense(3, activation="softmax")(x), name="net")


def compiled(model, k, **options):
    model.compile(k.optimizers.Adam(0.0625), LOSS, metrics=["accuracy"], **options)
    return model


def stacked_on(k):
    body = functional(k)
    return k.Sequential([body, k.layers.Dense(4, "tanh"), k.layers.Dense(3), k.layers.Softmax()])


def head_taken_off(k):
    body = functional(k)
    return k.Sequential([k.Input((6,)), *body.layers[1:-1], k.layers.Dense(3, "softmax")])


def model_in_a_chain(k):
    body = k.Sequential([k.layers.Dense(5, "tanh"), k.layers.Dense(4)], name="body")
    inputs = k.Input((6,))
    return k.Model(inputs, k.layers.Dense(3, "softmax")(body(inputs)))


def from_a_hidden_layer_on(k):
    body = functional(k)
    tail = k.Model(body.layers[1].output, body.output)
    return k.Sequential([k.Input((6,)), k.layers.Dense(8, "tanh"), tail])


def longer_by_its_output(k):
    body = functional(k)
    return k.Model(body.input, k.layers.Softmax()(k.layers.Dense(3)(body.output)))


def one_activation_twice(k):
    relu, inputs = k.layers.ReLU(), k.Input((6,))
    x = relu(k.layers.Dense(4)(relu(k.layers.Dense(5)(inputs))))
    return k.Model([inputs], k.layers.Dense(3, "softmax")(x))


def frozen_below(k):
    model = functional(k, kernel_regularizer="l2")
    model.layers[1].trainable = False
    return model


def frozen_normalization(k):
    model = functional(k)
    model.layers[2].set_weights([np.full(8, v, "f") for v in (0.75, 0.25, 0.125, 0.5)])
    model.layers[2].trainable = False
    return model


def frozen_above(k):
    model = functional(k)
    model.get_layer(index=-1).trainable = False
    return model


def frozen_model(k):
    body = functional(k)
    body.trainable = False
    return k.Sequential([body, k.layers.Dense(3, "softmax")])


def frozen_by_argument(k):
    return functional(k, trainable=False)


CHAINS = [
    functional,
    stacked_on,
    head_taken_off,
    model_in_a_chain,
    from_a_hidden_layer_on,
    longer_by_its_output,
    one_activation_twice,
    frozen_below,
    frozen_normalization,
    frozen_above,
    frozen_model,
    frozen_by_argument,
]
FROZEN = [chain for chain in CHAINS if "frozen" in chain.__name__]
each_chain = pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.__name__)


@each_chain
def test_the_same_numbers_as_keras(keras, chain):
    results = both(
        keras,
        lambda k: compiled(chain(k), k),
        lambda model: model.fit(X, Y, validation_data=(X[:20], Y[:20]), **FIT),
    )
    assert_same(results)
    (theirs, _), (ours, _) = results
    for names in ("weights", "trainable_weights", "non_trainable_weights"):
        pairs = zip(getattr(ours, names), getattr(theirs, names), strict=True)
        for a, b in pairs:
            assert a.name == b.name and a.shape == b.shape
    assert [x.name for x in ours.layers if x.name == "net"] == [
        x.name for x in theirs.layers if x.name == "net"
    ]
    assert [type(x).__name__ for x in ours.layers[1:]] == [
        type(x).__name__.replace("Functional", "Model") for x in theirs.layers[1:]
    ]
    assert ours.count_params() == theirs.count_params()
    assert ours.input_shape == theirs.input_shape and ours.output_shape == theirs.output_shape
    assert ours.compute_output_shape((7, 6)) == theirs.compute_output_shape((7, 6)) == (7, 3)


@pytest.mark.parametrize("chain", FROZEN, ids=lambda chain: chain.__name__)
def test_what_is_frozen_stays(chain):
    model = compiled(chain(trilobite), trilobite)
    frozen = [v.numpy() for v in model.non_trainable_weights]
    trained = [v.numpy() for v in model.trainable_weights]
    model.fit(X, Y, **FIT)
    statistics = 0 if chain in (frozen_normalization, frozen_model) else 2
    same = [np.array_equal(*pair) for pair in zip(frozen, model.non_trainable_weights, strict=True)]
    assert same.count(False) == statistics
    pairs = zip(trained, model.trainable_weights, strict=True)
    assert not any(np.array_equal(*pair) for pair in pairs)
    assert len(model.optimizer.variables) == 2 + 2 * len(trained)


def test_trainable_counts_as_it_was_at_compile():
    model = compiled(functional(trilobite), trilobite)
    layer = model.layers[1]
    before = layer.get_weights()
    layer.trainable = False
    assert len(model.trainable_weights) == 4
    model.fit(X, Y, **FIT)
    assert not np.array_equal(layer.get_weights()[0], before[0])
    compiled(model, trilobite)
    before = layer.get_weights()
    model.fit(X, Y, **FIT)
    assert np.array_equal(layer.get_weights()[0], before[0])


@each_chain
@pytest.mark.parametrize("way", ["file", "pickle", "copy"])
def test_a_copy_goes_on_bit_for_bit(chain, way, tmp_path):
    model = compiled(chain(trilobite), trilobite)
    model.fit(X, Y, **FIT)
    for layer in model.layers[1:]:
        layer.trainable = not layer.trainable  # does not count before `compile`
    if way == "file":
        model.save(tmp_path / "net")
        again = trilobite.models.load_model(tmp_path / "net")
    else:
        again = copy.deepcopy(model) if way == "copy" else pickle.loads(pickle.dumps(model))
    assert type(again) is type(model) and again.name == model.name
    assert [x.name for x in again.layers] == [x.name for x in model.layers]
    assert [x.trainable for x in again.layers] == [x.trainable for x in model.layers]
    for each in (model, again):
        each.fit(X, Y, **FIT)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


@each_chain
def test_made_again_from_its_description(chain):
    model = chain(trilobite)
    for again in (
        trilobite.models.clone_model(model),
        trilobite.models.model_from_json(model.to_json()),
    ):
        assert type(again) is type(model) and again.get_config() == model.get_config()
        again.set_weights(model.get_weights())
        assert np.array_equal(again.predict(X), model.predict(X))
        assert [v.shape for v in again.trainable_weights] == [
            v.shape for v in model.trainable_weights
        ]


def test_layers_are_shared(keras):
    """One storage: whichever of the models trains, is set or read from a file, all have it."""

    def build(k):
        body = functional(k)
        hidden = k.Model(body.input, body.layers[-2].output)
        other = k.Sequential([k.Input((6,)), *body.layers[1:-1], k.layers.Dense(1)])
        body.compile(k.optimizers.SGD(0.25), LOSS)
        other.compile(k.optimizers.SGD(0.125, momentum=0.5), "mse")
        return body, other, hidden

    (theirs, their_other, their_hidden), (ours, other, hidden) = build(keras), build(trilobite)
    for a, b in ((ours, theirs), (other, their_other)):
        a.set_weights([np.asarray(w) for w in b.get_weights()])
    for _ in range(2):
        for a, b, y in ((ours, theirs, Y), (other, their_other, X[:, 0])):
            for model in (a, b):
                model.fit(X, y, **FIT)
        pairs = ((ours, theirs), (other, their_other), (hidden, their_hidden))
        for a, b in pairs:
            for w, expected in zip(a.get_weights(), b.get_weights(), strict=True):
                np.testing.assert_allclose(w, expected, 1e-3, 1e-5)
            np.testing.assert_allclose(a.predict(X), b.predict(X, verbose=0), 1e-3, 1e-5)


def test_shared_weights_set_and_read(tmp_path):
    body = functional(trilobite)
    hidden = trilobite.Model(body.input, body.layers[1].output)
    body.save_weights(tmp_path / "before")
    before = hidden.predict(X)
    body.layers[1].set_weights([np.ones((6, 8)), np.zeros(8)])
    np.testing.assert_allclose(hidden.predict(X)[:, 0], np.tanh(X.sum(axis=1)), 1e-5)
    hidden.weights[1].assign(np.ones(8))
    assert (body.get_weights()[1] == 1).all()
    body.load_weights(tmp_path / "before")
    assert np.array_equal(hidden.predict(X), before)


def test_two_models_in_turns():
    """A part that one model trains alone and another one has frozen: as in adversarial training."""
    maker = trilobite.Sequential([trilobite.Input((6,)), layers.Dense(6, "tanh")])
    judge = trilobite.Sequential([trilobite.Input((6,)), layers.Dense(5, "tanh"), layers.Dense(1)])
    judge.compile("adam", "mse")
    judge.trainable = False
    both_of_them = trilobite.Sequential([maker, judge])
    both_of_them.compile("adam", "mse")
    for _ in range(3):
        made, judged = maker.get_weights(), judge.get_weights()
        judge.train_on_batch(maker.predict(X), Y)
        assert np.array_equal(made[0], maker.get_weights()[0])
        assert not np.array_equal(judged[0], judge.get_weights()[0])
        judged = judge.get_weights()
        both_of_them.train_on_batch(X, Y)
        assert not np.array_equal(made[0], maker.get_weights()[0])
        assert all(map(np.array_equal, judged, judge.get_weights()))
        assert np.array_equal(both_of_them.predict(X), judge.predict(maker.predict(X)))


def test_hidden_layers(keras):
    """The activations of every layer, as in Keras."""
    theirs, ours = functional(keras), functional(trilobite)
    ours.set_weights([np.asarray(w) for w in theirs.get_weights()])
    for k in range(1, 5):
        parts = []
        for library, model in ((keras, theirs), (trilobite, ours)):
            parts.append(library.Model(model.inputs, model.layers[k].output))
        ours_y, theirs_y = (part.predict(X, verbose=0) for part in parts[::-1])
        np.testing.assert_allclose(ours_y, theirs_y, 1e-4, 1e-6)
        assert ours.layers[k].output.shape == tuple(theirs.layers[k].output.shape)
        assert ours.layers[k].input.shape == tuple(theirs.layers[k].input.shape)
    stack = trilobite.Sequential([trilobite.Input((6,)), layers.Dense(4), layers.Dense(2)])
    first = trilobite.Model(stack.inputs, stack.layers[0].output)
    expected = X @ stack.layers[0].kernel + stack.layers[0].bias.numpy()
    np.testing.assert_allclose(first(X.astype("f")), expected, 1e-5, 1e-5)


def test_get_layer():
    model = functional(trilobite)
    assert model.get_layer(index=0) is model.inputs[0] is model.input
    assert model.get_layer(model.layers[-1].name) is model.layers[-1]
    assert model.outputs == [model.output]
    for wrong in ({}, {"name": "dense", "index": 1}, {"index": 9}, {"name": "no"}):
        with pytest.raises(ValueError, match="index|name"):
            model.get_layer(**wrong)
    with pytest.raises(AttributeError, match="has never been called"):
        _ = layers.Dense(3).output
    with pytest.raises(AttributeError, match="has no Input yet"):
        _ = trilobite.Sequential([layers.Dense(3)]).inputs


def test_what_is_no_chain_is_refused():
    a, b = trilobite.Input((6,)), trilobite.Input((6,))
    x = layers.Dense(4)(a)
    dense = layers.Dense(6)
    for error, message, wrong in [
        (TypeError, "one chain of layers", lambda: layers.Dense(2)([a, b])),
        (TypeError, "one chain of layers", lambda: trilobite.Sequential([dense])([a, b])),
        (TypeError, "no merges", lambda: x + layers.Dense(4)(a)),
        (TypeError, "no merges", lambda: x**2),
        (ValueError, "inputs: got 2, expected one", lambda: trilobite.Model([a, b], x)),
        (ValueError, "outputs: got 2, expected one", lambda: trilobite.Model(a, [x, a])),
        (ValueError, "is computed from", lambda: trilobite.Model(b, x)),
        (TypeError, "what Input or a layer returns", lambda: trilobite.Model(a, X)),
        (TypeError, "expected both", lambda: trilobite.Model()),
        (ValueError, "weights once", lambda: trilobite.Model(a, dense(dense(a)))),
        (TypeError, "to be handed to a layer", lambda: a(x)),
    ]:
        with pytest.raises(error, match=message):
            wrong()
    for base, method in ((trilobite.Sequential, "call"), (trilobite.Model, "train_step")):
        with pytest.raises(TypeError, match=f"got a {method} of its own"):
            type("Own", (base,), {method: lambda self, x: x})


def test_a_model_in_a_model_keeps_its_layers():
    body = trilobite.Sequential([trilobite.Input((6,)), layers.Dense(4)])
    trilobite.Sequential([body, layers.Dense(2)])
    for change in (body.pop, lambda: body.add(layers.Dense(3))):
        with pytest.raises(ValueError, match="is a layer of another"):
            change()
    again = trilobite.Sequential(body.layers)
    again.add(layers.Dense(3))
    again.build((None, 6))
    assert np.array_equal(again.get_weights()[0], body.get_weights()[0])


def test_layers_of_another_dtype_or_shape():
    model = functional(trilobite)
    wide = trilobite.Input((6,), dtype="float64")
    other = "float64" if trilobite.config.floatx() == "float32" else "float32"
    with pytest.raises(ValueError, match="expected layers of one dtype"):
        trilobite.Sequential([trilobite.Input((6,), dtype=other), *model.layers[1:]])
    with pytest.raises(ValueError, match=r"got shape \(6, 8\), expected \(7, 8\)"):
        trilobite.Sequential([trilobite.Input((7,)), *model.layers[1:]])
    with pytest.raises(ValueError, match=r"got rows of shape \(7,\), expected \(6,\)"):
        model(trilobite.Input((7,)))
    assert wide.dtype == "float64" and wide.shape == (None, 6)


def test_two_threads_at_models_that_share_layers():
    """A second fit of shared layers is refused; a part is read between two steps."""
    body = compiled(functional(trilobite), trilobite)
    other = trilobite.Sequential(
        [trilobite.Input((6,)), *body.layers[1:-1], layers.Dense(3, "softmax")]
    )
    other.compile("sgd", LOSS)
    hidden = trilobite.Model(body.input, body.layers[1].output)
    seen, errors = [], []

    class InOtherThread(trilobite.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            thread = threading.Thread(target=self.look)
            thread.start()
            thread.join()

        def look(self):
            seen.append(hidden.predict(X))
            try:
                other.fit(X, Y, verbose=0)
            except RuntimeError as error:
                errors.append(str(error))

    body.fit(X, Y, callbacks=[InOtherThread()], **FIT)
    assert len(seen) == len(errors) == 3 and not np.array_equal(*seen[:2])
    assert all("got a model that fit trains in another thread" in error for error in errors)
    other.fit(X, Y, verbose=0)
