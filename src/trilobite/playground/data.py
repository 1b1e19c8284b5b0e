"""The rows of a session, and the part of their plane that its maps show."""

import numpy as np

from trilobite.playground import limits, toy

N_MAP, N_SMALL = 100, 24  # points of a map along each side: of the output, of a neuron
_MARGIN = 0.08  # of the range of own data, beyond it


class Data:
    """What is trained and tested on, and shown.

    Parameters
    ----------
    spec : dict
        Checked.
    table : Table or None
        Own data, where the spec is of them.

    Attributes
    ----------
    train, test : (x, y)
        x of float32, shape (n, features); y of shape (n,).
    classes : list of str or None
        None of numbers.
    scaled : bool
        Whether x is to be standardised by the net's first layer.
    domain : list of float
        x0, x1, y0, y1 of the map.
    axes : list of str
        What the map's axes are.
    """

    def __init__(self, spec, table=None):
        data, self.names = spec["data"], spec["features"]
        self.scaled = data["name"] == "own"
        if self.scaled:
            x, y = table.rows(self.names, data["seed"])
            self.classes = table.classes
            self.train, self.test = toy.split(x, y, data["test_share"])
            self._look(spec["view"], table, data["seed"])
        else:
            at, y = toy.points(data["name"], data["rows"], data["noise"], data["seed"])
            x = toy.features(at, self.names)
            self.train, self.test = toy.split(x, y, data["test_share"])
            count = 1 + int(y.max())
            self.classes = None if spec["problem"] == "regression" else list("012"[:count])
            self.domain, self.axes = [-toy.EDGE, toy.EDGE] * 2, ["x1", "x2"]
            self._at = at
            self._rows = lambda plane: toy.features(plane, self.names)
        self._grids = {}

    def _look(self, view, table, seed):
        """Choose the plane through own data: two columns, or the two principal components."""
        x = self.train[0].astype(float)
        self._mean, self._spread = x.mean(axis=0), x.std(axis=0)
        self._spread[self._spread == 0] = 1
        pca = view == "pca" and x.shape[1] > 1
        if pca:
            every = (np.concatenate([self.train[0], self.test[0]]) - self._mean) / self._spread
            scaled = every[: len(x)]
            _, vectors = np.linalg.eigh(scaled.T @ scaled)
            basis = vectors[:, :-3:-1]
            basis *= np.sign(basis[np.abs(basis).argmax(axis=0), [0, 1]])  # else of chance
            self.axes = ["first principal component", "second principal component"]
            self._at = every @ basis
            self._rows = lambda plane: (self._mean + self._spread * (plane @ basis.T)).astype("f4")
        else:
            self.axes = [self.names[0], self.names[-1]] if view == "pca" else view
            self._at = table.rows(self.axes, seed)[0]
            self._rows = self._rows_of_columns
        low, high = self._at.min(axis=0), self._at.max(axis=0)
        more = _MARGIN * np.where(high > low, high - low, 1)
        self.domain = [float(v) for v in np.stack([low - more, high + more], axis=1).ravel()]

    def _rows_of_columns(self, plane):
        """Rows whose two columns of the view are these, the others at their means."""
        rows = np.tile(self._mean, (len(plane), 1))
        for name, values in zip(self.axes[::-1], plane.T[::-1], strict=True):
            if name in self.names:
                rows[:, self.names.index(name)] = values
        return rows.astype("f4")

    def grid(self, n):
        """Rows of x in the middle of n * n cells of the domain, the top left one first."""
        if n not in self._grids:
            x0, x1, y0, y1 = self.domain
            middle = (np.arange(n) + 0.5) / n
            plane = np.meshgrid(x0 + (x1 - x0) * middle, y1 - (y1 - y0) * middle)
            self._grids[n] = self._rows(np.stack(plane, axis=-1).reshape(-1, 2))
        return self._grids[n]

    def feature_maps(self):
        """Each feature over the domain, (features, N_SMALL, N_SMALL); own data standardised."""
        rows = self.grid(N_SMALL)
        if self.scaled:
            rows = (rows - self._mean) / self._spread
        return rows.T.reshape(-1, N_SMALL, N_SMALL)

    @property
    def n_bytes(self):
        """Memory of the rows, and of the grids."""
        features = len(self.names)
        return 4 * features * (len(self._at) + N_MAP**2 + N_SMALL**2)

    def points(self):
        """The first rows of training and test: x and y of the plane, target, 1 if of the test."""
        n = len(self.train[1])
        found = np.zeros((len(self._at), 4), "f4")
        found[:, :2] = self._at
        found[:, 2] = np.concatenate([self.train[1], self.test[1]])
        found[n:, 3] = 1
        if len(found) > limits.SHOWN:
            found = found[:: -(-len(found) // limits.SHOWN)]
        return found
