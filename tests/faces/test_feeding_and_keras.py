"""Batches that something makes: numbers, steps and order of Keras."""

import random
import warnings

import keras_side
import pytest
from fed import X, Y, batches, data_set, net, told

import trilobite as tl

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def test_numbers_of_keras(keras):
    """Two validations by a data set, weights in both."""

    def fit(model):
        k = keras if isinstance(model, keras.Model) else tl
        made, valid = batches(weights=True, times=2), data_set(k, 11, weights=True)
        options = dict(epochs=2, shuffle=False, verbose=0)
        return model.fit(made, steps_per_epoch=9, validation_data=valid, **options)

    keras_side.assert_same(keras_side.both(keras, net, fit))


def test_order_and_hooks_of_keras(keras):
    """A data set's batches are shuffled by `random`, as Keras does; it is told of epochs."""
    asked = []
    for k in keras, tl:
        model, made = net(k), data_set(k)
        model.fit(made, shuffle=False, verbose=0)  # before it is built Keras looks at a batch
        del made.told[:]
        random.seed(5)
        model.fit(made, epochs=2, verbose=0)
        asked.append(made.told)
    assert asked[1] == asked[0][asked[0].index("begin") :] or asked[1] == asked[0]
    epochs = [asked[1][1:10], asked[1][12:21]]
    assert all(sorted(epoch) == list(range(9)) != epoch for epoch in epochs)
    assert epochs[0] != epochs[1]
    assert [asked[1][i] for i in (0, 10, 11, 21)] == ["begin", "end"] * 2


def logged(k, *args, **named):
    """Batches of each epoch, as callbacks see them, and the number of warnings."""
    seen = []
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        net(k).fit(*args, callbacks=[told(k, seen)], verbose=0, **named)
    return seen, sum("ran out" in str(w.message) for w in said)


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("data set", dict(epochs=3, steps_per_epoch=4, validation_steps=2)),  # the third is short
        ("arrays", dict(epochs=3, steps_per_epoch=4, validation_steps=2, batch_size=8)),
        ("data set", dict(epochs=2, steps_per_epoch=12)),
    ],
)
def test_steps_of_keras(keras, source, named):
    """How many steps an epoch takes, where the next one goes on, and what is warned of."""
    results = []
    for k in keras, tl:
        given = (data_set(k),) if source == "data set" else (X, Y)
        valid = data_set(k) if source == "data set" else given
        if "validation_steps" in named:
            named = named | {"validation_data": valid}
        results.append(logged(k, *given, shuffle=False, **named))
    assert results[0] == results[1] and results[0][1] > 0


def test_steps_of_arrays_take_all_rows():
    """Without a batch size, as in Keras."""
    assert logged(tl, X, Y, epochs=2, steps_per_epoch=3) == ([[0, 1, 2]] * 2, 0)
    assert net().predict(X, steps=2, batch_size=9).shape == (18, 3)
    model = net()
    part = model.evaluate(X[:20], Y[:20], verbose=0)
    assert model.evaluate(X, Y, batch_size=10, steps=2, verbose=0) == pytest.approx(part)
    with pytest.warns(UserWarning, match="ran out of data: got 7"):
        model.evaluate(X, Y, batch_size=10, steps=8, verbose=0)
