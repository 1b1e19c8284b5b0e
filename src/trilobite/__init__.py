"""Small dense neural networks, trained fast on a CPU, under Keras's names."""

from trilobite import (
    activations,
    callbacks,
    config,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    saving,
    utils,
)
from trilobite._declare.declaration import know
from trilobite._declare.differentiable import Differentiable
from trilobite._model.many import fit_many
from trilobite.engine import get_num_threads, set_num_threads, show_config
from trilobite.initializers import Initializer
from trilobite.layers import Input, Layer
from trilobite.losses import Loss
from trilobite.metrics import Metric
from trilobite.models import Model, Sequential
from trilobite.optimizers import Optimizer
from trilobite.regularizers import Regularizer

__version__ = "0.1.0"

know(
    constraints,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    optimizers.schedules,
    initializers,
    regularizers,
)

__all__ = [
    "Differentiable",
    "Initializer",
    "Input",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "activations",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "fit_many",
    "get_num_threads",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "regularizers",
    "saving",
    "set_num_threads",
    "show_config",
    "utils",
]


def __getattr__(name):
    """`backend` and `ops`, which are imported when they are asked for."""
    if name not in ("backend", "ops"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return import_module(f"{__name__}.{name}")
