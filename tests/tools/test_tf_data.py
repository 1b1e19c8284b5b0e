"""`tf.data` of programs that run as they are: elements, orders, lengths.

In a process of its own, as importing it makes Keras's names trilobite's.
"""

import subprocess
import sys

import numpy as np
import pytest

if __name__ == "__main__":
    from trilobite.as_keras.data import AUTOTUNE, Dataset

X = np.arange(20.0).reshape(10, 2)
Y = np.arange(10)


def rows(data):
    return [tuple(np.asarray(part).tolist() for part in each) for each in data]


def slices_and_batches():
    data = Dataset.from_tensor_slices((X, Y))
    assert len(data) == 10 and rows(data)[3] == ([6.0, 7.0], 3)
    whole, rest = data.batch(4), data.batch(4, drop_remainder=True)
    assert [len(y) for _, y in whole] == [4, 4, 2] and len(whole) == 3
    assert [len(y) for _, y in rest] == [4, 4] and len(rest) == 2
    assert rows(whole.unbatch()) == rows(data)
    first, second = next(iter(whole))
    assert first.numpy().tolist() == X[:4].tolist() and type(first.numpy()) is np.ndarray
    assert rows(data.batch(4).cache().prefetch(AUTOTUNE)) == rows(whole)
    by_name = next(iter(Dataset.from_tensor_slices({"a": X, "b": Y}).batch(3)))
    assert by_name["b"].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match=r"got \[3, 10\] rows"):
        Dataset.from_tensor_slices((X, Y[:3]))


def shuffled(size):
    data = Dataset.range(10).shuffle(size, seed=1)
    first, second = ([int(v) for v in data] for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(10))
    assert (first == second) == (size == 1)
    assert all(value <= k + size for k, value in enumerate(first))
    again = Dataset.range(10).shuffle(size, 1, reshuffle_each_iteration=False)
    assert [int(v) for v in again] == [int(v) for v in again]


def made_of_others():
    data = Dataset.range(6)
    assert [int(v) for v in data.map(lambda v: v * v).filter(lambda v: v > 3)] == [4, 9, 16, 25]
    assert [int(v) for v in data.skip(4).concatenate(data.take(2)).repeat(2)] == [4, 5, 0, 1] * 2
    assert [len(part) for part in (data.skip(4), data.take(9), data.repeat(2))] == [2, 6, 12]
    assert [(k, int(v)) for k, v in data.skip(4).enumerate(1)] == [(1, 4), (2, 5)]
    assert rows(Dataset.zip((data, data.map(lambda v: -v))).take(2)) == [(0, 0), (1, -1)]
    assert [v.tolist() for v in data.batch(4).as_numpy_iterator()] == [[0, 1, 2, 3], [4, 5]]
    endless = data.repeat()
    assert endless.cardinality() == -1 and data.filter(bool).cardinality() == -2
    with pytest.raises(TypeError, match="infinite or unknown"):
        len(endless)
    pairs = Dataset.from_generator(lambda: zip(X, Y, strict=True), output_types=None)
    assert rows(pairs.map(lambda x, y: (x / 2, y)))[1] == ([1.0, 1.5], 1)
    assert rows(Dataset.from_tensors((X, Y))) == [(X.tolist(), Y.tolist())]


CHECKS = [
    slices_and_batches,
    made_of_others,
    *(lambda size=size: shuffled(size) for size in (1, 3, 10, 50)),
]


def test_in_a_process_of_its_own():
    done = subprocess.run([sys.executable, __file__], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["6"]


if __name__ == "__main__":
    for check in CHECKS:
        check()
    print(len(CHECKS))
