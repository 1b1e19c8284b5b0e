"""For the programs that the playground shows: an estimator that trains as the page's net does."""

import numpy as np

import trilobite as keras
from trilobite import engine


def begin(net, x, y, seed=0):
    """Give an estimator of scikit-learn the weights with which the playground begins.

    Parameters
    ----------
    net : MLPClassifier or MLPRegressor
        Of `trilobite.sklearn` or scikit-learn, not fitted.
    x, y : ndarray
        All training rows.
    seed : int, default 0
        The playground's.

    Returns
    -------
    callable
        ``order(epoch)``, ndarray: in which order the playground takes the rows in an epoch, counted
        from 0, for ``partial_fit(x[rows], y[rows])`` of an estimator with ``shuffle=False``.
    """
    classes = {"classes": np.unique(y)} if hasattr(net, "predict_proba") else {}
    net.partial_fit(x, y, **classes)  # which makes all that an estimator has
    shapes = [w.shape for w in net.coefs_]
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Dense(n_out) for _, n_out in shapes]
    model = keras.Sequential([keras.Input((shapes[0][0],)), *layers])
    model.compile("sgd", "mse")
    weights = model.get_weights()
    net.coefs_, net.intercepts_ = weights[0::2], weights[1::2]
    del net._optimizer, net.loss_curve_[:]
    net.t_, net.n_iter_, net.best_loss_, net._no_improvement_count = 0, 0, np.inf, 0
    drawn, draw = model.get_state()["order"]["seed"], engine.load(model.dtype).permutation
    return lambda epoch: draw(len(y), drawn, epoch)
