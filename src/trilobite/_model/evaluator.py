"""What a model measures: compile, evaluate."""

from functools import partial

from trilobite import engine
from trilobite._checks import arrays, options
from trilobite._checks.targets import Examples, classes, sample_weights, targets
from trilobite._declare.called import making
from trilobite._declare.layer import Input
from trilobite._declare.seeds import draw_seed
from trilobite._model.callback_list import CallbackList
from trilobite._model.chain import network_of
from trilobite._model.measures import Measures
from trilobite._model.predictor import Predictor, in_turn, parts, threads
from trilobite._model.progress import line
from trilobite._model.py_dataset import is_fed


class Evaluator(Predictor):
    """Base of `Trainer`: the methods that take x and y and change no weight."""

    def __init__(self, given, links, name=None, trainable=True):
        self.optimizer = None
        self.stop_training = False
        self.history = None
        self._table = None  # columns and classes of a table, for the command line; kept in files
        self.loss = self._loss = None  # as it was given to `compile`, and the `Loss`
        self._metrics = [], []  # those without and those with weights of rows
        self._compile_options = {}  # what compile was given beside optimizer and loss
        self._measures = None  # once compiled and built
        self._seed = None
        self.epochs_begun = 0  # with the seed: the order of the rows of the next epoch
        self.initial_epoch = 0  # of `fit`; a callback may set another when training begins
        super().__init__(given, links, name, trainable)

    def _become(self, given, links, trained=None):
        changes = links != self._layers
        super()._become(given, links, trained)
        if changes:
            self._table = None

    def _measures_of(self, net):
        return None if self._loss is None else Measures(net, self._loss, *self._metrics)

    def _take_network(self, net, given, trained, measures, calls_own, fresh=()):
        if net is not None:
            self._measures = measures
        if self.optimizer is not None:
            self.optimizer.detach(self._net)
        super()._take_network(net, given, trained, measures, calls_own, fresh)

    @property
    def metrics_names(self):
        """Names of what `evaluate` returns, in its order; empty before `compile` and the build."""
        return [] if self._measures is None else list(self._measures.names)

    def _compile(self, optimizer, loss, metrics, weighted_metrics, options):
        """Train by this `Optimizer` for this `Loss`; `options`: what `compile` was given beside."""
        metrics, trained, net = (metrics, weighted_metrics), self._trained_now(self._layers), None
        calls_own = self._has_own(self._layers, loss, metrics)
        with making:
            if self._net is not None and (trained, calls_own) != (self._trained, self._calls_own):
                module = self._module(self._input.dtype, calls_own)
                net, fresh = network_of(self._input, self._layers, trained, module, self)
                measures = Measures(net, loss, *metrics)
            with self.writing():
                if net is not None:
                    self._take_network(net, self._input, trained, measures, calls_own, fresh)
                elif self._net is not None:
                    self._measures = Measures(self._net, loss, *metrics)
                if self.optimizer is not None and self.optimizer is not optimizer:
                    self.optimizer.detach(self._net)
                if self._seed is None:  # here: copies made before training begins share it
                    self._seed = draw_seed()
                self.optimizer, self._loss, self._metrics = optimizer, loss, metrics
                self._compile_options = options

    def _has_own(self, links, loss=None, metrics=None):
        loss, (of_rows, weighted) = loss or self._loss, metrics or self._metrics
        measured = filter(None, (loss, *of_rows, *weighted))
        return super()._has_own(links) or any(each.is_own for each in measured)

    @property
    def metrics(self):
        """The metrics that `compile` was given, as objects."""
        return [metric for metrics in self._metrics for metric in metrics]

    def reset_metrics(self):
        """Nothing: every epoch and every call measures anew."""

    def metric_directions(self):
        """Which is better of each metric by name, "max" or "min"."""
        return dict(self._measures.directions)

    def _attach_optimizer(self):
        """The optimizer's state, made if there is none yet."""
        return self.optimizer.attach(self._net, self._engine, self.weight_forms)

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
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
        steps : int, optional
            Batches to take; all there are by default.
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
        verbose, steps = options.verbose(verbose), options.steps("steps", steps)
        if is_fed(x):
            data, given = self._batches("x", x, y, sample_weight, steps)
            n_steps = data.steps
        else:
            data, given = self._check(x, y, sample_weight)
            n, batch_size = options.first_rows(len(data.x), batch_size, steps)
            data, n_steps = data.part(slice(n)), -(-n // batch_size)
        hooks = CallbackList(callbacks, self, {"verbose": verbose, "epochs": 1, "steps": n_steps})
        self.network_for(given)
        logs = self._evaluate(data, batch_size, hooks, loss)
        if not logs:
            raise ValueError("x: got no batch, expected at least one")
        if verbose:
            print(line(logs), flush=True)
        return result(logs, return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics of these rows; as `evaluate`, silent."""
        return self.evaluate(x, y, max(1, len(x)), 0, sample_weight, return_dict=return_dict)

    def _evaluate(self, data, batch_size, hooks, loss):
        """Loss and metrics by name, of `Examples` checked for `loss` or `Batches`; of none: {}."""
        net, measures = self._net, self._measures
        each_batch = hooks.serves("on_test_batch_begin", "on_test_batch_end")
        by_batch = loss.reduction == "sum" or self._calls_own or each_batch
        begin = partial(hooks.call, "on_test_batch_begin") if each_batch else None

        def work(block, first=0, n_threads=1):
            x, y, weights = block.read_by(self._engine.Rows)
            with net.reading():
                if self._measures is not measures or self._loss is not loss:
                    raise RuntimeError("evaluate: the model was compiled meanwhile")
                scale = len(block.x) if loss.reduction == "sum" else 1.0
                totals = net.evaluate(x, y, n_threads, weights, scale)
            if totals is None:
                raise arrays.nonfinite("x", block.x, x, first)
            return totals

        hooks.call("on_test_begin", {})
        if isinstance(data, Examples):
            n = len(data.x)
            n_threads = threads(net, n)
            cut = parts(n, batch_size if by_batch else n)
            blocks = ((data.part(part), part.start, n_threads) for part in cut)
            of_blocks = in_turn(blocks, lambda block: work(*block), begin)
        else:
            of_blocks = in_turn(data.checked(), work, begin) if each_batch else data.work_off(work)
        totals, logs = None, {}
        for batch, of_block in enumerate(of_blocks):
            totals = of_block if totals is None else totals + of_block
            if each_batch:
                logs = measures.results(totals)
                hooks.call("on_test_batch_end", batch, logs)
        if totals is not None:
            logs = measures.results(totals)
        hooks.call("on_test_end", logs)
        return logs

    def _require_compiled(self, method):
        if self._loss is None:
            raise ValueError(f"{method}: the model is not compiled, call compile() first")

    def _batches(
        self, argument, source, y, weights, steps, *, given=None, class_weight=None, **options
    ):
        """Batches of a source, checked as they are made, and the Input they are for."""
        from trilobite._model.feeding import Batches  # here: it takes a while to import

        for name, value in {"y": y, "sample_weight": weights}.items():
            if value is not None:
                raise ValueError(
                    f"{name}: got a {type(value).__name__} beside {argument} that makes batches, "
                    "expected it in each batch: (x, y) or (x, y, sample_weight)"
                )
        batches, owner = Batches(argument, source, steps, **options), ""
        if argument != "x":
            owner = f"{argument}'s "
        given = given or self._input or Input(batches.row_shape)

        batches.check = self._checker(given, owner)
        batches.weigh = lambda examples: self._weighted(examples, class_weight, given)
        return batches, given

    def _check(self, x, y, weights=None, given=None, owner=""):
        """Checked examples, and the Input they are for: `given`, the model's or one like x."""
        given = given or self._input
        x = arrays.inputs(f"{owner}x", x, given and given.row_shape)
        given = given or Input(x.shape[1:])
        return self._checker(given, owner)(x, y, weights), given

    def _checker(self, given, owner):
        """A function of x, y and weights for the Input `given`: checked examples."""
        n_out, rows = self._n_outputs(given), engine.load(given.dtype).Rows
        names = [f"{owner}{name}" for name in ("x", "y", "sample_weight")]
        loss = self._loss.formula

        def check(x, y, weights):
            x = arrays.inputs(names[0], x, given.row_shape)
            y = targets(names[1], y, len(x), n_out, loss, rows)
            return Examples(x, y, sample_weights(names[2], weights, len(x), rows))

        return check

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
