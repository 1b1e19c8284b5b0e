"""What a model measures: compile, evaluate."""

from trilobite import engine
from trilobite._checks import arrays, options
from trilobite._checks.targets import Examples, classes, sample_weights, targets
from trilobite._declare.layer import Input
from trilobite._declare.seeds import draw_seed
from trilobite._model.callback_list import CallbackList
from trilobite._model.measures import Measures
from trilobite._model.predictor import Predictor, parts, threads
from trilobite._model.progress import line


class Evaluator(Predictor):
    """Base of `Trainer`: the methods that take x and y and change no weight."""

    def __init__(self, layers=None, name=None):
        self.optimizer = None
        self.stop_training = False
        self.history = None
        self._loss = None
        self._metrics = [], []  # those without and those with weights of rows
        self._compile_options = {}  # what compile was given beside optimizer and loss
        self._measures = None  # once compiled and built
        self._seed = None
        self.epochs_begun = 0  # with the seed: the order of the rows of the next epoch
        self.initial_epoch = 0  # of `fit`; a callback may set another when training begins
        super().__init__(layers, name)

    def _set_network(self, net, compiled, given):
        if net is not None and self._loss is not None:
            self._measures = Measures(net, self._loss, *self._metrics)
        if self.optimizer is not None:
            self.optimizer.detach(self._net)
        super()._set_network(net, compiled, given)

    @property
    def loss(self):
        """The `Loss` that is trained for, None before `compile`."""
        return self._loss

    @property
    def metrics_names(self):
        """Names of what `evaluate` returns, in its order; empty before `compile` and the build."""
        return [] if self._measures is None else list(self._measures.names)

    def _compile(self, optimizer, loss, metrics, weighted_metrics, options):
        """Train by this `Optimizer` for this `Loss`; `options`: what `compile` was given beside."""
        metrics = metrics, weighted_metrics
        with self.writing():
            if self._net is not None:
                self._measures = Measures(self._net, loss, *metrics)
            if self.optimizer is not None and self.optimizer is not optimizer:
                self.optimizer.detach(self._net)
            if self._seed is None:  # here: copies made before training begins share it
                self._seed = draw_seed()
            self.optimizer, self._loss, self._metrics = optimizer, loss, metrics
            self._compile_options = options

    def metric_directions(self):
        """Which is better of each metric by name, "max" or "min"."""
        return dict(self._measures.directions)

    def _attach_optimizer(self):
        """The optimizer's state, made if there is none yet."""
        return self.optimizer.attach(self._net, self._engine, list(self.weight_forms()))

    def evaluate(
        self,
        x,
        y,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        *,
        callbacks=None,
        return_dict=False,
    ):
        """Loss and metrics: means over the rows.

        Parameters
        ----------
        x, y, sample_weight
            As in `fit`.
        batch_size : int, optional
            32 by default. The result does not depend on it, but for rounding.
        verbose : {"auto", 0, 1, 2}
            Not 0: print the results.
        callbacks : list of Callback, optional
        return_dict : bool
            Return a dict of names and values.

        Returns
        -------
        float, list of float or dict
            The loss; with metrics ``[loss, metric, ...]``.
        """
        self._require_compiled("evaluate")
        loss = self._loss
        batch_size = options.batch_size(batch_size)
        verbose = options.verbose(verbose)
        examples, given = self._check(x, y, sample_weight)
        params = {"verbose": verbose, "epochs": 1, "steps": -(-len(examples.x) // batch_size)}
        hooks = CallbackList(callbacks, self, params)
        self._network_for(given)
        logs = self._evaluate(examples, batch_size, hooks, loss)
        if verbose:
            print(line(logs), flush=True)
        return result(logs, return_dict)

    def test_on_batch(self, x, y, sample_weight=None, return_dict=False):
        """Loss and metrics of these rows; as `evaluate`, silent."""
        return self.evaluate(x, y, max(1, len(x)), 0, sample_weight, return_dict=return_dict)

    def _evaluate(self, examples, batch_size, hooks, loss):
        """Loss and metrics by name, of examples checked for `loss`."""
        net, measures, n = self._net, self._measures, len(examples.x)
        each_batch = hooks.serves("on_test_batch_begin", "on_test_batch_end")
        n_threads, totals, logs = threads(net, n), 0.0, {}
        hooks.call("on_test_begin", {})
        summed = loss.reduction == "sum"
        for batch, part in enumerate(parts(n, batch_size if each_batch or summed else n)):
            if each_batch:
                hooks.call("on_test_batch_begin", batch, {})
            block = examples.part(part)
            x, y, weights = block.read_by(self._engine.Rows)
            with net.reading():
                if self._measures is not measures or self._loss is not loss:
                    raise RuntimeError("evaluate: the model was compiled meanwhile")
                scale = len(block.x) if summed else 1.0
                of_block = net.evaluate(x, y, n_threads, weights, scale)
            if of_block is None:
                raise arrays.nonfinite("x", block.x, x, part.start)
            totals = totals + of_block
            if each_batch:
                logs = measures.results(totals)
                hooks.call("on_test_batch_end", batch, logs)
        logs = measures.results(totals)
        hooks.call("on_test_end", logs)
        return logs

    def _require_compiled(self, method):
        if self._loss is None:
            raise ValueError(f"{method}: the model is not compiled, call compile() first")

    def _check(self, x, y, weights=None, given=None, owner=""):
        """Checked examples, and the Input they are for: `given`, the model's or one like x."""
        given = given or self._input
        x = arrays.inputs(f"{owner}x", x, given and given.shape)
        given = given or Input(x.shape[1:])
        n_out, rows = self._n_outputs(given), engine.load(given.dtype).Rows
        y = targets(f"{owner}y", y, len(x), n_out, self._loss.formula, rows)
        weights = sample_weights(f"{owner}sample_weight", weights, len(x), rows)
        return Examples(x, y, weights), given

    def _weighted(self, examples, class_weight, given):
        """The examples, in whose weights those of their classes count."""
        there = classes(self._loss.formula, self._n_outputs(given))
        return examples.weighted(class_weight, there, engine.load(given.dtype).Rows)


def result(logs, return_dict):
    """What `evaluate` returns for its logs."""
    if return_dict:
        return logs
    values = list(logs.values())
    return values if len(values) > 1 else values[0]
