"""What a tool tries things on, where it is a model."""

import copy

import numpy as np

from trilobite._checks.targets import validation
from trilobite._declare.aside import set_aside
from trilobite._model.chain import leaves
from trilobite._model.measures import Measures
from trilobite.tuning.subject import Subject


class OfModel(Subject):
    """The `Subject` of a compiled model."""

    def __init__(self, model, x, y, sample_weight, validation_data):
        model._require_compiled("tuning")
        with set_aside():
            self._model = model = copy.deepcopy(model)
            (self.x, self.y, self.weights), given = model._check(x, y, sample_weight)
            self.valid = None
            if validation_data is not None:
                parts = validation(validation_data)
                self.valid = tuple(model._check(*parts, given, "validation_data's ")[0])
            net = model.network_for(given)
        Measures(net, model._loss, (), ())  # metrics would take their time
        self.module, self.batch_size = model._engine, 32
        self.rows = self.module.Rows
        self.net, self.optimizer = net, model._attach_optimizer()
        seeds = (layer.seed for layer in leaves([model]) if layer.seed is not None)
        self.first_epoch = model.epochs_begun
        self.seed = model._seed if model.epochs_begun else next(seeds, model._seed)
        self.rate = float(model.optimizer.learning_rate)

    def divisors(self, n, batch_size):
        """What the engine is to divide the costs of each step by, None for its rows."""
        summed = self._model._loss.reduction == "sum"
        return np.ones(-(-n // batch_size)) if summed else None
