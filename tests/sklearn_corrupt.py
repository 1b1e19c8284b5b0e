"""Sparse matrices of every format with something wrong in them, given to the estimators.

A process of its own, for SciPy's conversion of such a matrix may crash it. It ends with 0 if every
one of them was refused with a ValueError. ``python sklearn_corrupt.py FORMAT ...`` tries some.
"""

import itertools
import sys
import warnings

import numpy as np
from scipy import sparse

from trilobite.sklearn import MLPClassifier, MLPRegressor

FAR = 2**31 + 5
N, WIDTH = 12, 8
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 1, "random_state": 0}
FORMATS = "csr", "csc", "bsr", "coo", "dia", "lil", "dok"


def value(name, at, of):
    """A corruption: x.name[at] = of; a wider integer type where it takes one."""

    def corrupt(x):
        array = np.array(getattr(x, name), np.int64 if abs(of) > 2**30 else None)
        array[at] = of
        setattr(x, name, array)

    return corrupt


def replaced(name, change):
    """A corruption: x.name = change(x.name)."""
    return lambda x: setattr(x, name, change(getattr(x, name)))


def of_shape(*shape):
    return lambda x: setattr(x, "_shape", shape)


def coordinate(axis, of):
    def corrupt(x):
        coords = [np.array(a, np.int64) for a in x.coords]
        coords[axis][2] = of
        x.coords = tuple(coords)

    return corrupt


def shortened_coordinate(x):
    x.coords = (x.coords[0][:-3], x.coords[1])


def nothing_stored(x):
    """Rows that end before they begin, where the last says that there is nothing."""
    x.indptr[1:-1] = 10**6
    x.indptr[-1] = 0


def key(*of):
    return lambda x: x._dict.update({of: 1.0})


def row(columns, values):
    def corrupt(x):
        x.rows[3], x.data[3] = columns, values

    return corrupt


COMPRESSED = {
    "index too large": value("indices", 3, 10**6),
    "index just too large": value("indices", 3, WIDTH + N),
    "index below 0": value("indices", 3, -2),
    "index beyond 32 bits": value("indices", 3, FAR),
    "end too large": value("indptr", 3, 10**6),
    "end beyond 32 bits": value("indptr", -1, FAR),
    "end below 0": value("indptr", 2, -4),
    "ends fall": replaced("indptr", lambda a: a[[0, 2, 1, *range(3, len(a))]]),
    "first end not 0": value("indptr", 0, 1),
    "few ends": replaced("indptr", lambda a: a[:-1]),
    "many ends": replaced("indptr", lambda a: np.append(a, a[-1])),
    "few indices": replaced("indices", lambda a: a[:-3]),
    "few data": replaced("data", lambda a: a[:-3]),
    "data in other dimensions": replaced("data", lambda a: a[None]),
    "indices that are floats": replaced("indices", lambda a: a + 0.5),
    "ends that are floats": replaced("indptr", lambda a: a + 0.5),
    "fewer columns": of_shape(N, 2),
    "more rows": of_shape(10**6, WIDTH),
    "nothing stored": nothing_stored,
}
CORRUPTIONS = {
    "csr": COMPRESSED,
    "csc": COMPRESSED | {"fewer columns": of_shape(2, WIDTH), "more rows": of_shape(N, 10**6)},
    "bsr": COMPRESSED
    | {
        "blocks of nothing": replaced("data", lambda a: a[:, :0]),
        "blocks that do not fit": replaced("data", lambda a: np.tile(a, (1, 5, 1))),
    },
    "coo": {
        f"axis {axis}: {of}": coordinate(axis, of)
        for axis, of in itertools.product((0, 1), (10**6, N, -1, FAR, 2**32, 2**62))
    }
    | {
        "few coordinates": shortened_coordinate,
        "few data": replaced("data", lambda a: a[:-3]),
        "fewer columns": of_shape(N, 2),
        "fewer rows": of_shape(2, WIDTH),
    },
    "dia": {
        "few offsets": replaced("offsets", lambda a: a[:-1]),
        "many offsets": replaced("offsets", lambda a: np.append(a, 5)),
        "an offset twice": lambda x: x.offsets.__setitem__(1, x.offsets[0]),
        "offset beyond 32 bits": value("offsets", 0, 2**32),
        "offset far below 0": value("offsets", 0, -(2**62)),
        "few data": replaced("data", lambda a: a[:-1]),
        "data in one dimension": replaced("data", np.ravel),
        "offsets that are floats": replaced("offsets", lambda a: a + 0.5),
    },
    "lil": {
        "column too large": row([0, 10**6], [1.0, 2.0]),
        "column just too large": row([WIDTH], [1.0]),
        "column below 0": row([-3], [1.0]),
        "column beyond 32 bits": row([2**32], [1.0]),
        "few values": row([1, 2, 3], [1.0]),
        "many values": row([1], [1.0, 2.0, 3.0]),
        "words": row(["a"], [1.0]),
        "few rows": replaced("rows", lambda a: a[:-1]),
        "few lists of data": replaced("data", lambda a: a[:-1]),
        "more rows": of_shape(10**6, WIDTH),
    },
    "dok": {
        "row too large": key(10**6, 1),
        "column too large": key(1, 10**6),
        "row below 0": key(-1, 1),
        "column below 0": key(1, -1),
        "beyond 32 bits": key(1, 2**32),
        "three axes": key(1, 1, 1),
        "words": key("a", 1),
        "fewer rows": of_shape(2, WIDTH),
    },
}  # fmt: skip


