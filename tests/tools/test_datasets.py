"""The digits that ship with the package, toy data, and the cost of importing them."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from trilobite.datasets import digits, idx, toy

# Digits


def test_digits():
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert x_train.shape == (1437, 8, 8) and y_train.shape == (1437,)
    assert x_test.shape == (360, 8, 8) and y_test.shape == (360,)
    for x in (x_train, x_test):
        assert x.dtype == np.uint8 and x.min() == 0 and x.max() == 16
    counts = np.bincount(y_train) + np.bincount(y_test)
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert np.bincount(y_test).min() >= 25
    assert y_train[:8].tolist() == [1, 0, 9, 1, 1, 2, 3, 0]


@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        ("images-idx3", "359cd13f0f514122884198b78a131df597421cbf5e93a76678fa96fc548f0d96"),
        ("labels-idx1", "ce71631c1f31ce56fa54f31d1d498fafacff59b001e6c30c4a5e29508aa277ad"),
    ],
)
def test_digits_files(name, sha256):
    array = idx.read(Path(digits.__file__).with_name(f"digits-{name}-ubyte.gz"))
    assert len(array) == 1797
    assert hashlib.sha256(idx.to_bytes(array)).hexdigest() == sha256


def test_digits_are_the_published_ones():
    load_digits = pytest.importorskip("sklearn.datasets").load_digits
    (x, y), (none, _) = digits.load_data(test_split=0)
    order = np.random.RandomState(113).permutation(1797)
    assert len(none) == 0
    np.testing.assert_array_equal(x, load_digits().images[order])
    np.testing.assert_array_equal(y, load_digits().target[order])


def test_digits_split_depends_on_seed_alone():
    def rows(**kwargs):
        (x_train, _), (x_test, _) = digits.load_data(**kwargs)
        return [row.tobytes() for row in x_train], [row.tobytes() for row in x_test]

    assert rows() == rows(test_split=0.2, seed=113)
    assert rows() != rows(seed=1)
    train, test = rows(test_split=0.5)
    assert (len(train), len(test)) == (898, 899)
    assert sorted(train + test) == sorted(sum(rows(), []))


@pytest.mark.parametrize("test_split", [-0.1, 1, 1.5, float("nan")])
def test_digits_refuses(test_split):
    with pytest.raises(ValueError, match=r"test_split: expected a number in \[0, 1\), got "):
        digits.load_data(test_split=test_split)


def test_digits_are_small_and_attributed():
    folder = Path(digits.__file__).parent
    assert sum(path.stat().st_size for path in folder.glob("digits*")) < 60_000
    attribution = (folder / "digits-attribution.txt").read_text()
    for part in ("Alpaydin", "Kaynak", "1998", "10.24432/C50P49", "CC BY 4.0"):
        assert part in attribution


# Toy data


@pytest.mark.parametrize("draw", [toy.moons, toy.blobs])
def test_toy(draw):
    x, y = draw(50, seed=3)
    assert x.shape == (50, 2) and x.dtype == np.float32
    assert y.shape == (50,) and y.dtype == np.uint8
    for again, first in zip(draw(50, seed=3), (x, y), strict=True):
        np.testing.assert_array_equal(again, first)
    assert not np.array_equal(draw(50, seed=4)[0], x)
    assert draw(0)[0].shape == (0, 2)
    for wrong in ({"n": -1}, {"noise": -0.1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            draw(**wrong)


def test_moons_lie_on_half_circles():
    x, y = toy.moons(noise=0)
    centre = np.stack([y, y / 2], axis=1)
    np.testing.assert_allclose(np.hypot(*(x - centre).T), 1, rtol=1e-6)
    assert (x[y == 0, 1] >= 0).all() and (x[y == 1, 1] <= 0.5).all()


def test_blobs_lie_around_their_centres():
    x, y = toy.blobs(5000, n_classes=4, noise=0.1)
    means = [x[y == k].mean(axis=0) for k in range(4)]
    np.testing.assert_allclose(means, [[1, 0], [0, 1], [-1, 0], [0, -1]], atol=0.02)
    for n_classes in (0, 257):
        with pytest.raises(ValueError, match="n_classes: expected 1 to 256"):
            toy.blobs(n_classes=n_classes)


# Import


def test_import_is_cheap():
    program = (
        "import sys, numpy; before = set(sys.modules); import trilobite.datasets; "
        "print(*set(sys.modules) - before)"
    )
    imported = set(subprocess.check_output([sys.executable, "-c", program], text=True).split())
    assert "trilobite.datasets.mnist" in imported
    assert not imported & {"urllib.request", "http.client", "gzip", "hashlib", "tqdm", "ssl"}
