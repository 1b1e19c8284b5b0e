"""What a person wants to see of a training: numbers, pictures, mistakes."""

import sys

import numpy as np

from trilobite import losses

PIXELS = 14  # of a picture's height and width at most, each two characters wide
MISTAKES = 5


def draw(image):
    """Return the lines of text that show an (h, w) array, from its least to its largest pixel."""
    utf = "utf" in (getattr(sys.stdout, "encoding", None) or "").lower()
    shades = np.array(list(" ░▒▓█" if utf else " .:*#"))
    side = -(-max(image.shape) // PIXELS)  # of the square that becomes one pixel
    image = image.astype(float)
    image /= np.abs(image).max() or 1  # so that no sum overflows
    margins = [(0, -size % side) for size in image.shape]
    squares = np.pad(image, margins, constant_values=image.min())
    pixels = squares.reshape(len(squares) // side, side, -1, side).mean(axis=(1, 3))
    pixels -= pixels.min()
    levels = pixels / (pixels.max() or 1) * (len(shades) - 1)
    return ["".join(row) for row in np.repeat(shades[np.rint(levels).astype(int)], 2, axis=1)]


def values(row):
    """Return the first numbers of a row, short."""
    return " ".join(f"{float(value):.6g}" for value in np.ravel(row)[:6])


class Answers:
    """What a model says of rows of which the truth is known, and what a constant would say.

    Parameters
    ----------
    model : Sequential
    x, y : ndarray
    usual : ndarray, shape (n_out,)
        The constant answer: mean of the targets of the training, or shares of its classes.
    classes : list, optional
        Names of the classes; their numbers by default.
    """

    def __init__(self, model, x, y, usual, classes=None):
        self.model, self.x, self.y, self.usual = model, x, y, usual
        self.said = model.predict(x, verbose=0)
        config = model.layers[-1].get_config()
        self.kind = {"softmax": "classes", "sigmoid": "chances"}.get(config.get("activation"))
        if self.kind == "classes":
            self.truth = y.argmax(axis=1) if y[0].size > 1 else y.reshape(len(y)).astype(int)
        self.names = classes or range(self.said.shape[1])

    @property
    def metrics(self):
        """Names of what `measures` are, beside the cost."""
        return ["accuracy"] if self.kind else ["mean absolute error", "R^2"]

    def measures(self):
        """Cost and metrics of the model, and of the constant."""
        return self._of(self.said), self._of(np.broadcast_to(self.usual, self.said.shape))

    def _of(self, said):
        loss = losses.chosen(self.model.loss)
        t = self.y if loss.class_indices else self.y.reshape(said.shape)
        cost = float(loss(t.reshape(len(t)) if loss.class_indices else t, said.astype(float)))
        if self.kind == "classes":
            return cost, float(np.mean(said.argmax(axis=1) == self.truth))
        if self.kind == "chances":
            return cost, float(np.mean((said > 0.5) == (t > 0.5)))
        error, spread = t - said, t - t.mean(axis=0, dtype=float)
        left = np.sum(error**2, dtype=float) / (np.sum(spread**2, dtype=float) or np.nan)
        return cost, float(np.mean(np.abs(error))), 1 - float(left)

    def worst(self):
        """Numbers of the rows with the worst mistakes, the worst first."""
        if self.kind == "classes":
            wrong = np.flatnonzero(self.said.argmax(axis=1) != self.truth)
            right = self.said[np.arange(len(self.truth)), self.truth]
            return wrong[np.argsort(right[wrong], kind="stable")][:MISTAKES]
        errors = np.abs(self.said - self.y.reshape(self.said.shape)).max(axis=1)
        return np.argsort(-errors, kind="stable")[:MISTAKES]

    def caption(self, row):
        """What is said of a row, and what it is if that is wrong or a number."""
        if self.kind != "classes":
            return f"{values(self.said[row])}, is {values(self.y[row])}"
        best = self.said[row].argmax()
        is_wrong = best != self.truth[row]
        right = f", is {self.names[self.truth[row]]}" if is_wrong else ""
        return f"{self.names[best]} ({self.said[row].max():.0%}){right}"


def usual_answer(y, n_out):
    """The constant answer to these targets: the mean, or the shares of classes."""
    if n_out > 1 and y[0].size == 1:
        return np.bincount(y.reshape(len(y)).astype(int), minlength=n_out) / len(y)
    return y.reshape(len(y), -1).mean(axis=0, dtype=float)


def table(rows, origin="the training rows"):
    """Print cost and metrics of several `Answers` by name, and the constant on the last of them.

    `origin` says which rows the constant is the largest class or the mean of.
    """
    width = max(map(len, ["constant", *rows]))
    metrics = next(iter(rows.values())).metrics
    print(f"{'':{width}}{'cost':>12}  {'  '.join(metrics)}")
    for name, answers in rows.items():
        (cost, *measures), constant = answers.measures()
        _row(name, width, cost, metrics, measures)
    _row("constant", width, constant[0], metrics, constant[1:])
    about = "the largest class" if answers.kind == "classes" else "the mean"
    print(f"\nThe constant answer is always {about} of {origin}.")
    print("It is measured on the rows of the line above.")


def _row(name, width, cost, metrics, measures):
    parts = [f"{_number(value):<{len(m)}}" for value, m in zip(measures, metrics, strict=True)]
    print(f"{name:{width}}{_number(cost):>12}  {'  '.join(parts)}".rstrip())


def _number(value):
    """Four places, or, of a number that is large or would be 0, five digits."""
    return f"{value:.4f}" if value == 0 or 5e-5 <= abs(value) < 1e5 else f"{value:.5g}"


def mistakes(answers, rows=None):
    """Print the worst mistakes; `rows`: numbers of the rows in their file, from 1."""
    worst = answers.worst()
    if not len(worst):
        print("\nNo mistake among them.")
        return
    print("\nWorst mistakes:\n")
    for row in worst:
        number = row + 1 if rows is None else rows[row] + 1
        print(f"row {number}: {answers.caption(row)}")


def pictures(answers):
    """Print the first three images, and the worst mistakes, with what is said of them."""
    rows = list(dict.fromkeys([*range(min(3, len(answers.x))), *answers.worst()[:3]]))
    drawn = [[*draw(answers.x[row]), answers.caption(row)] for row in rows]
    width = len(drawn[0][0])
    in_a_line = max(1, 80 // (width + 2))
    for first in range(0, len(drawn), in_a_line):
        for line in zip(*drawn[first : first + in_a_line], strict=True):
            print("  ".join(f"{part:{width}}" for part in line).rstrip())
        print()