def good(kind, name):
    stored = np.tile(np.eye(4, 4), (N // 4, WIDTH // 4))
    x = sparse.csr_matrix(stored)
    x = getattr(sparse, f"{name}_{kind}")(x)
    return x


class Ways:
    """Every way by which an estimator takes a matrix."""

    def __init__(self):
        self.fine = sparse.csr_matrix(good("matrix", "csr"))
        self.labels, self.columns = np.arange(N) % 3, self.fine.toarray() > 0
        self.regressor = MLPRegressor(**SMALL).fit(self.fine, self.labels)
        self.classifier = MLPClassifier(**SMALL).fit(self.fine, self.labels)
        self.multilabel = MLPClassifier(**SMALL).fit(self.fine, self.columns)

    def of(self, x):
        """Calls by name."""
        yield "y of fit", lambda: MLPClassifier(**SMALL).fit(self.fine, x)
        new = MLPClassifier(**SMALL)
        yield "y of partial_fit", lambda: new.partial_fit(self.fine, x, classes=range(WIDTH))
        yield "y of score", lambda: self.multilabel.score(self.fine, x)
        new = MLPClassifier(**SMALL)
        validation = {"validation_data": (self.fine, x)}
        yield "y of validation", lambda: new.fit(self.fine, self.columns, **validation)
        validation = {"validation_data": (x, self.labels)}
        for net in (self.classifier, self.regressor):
            kind = type(net)
            for name, call in {
                "fit": lambda kind=kind: kind(**SMALL).fit(x, self.labels),
                "lbfgs": lambda kind=kind: kind(solver="lbfgs", **SMALL).fit(x, self.labels),
                "partial_fit": lambda net=net: net.partial_fit(x, self.labels),
                "predict": lambda net=net: net.predict(x),
                "score": lambda net=net: net.score(x, self.labels),
                "validation": lambda kind=kind: kind(**SMALL).fit(
                    self.fine, self.labels, **validation
                ),
            }.items():
                yield f"{name} of {kind.__name__}", call

    def taken(self, x):
        """The names of those that do not refuse x, told one by one before the process crashes."""
        for name, call in self.of(x):
            print(end=f"{name}: ", flush=True)
            try:
                call()
            except ValueError as error:
                print(error, flush=True)
                if "corrupt" in str(error):
                    continue
            yield name


def main(names):
    warnings.simplefilter("ignore")
    ways, taken = Ways(), []
    for name, kind in itertools.product(names or FORMATS, ("matrix", "array")):
        sound = list(ways.taken(good(kind, name)))
        assert len(sound) == len(list(ways.of(None))), sound  # nothing wrong: all are taken
        for what, corrupt in CORRUPTIONS[name].items():
            x = good(kind, name)
            corrupt(x)
            print(f"--- {name}_{kind}, {what}", flush=True)
            taken += [f"{name}_{kind}, {what}: {way}" for way in ways.taken(x)]
    print("\n".join(["", "not refused:", *taken]) if taken else "all were refused")
    return bool(taken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
