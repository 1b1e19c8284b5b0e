"""Estimators over batches of a table on disk."""

import numpy as np
import pandas as pd
import pytest

from trilobite.data import Table
from trilobite.sklearn import MLPClassifier, MLPRegressor

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(700, 4)).astype(np.float32), RNG.choice(["no", "yes"], 700)
T = X @ [1.0, -2.0, 0.5, 0.0]
FRAME = pd.DataFrame(X, columns=list("abcd")).assign(y=Y, t=T)


@pytest.mark.parametrize("target, estimator", [("y", MLPClassifier), ("t", MLPRegressor)])
def test_partial_fit_over_a_table_is_that_over_slices(tmp_path, target, estimator):
    FRAME.to_parquet(tmp_path / "a.parquet", row_group_size=90)
    given = Table(tmp_path / "a.parquet", list("abcd"), target, batch_size=150)
    named = {"classes": [0, 1]} if target == "y" else {}
    y = (Y == "yes").astype(int) if target == "y" else T
    assert given.categories == ({"y": ["no", "yes"]} if target == "y" else {})
    first, second = (estimator(hidden_layer_sizes=(6,), random_state=1) for _ in range(2))
    for _ in range(3):
        for x, targets in given:
            first.partial_fit(x, targets, **named)
        for i in range(0, len(X), 150):
            second.partial_fit(X[i : i + 150], y[i : i + 150], **named)
    for a, b in zip(first.coefs_, second.coefs_, strict=True):
        assert np.array_equal(a, b)
    assert first.loss_curve_ == second.loss_curve_ and len(first.loss_curve_) == 15


def test_shuffled_batches(tmp_path):
    FRAME.to_parquet(tmp_path / "a.parquet", row_group_size=90)
    given = Table(tmp_path / "a.parquet", list("abcd"), "t", batch_size=100)
    model = MLPRegressor(hidden_layer_sizes=(8,), random_state=1, learning_rate_init=0.01)
    for epoch in range(40):
        for x, t in given.shuffled(0, epoch):
            model.partial_fit(x, t)
    assert model.score(X, T) > 0.9
