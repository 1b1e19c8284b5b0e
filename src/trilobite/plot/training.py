"""What a training was like, epoch by epoch."""

import math
import textwrap

import numpy as np

from trilobite._checks import arrays
from trilobite._model.history import History
from trilobite.plot import canvas
from trilobite.tuning import diagnose


def history(history, metrics=None, diagnosis=True, ax=None):
    """Draw cost and metrics over the epochs, of training and validation, the best one marked.

    Below the cost come the metrics, each in Axes of its own, and the learning rate where it is
    known: they are the last ones of ``ax.figure.axes``.

    Parameters
    ----------
    history : History, dict of list of float, AutomaticFit or estimator
        What `fit` or `trilobite.tuning.fit_automatically` returned, or its `history`, or a fitted
        estimator of `trilobite.sklearn` or scikit-learn with a `loss_curve_`.
    metrics : list of str, optional
        Those to draw, all by default; ``[]`` for the cost alone.
    diagnosis : bool
        Whether what `trilobite.tuning.diagnose` says is the title.
    ax : Axes, optional
        Its place is shared by all of them.

    Returns
    -------
    Axes
        That of the cost. The best epoch is that of the least validation cost (of an estimator with
        `validation_scores_` alone that of the best score), without validation of the least cost.
        The first epoch without a finite cost is marked, too, and where `fit_automatically` went
        back to the weights of an earlier epoch.

    Raises
    ------
    TypeError, ValueError
        It is no history, it has no epoch, its columns differ in length, or lack a metric.
    """
    history = getattr(history, "_record", history)  # of an AutomaticFit
    epochs, columns, score = _columns(history)
    measures = dict.fromkeys(name.removeprefix("val_") for name in columns)
    for name in ("loss", "learning_rate"):
        measures.pop(name, None)
    if metrics is not None:
        if not isinstance(metrics, (list, tuple)):
            raise TypeError(f"metrics: got {metrics!r}, expected a list of names")
        for name in metrics:
            if name not in measures:
                raise ValueError(f"metrics: got {name!r}, expected some of {list(measures)}")
        measures = dict.fromkeys(metrics)
    rates = _learning_rates(history, columns, len(epochs))
    heights = [2.0] + [1.4] * len(measures) + [0.8] * (rates is not None)
    ax = canvas.axes(ax, (6.4, 1.2 + 1.4 * sum(heights)))
    below = canvas.split(ax, heights, sharex=ax) if heights[1:] else []
    best = _best(columns, score)
    for panel, name in zip([ax, *below], ["loss", *measures], strict=False):
        for number, (column, label) in enumerate(
            ((name, "training"), (f"val_{name}", "validation"))
        ):
            if column in columns:
                canvas.line(panel, epochs, columns[column], number, label)
        canvas.dress(panel)
        label = "cost" if name == "loss" else textwrap.fill(name.replace("_", " "), 16)
        panel.set_ylabel(label, fontsize="medium" if len(label) < 16 else "small")
        if best is not None:
            told = f"best epoch: {epochs[best[0]]} ({best[1]:.4g})" if panel is ax else None
            panel.axvline(epochs[best[0]], color=canvas.BLACK, linestyle=":", label=told)
    cooling = getattr(history, "cooling", None)
    if cooling is not None and cooling.back:
        label = f"back to the weights of epoch {cooling.from_epoch + 1}"
        for panel in [ax, *below]:
            told = label if panel is ax else None
            panel.axvline(cooling.begins + 0.5, color=canvas.GREEN, linestyle="--", label=told)
    lost = np.flatnonzero(~np.isfinite(columns["loss"]))
    if len(lost):
        label = f"no finite cost: epoch {epochs[lost[0]]}"
        ax.axvline(epochs[lost[0]], color=canvas.VERMILION, linestyle="-.", label=label)
    if rates is not None:
        canvas.line(below[-1], epochs, rates, 2, "learning rate", drawstyle="steps-mid")
        canvas.dress(below[-1], None, "learning\nrate")
        if min(rates) > 0 and max(rates) > 10 * min(rates):
            below[-1].set_yscale("log")
        else:
            below[-1].set_ylim(0, 1.15 * max(rates) or 1)
    panels = [ax, *below]
    panels[-1].set_xlabel("epoch")
    panels[-1].xaxis.get_major_locator().set_params(integer=True)
    for panel in panels[:-1]:
        panel.tick_params(labelbottom=False)
    ax.legend(frameon=False)
    if diagnosis:
        known = not isinstance(history, dict)  # one knows more than its columns
        plain = {name: list(map(float, of)) for name, of in columns.items()}
        canvas.dress(ax, title=str(diagnose(history if known else plain)))
    return ax


def _columns(history):
    """Numbers of the epochs from 1, columns by name, and the name of a score that decides."""
    columns, epoch, score = history, None, None
    if isinstance(history, History):
        columns, epoch = history.history, history.epoch
    elif hasattr(history, "loss_curve_"):
        columns = {"loss": history.loss_curve_}
        if getattr(history, "validation_loss_curve_", None) is not None:
            columns["val_loss"] = history.validation_loss_curve_
        elif getattr(history, "validation_scores_", None) is not None:
            score = "val_accuracy" if hasattr(history, "classes_") else "val_r2"
            columns[score] = history.validation_scores_
    if not isinstance(columns, dict):
        raise TypeError(
            f"history: got {columns!r} ({type(columns).__name__}), expected what fit returned, its "
            "dict, or a fitted estimator with a loss_curve_"
        )
    if not columns.get("loss"):
        raise ValueError(f"history: got columns {list(columns)}, expected a loss of some epochs")
    columns = {name: arrays.array(f"history[{name!r}]", of) for name, of in columns.items()}
    n = len(columns["loss"])
    for name, of in columns.items():
        if of.shape != (n,):
            raise ValueError(f"history[{name!r}]: got shape {of.shape}, expected ({n},) as of loss")
    epoch = range(n) if epoch is None or len(epoch) != n else epoch
    return np.asarray(epoch) + 1, columns, score


def _best(columns, score):
    """Place and value of the best epoch, None if there is no finite number."""
    name = score or ("val_loss" if "val_loss" in columns else "loss")
    values = np.array(columns[name], float)
    finite = np.isfinite(values)
    if not finite.any():
        return None
    values[~finite] = -math.inf if score else math.inf
    at = int(values.argmax() if score else values.argmin())
    return at, values[at]


def _learning_rates(history, columns, n):
    """That of each epoch's last step, None where it is not known."""
    if "learning_rate" in columns:
        return columns["learning_rate"]
    if hasattr(history, "loss_curve_"):
        constant = history.solver == "adam" or history.learning_rate == "constant"
        return np.full(n, history.learning_rate_init) if constant else None
    optimizer = getattr(getattr(history, "model", None), "optimizer", None)
    if optimizer is None:
        return None
    if optimizer.schedule is None:
        return np.full(n, float(optimizer.learning_rate))
    steps = history.params["steps"]
    first = steps and int(optimizer.iterations) - n * steps
    return optimizer.rates(first, n * steps)[steps - 1 :: steps] if steps and first >= 0 else None
