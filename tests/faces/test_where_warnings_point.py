"""Warnings point at the line of the program that called the library."""

import numpy as np
import pytest

import trilobite as keras

X, Y = np.ones((8, 2)), np.ones((8, 1))


def batches():
    for _ in range(3):
        yield X[:4], Y[:4]


def model():
    made = keras.Sequential([keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    return made


def stops(monitor):
    return [keras.callbacks.EarlyStopping(monitor)]


def blown_up(m):
    def begin(epoch, logs):
        m.set_weights([w + 1e30 for w in m.get_weights()])

    return keras.callbacks.LambdaCallback(on_epoch_begin=begin)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.fit(batches(), steps_per_epoch=5, verbose=0),
        lambda m: m.evaluate(batches(), steps=5, verbose=0),
        lambda m: m.predict(batches(), steps=5, verbose=0),
        lambda m: m.fit(X, Y, validation_data=batches(), validation_steps=9, verbose=0),
        lambda m: m.fit(X * 1e30, Y, verbose=0),
        lambda m: m.fit(X, Y, verbose=0, callbacks=stops("val_loss")),
        lambda m: keras.callbacks.EarlyStopping("loss", mode="best"),
        lambda m: keras.tuning.fit_automatically(m, X, Y, callbacks=[blown_up(m)], epochs=2),
    ],
)
def test_it_is_the_callers_line(call):
    made = model()
    made.compile("sgd", "mse", metrics=["mae"])
    with pytest.warns(match="ran out|infinite|monitor: got|mode: got") as found:
        call(made)
    assert {warning.filename for warning in found} == {__file__}
