"""The same call to scikit-learn's class and to trilobite's, and the comparison of the two.

A test of something in which the two differ says so by `differs`, and docs/sklearn.md lists these
tests: ``python tests/sklearn_pairs.py`` writes the list there.
"""

import importlib.util
import sys
import warnings
from pathlib import Path

import numpy as np
from compare import assert_close
from sklearn import neural_network

import trilobite.sklearn

MODULES = neural_network, trilobite.sklearn
ATTRIBUTES = (
    "n_features_in_", "n_layers_", "n_outputs_", "out_activation_", "n_iter_", "t_",
)  # fmt: skip
NUMBERS = (
    "loss_", "loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_",
)  # fmt: skip
PAGE = Path(__file__).parents[1] / "docs" / "sklearn.md"
BEGIN, END = "<!-- differences: begin -->\n", "<!-- differences: end -->\n"
RTOL = {np.dtype("f8"): 1e-8, np.dtype("f4"): 1e-3}


def differs(what, theirs, ours):
    """Decorator: the test shows what scikit-learn does, and what trilobite does instead."""

    def mark(test):
        test.difference = what, theirs, ours
        return test

    return mark


def page():
    """docs/sklearn.md with the differences of today."""
    lines = ["| | scikit-learn | trilobite | test |", "|---|---|---|---|"]
    for path in sorted(Path(__file__).parent.glob("sklearn/test_*.py")):
        spec = importlib.util.spec_from_file_location(f"sklearn_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, test in vars(module).items():
            if row := getattr(test, "difference", None):
                lines.append(f"| {' | '.join(row)} | `sklearn/{path.stem}::{name}` |")
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    return before + BEGIN + "\n".join(lines) + "\n" + END + rest.split(END)[1]


def outcome(call):
    """What a call returns, or the type and text of its exception; and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result, error = call(), None
        except (ValueError, TypeError, AttributeError) as e:
            result, error = None, (type(e), str(e))
    return result, error, [(w.category, str(w.message)) for w in caught]


def fit_both(name, X, y, sample_weight=None, **parameters):
    """Both fitted, or None and None where both raised the same; their warnings are the same."""
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    given = np.array(X.copy()) if isinstance(X, np.ndarray) else X.copy()
    ends = [
        outcome(lambda m=m: getattr(m, name)(**parameters).fit(X, y, **weights)) for m in MODULES
    ]
    (theirs, *said), (ours, *says) = ends
    assert says == said
    assert (given != X).sum() == 0
    return theirs, ours


def assert_equal(theirs, ours, X):
    """Attributes, numbers, weights and predictions."""
    for attribute in ATTRIBUTES:
        assert getattr(ours, attribute) == getattr(theirs, attribute), attribute
    rtol = RTOL[theirs.coefs_[0].dtype]
    for attribute in NUMBERS:
        assert hasattr(ours, attribute) == hasattr(theirs, attribute), attribute
        expected = getattr(theirs, attribute, None)
        if expected is None:
            assert getattr(ours, attribute, None) is None, attribute
        else:
            assert_close(getattr(ours, attribute), expected, rtol=rtol, atol=rtol * 1e-3)
    arrays = [e.coefs_ + e.intercepts_ for e in (ours, theirs)]
    for got, expected in zip(*arrays, strict=True):
        assert got.dtype == expected.dtype and type(got) is np.ndarray
        assert_close(got, expected, rtol=rtol, atol=rtol * np.abs(expected).max())
    for x in (X, X[:3]):
        if hasattr(theirs, "classes_"):
            assert (ours.classes_ == theirs.classes_).all()
            got, expected = ours.predict_proba(x), theirs.predict_proba(x)
            labels = ours.predict(x)
            assert labels.dtype == theirs.predict(x).dtype
            assert labels.shape == theirs.predict(x).shape
        else:
            got, expected = ours.predict(x), theirs.predict(x)
        assert got.dtype == expected.dtype
        assert_close(got, expected, rtol=rtol, atol=rtol * np.abs(expected).max())


if __name__ == "__main__":
    sys.modules["sklearn_pairs"] = sys.modules["__main__"]
    PAGE.write_text(page(), encoding="utf-8")
