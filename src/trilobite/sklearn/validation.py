"""Rows that an estimator is not trained with, and what they say of it."""

import functools

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import _check_sample_weight, validate_data

from trilobite.sklearn import descent, stored


def given(estimator, validation_data, argument="validation_data"):
    """What was given to `fit`, as X, binarized labels or columns of numbers, and weights or None.

    Raises
    ------
    TypeError, ValueError
        With the argument's name before what scikit-learn says of X, y and sample_weight.
    """
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise TypeError(
            f"{argument}: {type(validation_data).__name__} given; expected (X, y) or (X, y, "
            "sample_weight)"
        )
    X, y, sample_weight = (*validation_data, None)[:3]
    try:
        stored.check(X=X, y=y)
        X, y = validate_data(
            estimator, X, y, accept_sparse=["csr", "csc"], multi_output=True, reset=False
        )
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
            if not sample_weight.sum() > 0:
                raise ValueError(f"sample_weight adds up to {sample_weight.sum()}; expected > 0")
        return X, estimator._targets(y), sample_weight
    except (TypeError, ValueError) as error:
        raise type(error)(f"{argument}: {error}") from error


def split(estimator, X, y, sample_weight):
    """X, y and weights to train with, and the same three to validate with."""
    arrays = [X, y] if sample_weight is None else [X, y, sample_weight]
    parts = train_test_split(
        *arrays,
        random_state=estimator._random_state,
        test_size=estimator.validation_fraction,
        stratify=y if estimator._stratifies else None,
    )
    if sample_weight is None:
        parts += [None, None]
    if parts[1].shape[0] < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of "
            "your dataset."
        )
    return parts[0::2], parts[1::2]


def accuracy(expected, labels, sample_weight=None):
    """`accuracy_score` of labels that one estimator made of its outputs: none needs to be checked,
    which takes scikit-learn longer than a small net's epoch.
    """
    hits = expected == labels
    return float(np.average(hits if hits.ndim == 1 else hits.all(axis=1), weights=sample_weight))


class Validation:
    """What judges a network after each epoch.

    Parameters
    ----------
    estimator : Perceptron
    net : Network
    dtype : numpy.dtype
        That of the network.
    X, y, sample_weight
        As `given` or `split` return them.
    given : bool
        Whether the caller of `fit` gave them.
    """

    def __init__(self, estimator, net, dtype, X, y, sample_weight, given):
        self.estimator, self.net, self.dtype = estimator, net, dtype
        self.X, self.y, self.sample_weight, self.given = X, y, sample_weight, given
        self.best_loss = np.inf

    @functools.cached_property
    def expected(self):
        """Labels or numbers, what the outputs should be."""
        return self.estimator._outputs(self.y)

    def loss(self):
        """The mean cost, without the penalty."""
        of, weights = self.estimator, self.sample_weight
        rows = [
            None if array is None else descent.rows(self.dtype, array)
            for array in (self.X, descent.targets(self.y, of.loss, of.out_activation_), weights)
        ]
        threads = of._threads(2 * self.net.n_parameters * self.X.shape[0])
        totals = self.net.evaluate(*rows[:2], threads=threads, weights=rows[2])
        if totals is None:
            raise ValueError(f"validation_data: {descent.nonfinite(self.dtype, self.X)}")
        cost = totals[0] - totals[1] * self.net.penalty()
        return cost / (totals[1] if weights is None else weights.sum())

    def score(self):
        """Accuracy or R squared; NaN where the outputs are not finite."""
        of = self.estimator
        outputs = of._outputs(of._propagate(self.net, self.dtype, self.X)[0])
        if outputs.dtype.kind == "f" and not np.isfinite(outputs).all():
            return np.nan
        return of._metric(self.expected, outputs, sample_weight=self.sample_weight)
