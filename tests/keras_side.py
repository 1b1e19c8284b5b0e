"""Keras 3 beside trilobite: the same program under both, and how their results are compared."""

import os
import warnings

import numpy as np

import trilobite


def load():
    """Keras, on JAX and able to compute in float64; None without it."""
    os.environ["KERAS_BACKEND"] = "jax"
    os.environ["JAX_ENABLE_X64"] = "1"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import keras
        except ImportError:
            if os.environ.get("CI") == "true":
                raise
            return None
    return keras


def evaluate(k, expression):
    """The value of a Python expression in which names are those of the library `k`."""
    modules = "activations constraints layers losses metrics optimizers regularizers".split()
    names = {name: getattr(k, name) for name in modules}
    return eval(expression, names | {"schedules": k.optimizers.schedules})


def both(keras, build, fit):
    """Run `build` and `fit` under Keras and under trilobite, from Keras's initial weights.

    Returns
    -------
    list of (model, history) of Keras and of trilobite
    """
    keras.utils.set_random_seed(1)
    models = [build(keras), build(trilobite)]
    models[1].set_weights([np.asarray(w) for w in models[0].get_weights()])
    return [(model, fit(model).history) for model in models]


def tolerance():
    """Relative; Keras rounds the learning rate to float32 whatever the dtype."""
    return 1e-4 if trilobite.config.floatx() == "float32" else 1e-6


def assert_same(results, rtol=None):
    """History and weights agree."""
    rtol = rtol or tolerance()
    (theirs, their_history), (ours, our_history) = results
    assert set(our_history) == set(their_history)
    for name, values in their_history.items():
        assert all(type(value) is float for value in our_history[name])
        np.testing.assert_allclose(our_history[name], values, rtol, rtol / 100, err_msg=name)
    for ours_w, theirs_w in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(ours_w, theirs_w, rtol, rtol * np.abs(theirs_w).max())
