"""What a model does with data: compile, fit, evaluate, predict."""

import warnings

import numpy as np

from trilobite import data, engine, losses, optimizers, utils
from trilobite.callbacks import CallbackList, History
from trilobite.fit import Fit
from trilobite.layers import Input
from trilobite.metrics import get_all, resolve
from trilobite.progress import Progress, check_verbose, line

# Multiplications in a call to the engine that Ctrl-C cannot interrupt: some 50 ms at worst.
_BLOCK = 2**28
# Rows up to which a call of the model is one call of the engine on one thread.
_FEW = 64


class Trainer:
    """Base of `Sequential`: the methods that take data.

    A model is built once it has a network, the engine's, which holds the weights.
    """

    def __init__(self):
        self.optimizer = None
        self.stop_training = False
        self.history = None
        self._loss = None
        self._metrics = []
        self._compile_options = {}  # what compile was given beside optimizer and loss
        self._names = ()  # of the loss and the metrics, once compiled and built
        self._seed = None
        self._epochs_begun = 0  # with the seed: the order of the rows of the next epoch
        self._initial_epoch = None  # where a backup lets `fit` begin
        self._set_network(None, None, None)

    def _set_network(self, net, compiled, given):
        """Work with `net`, made by the engine's module `compiled` for rows of the Input `given`."""
        if net is not None and self._loss is not None:
            self._names = _compile(net, self._loss, self._metrics)
        self._net, self._engine = net, compiled
        self._shape = given and given.shape
        self._dtype = given and np.dtype(given.dtype)

    def compile(self, optimizer="sgd", loss=None, *, metrics=None):
        """Choose how to train and what to measure.

        Parameters
        ----------
        optimizer : str or Optimizer
            "sgd" by default.
        loss : str or Loss
            "mean_squared_error" ("mse"), "categorical_crossentropy",
            "sparse_categorical_crossentropy" or "binary_crossentropy".
        metrics : list of str or Metric, optional
            "accuracy", "mse", "mae", ...

        Raises
        ------
        TypeError, ValueError
            An unknown name, or a loss or metric that does not go with the model's outputs.
        """
        options = {"metrics": list(metrics) if isinstance(metrics, tuple) else metrics}
        optimizer, loss, metrics = optimizers.get(optimizer), losses.get(loss), get_all(metrics)
        if self._net is not None:
            self._names = _compile(self._net, loss, metrics)
        self.optimizer, self._loss, self._metrics = optimizer, loss, metrics
        self._compile_options = options

    def metric_directions(self):
        """Which is better of each metric by name, "max" or "min"."""
        return {
            name: "max" if formula.endswith("accuracy") else "min"
            for (formula, _), name in zip(self._metrics, self._names[1:], strict=True)
        }

    def _attach_optimizer(self):
        """Make the optimizer's state, if there is none yet."""

    def fit(
        self,
        x,
        y,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        *,
        initial_epoch=0,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Train. Called again it goes on where it stopped.

        Parameters
        ----------
        x : array_like, shape (n, ...)
            Any real numbers; read where they are, never copied as a whole.
        y : array_like
            (n, n_out), for one output also (n,); class indices (n,) or (n, 1) for
            "sparse_categorical_crossentropy".
        batch_size : int, optional
            Rows of a step, 32 by default; the last step of an epoch takes the rest.
        epochs : int
            Number of the epoch to stop after: `epochs` - `initial_epoch` are trained.
        verbose : {"auto", 0, 1, 2}
            0: silent; 1 ("auto"): a line an epoch and a bar; 2: the lines.
        callbacks : list of Callback, optional
        validation_split : float
            This last part of the rows is kept for validation.
        validation_data : (x, y), optional
            Evaluated after each epoch; takes precedence over `validation_split`.
        shuffle : bool
            A new order of the rows every epoch.
        initial_epoch : int
            Number of the first epoch, 0 by default.
        validation_batch_size : int, optional
        validation_freq : int or collection of int
            Validate every so many epochs, or after these (counted from 1).

        Returns
        -------
        History
            `history` is a dict of lists: "loss", the metrics, and "val_..." of each. Training
            metrics are running means over the epoch, weighted by rows.

        Raises
        ------
        TypeError, ValueError
            Something does not fit, or holds a NaN or infinity. No weight has changed then.

        Warns
        -----
        RuntimeWarning
            The loss or the weights were not finite any more. Training has ended and the weights
            are those from before that epoch.
        """
        self._require_compiled("fit")
        batch_size = _batch_size(batch_size)
        valid_size = batch_size
        if validation_batch_size is not None:
            valid_size = _batch_size(validation_batch_size, "validation_batch_size")
        due = data.epochs_due(validation_freq)
        last = data.integer("epochs", epochs)
        epochs = range(data.integer("initial_epoch", initial_epoch, least=0), last)
        verbose = check_verbose(verbose)
        x, y, given = self._check_pair(x, y)
        if validation_data is None:
            n, name = data.split(len(x), validation_split), "x"
            valid_x, valid_y = x[n:], y[n:]
        else:
            n, name = len(x), "validation_data's x"
            valid_x, valid_y = data.validation(validation_data)
            valid_x, valid_y, _ = self._check_pair(valid_x, valid_y, given, "validation_data's ")
        if len(valid_x):
            rows = engine.load(given.dtype).Rows(valid_x)
            data.check_finite(name, valid_x, rows, first=0 if validation_data else n)
        progress = Progress(verbose, epochs, n)
        params = {"verbose": verbose, "epochs": last, "steps": -(-n // batch_size)}
        hooks = CallbackList(callbacks, self, params, also=(History(), progress))
        history = hooks.first(History)
        if self._net is None:
            self._build(given)

        def validate(epoch):
            if not due(epoch + 1):
                return {}
            results = self._evaluate(valid_x, valid_y, valid_size, hooks)
            return {f"val_{name}": value for name, value in results.items()}

        self.history, self.stop_training, self._initial_epoch = history, False, None
        hooks.call("on_train_begin", {})
        if self._initial_epoch is not None:
            epochs = range(self._initial_epoch, last)
            progress.begin_with(epochs)
        try:
            logs = self._train(
                x[:n],
                y[:n],
                batch_size,
                shuffle,
                epochs=epochs,
                hooks=hooks,
                history=history,
                progress=progress,
                validate=validate if len(valid_x) else None,
            )
        finally:
            progress.close()
        hooks.call("on_train_end", logs)
        return history

    def train_on_batch(self, x, y, return_dict=False):
        """One step on these rows.

        Parameters
        ----------
        x, y : array_like
            As in `fit`.
        return_dict : bool

        Returns
        -------
        float, list of float or dict
            As from `evaluate`: loss and metrics of these rows before the step.
        """
        self._require_compiled("train_on_batch")
        x, y, given = self._check_pair(x, y)
        if self._net is None:
            self._build(given)
        epochs = range(1)
        logs = self._train(
            x,
            y,
            len(x),
            False,
            epochs=epochs,
            hooks=CallbackList(None, self, {}),
            history=History(),
            progress=Progress(0, epochs, len(x)),
            validate=None,
        )
        return _result(logs, return_dict)

    def _train(self, x, y, batch_size, shuffle, *, epochs, **run):
        """Train on checked x and y; return the logs of the last epoch."""
        if self._seed is None:
            self._seed = utils.draw_seed()
        rows = self._engine.Rows(x)
        training = self._engine.Training(
            self._net,
            rows,
            self._engine.Rows(y),
            batch_size=batch_size,
            epochs=len(epochs),
            seed=self._seed,
            first_epoch=self._epochs_begun,
            shuffle=bool(shuffle),
            threads=self._threads(3 * min(batch_size, len(x))),
        )
        fit = Fit(self, training, self._names, epochs, **run)
        try:
            logs = fit.run()
        finally:
            self._epochs_begun = fit.begun + training.epoch + (training.step > 0)
        if fit.status == "bad_input":
            raise data.nonfinite("x", x, rows)
        if fit.status == "nonfinite":
            warnings.warn(
                f"epoch {epochs[training.epoch] + 1}: the loss or a weight became infinite or NaN; "
                "training has stopped with the weights from before this epoch. Try a learning "
                f"rate smaller than {self.optimizer.learning_rate:g}.",
                RuntimeWarning,
                stacklevel=3,
            )
        return logs

    def evaluate(self, x, y, batch_size=None, verbose="auto", *, callbacks=None, return_dict=False):
        """Loss and metrics: means over the rows.

        Parameters
        ----------
        x, y : array_like
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
        batch_size = _batch_size(batch_size)
        verbose = check_verbose(verbose)
        x, y, given = self._check_pair(x, y)
        params = {"verbose": verbose, "epochs": 1, "steps": -(-len(x) // batch_size)}
        hooks = CallbackList(callbacks, self, params)
        if self._net is None:
            self._build(given)
        logs = self._evaluate(x, y, batch_size, hooks)
        if verbose:
            print(line(logs), flush=True)
        return _result(logs, return_dict)

    def _evaluate(self, x, y, batch_size, hooks):
        """Loss and metrics by name, of checked x and y."""
        each_batch = hooks.serves("on_test_batch_begin", "on_test_batch_end")
        Rows, threads = self._engine.Rows, self._threads(len(x))
        sums, logs = [0.0] * len(self._names), {}
        hooks.call("on_test_begin", {})
        for batch, part in enumerate(self._blocks(len(x), batch_size, each_batch)):
            if each_batch:
                hooks.call("on_test_batch_begin", batch, {})
            rows = Rows(x[part])
            means = self._net.evaluate(rows, Rows(y[part]), batch_size, threads)
            if means is None:
                raise data.nonfinite("x", x[part], rows, part.start)
            sums = [s + m * rows.n_rows for s, m in zip(sums, means.tolist(), strict=True)]
            done = part.start + rows.n_rows
            logs = {name: s / done for name, s in zip(self._names, sums, strict=True)}
            if each_batch:
                hooks.call("on_test_batch_end", batch, logs)
        hooks.call("on_test_end", logs)
        return logs

    def predict(self, x, batch_size=None, verbose="auto", *, callbacks=None):
        """Outputs for the rows of x.

        Parameters
        ----------
        x : array_like, shape (n, ...)
        batch_size : int, optional
            32 by default; only callbacks see it.
        verbose : {"auto", 0, 1, 2}
            Accepted and checked; nothing is shown.
        callbacks : list of Callback, optional

        Returns
        -------
        ndarray, shape (n, n_out)
            Of the model's dtype.
        """
        batch_size = _batch_size(batch_size)
        x = data.inputs("x", x, self._input and self._input.shape)
        params = {"verbose": check_verbose(verbose), "epochs": 1, "steps": -(-len(x) // batch_size)}
        hooks = CallbackList(callbacks, self, params)
        if self._net is None:
            self._build(self._input or Input(x.shape[1:]))
        each_batch = hooks.serves("on_predict_batch_begin", "on_predict_batch_end")
        threads = self._threads(len(x))
        out = np.empty((len(x), self._net.n_out), self._dtype)
        hooks.call("on_predict_begin", {})
        for batch, part in enumerate(self._blocks(len(x), batch_size, each_batch)):
            if each_batch:
                hooks.call("on_predict_batch_begin", batch, {})
            rows = self._engine.Rows(x[part])
            if not self._net.predict(rows, out[part], threads):
                raise data.nonfinite("x", x[part], rows, part.start)
            if each_batch:
                hooks.call("on_predict_batch_end", batch, {"outputs": out[part]})
        hooks.call("on_predict_end", {})
        return out

    def __call__(self, x, training=False):
        """Outputs for the rows of x, like `predict` with the least overhead for few rows.

        Parameters
        ----------
        x : array_like, shape (n, ...)
        training : bool
            Makes no difference to the layers there are.

        Returns
        -------
        ndarray, shape (n, n_out)
        """
        if (
            type(x) is not np.ndarray
            or x.shape[1:] != self._shape
            or x.dtype != self._dtype
            or not 0 < len(x) <= _FEW
        ):
            return self.predict(x, verbose=0)
        rows = self._engine.Rows(x)
        out = np.empty((len(x), self._net.n_out), self._dtype)
        if not self._net.predict(rows, out):
            raise data.nonfinite("x", x, rows)
        return out

    def test_on_batch(self, x, y, return_dict=False):
        """Loss and metrics of these rows; as `evaluate`, silent."""
        return self.evaluate(x, y, verbose=0, return_dict=return_dict)

    def predict_on_batch(self, x):
        """Outputs for these rows; as `predict`, silent."""
        return self.predict(x, verbose=0)

    def _require_compiled(self, method):
        if self._loss is None:
            raise ValueError(f"{method}: the model is not compiled, call compile() first")

    def _check_pair(self, x, y, given=None, owner=""):
        """Checked x and y, and the Input they are for: `given`, the model's or one like x."""
        given = given or self._input
        x = data.inputs(f"{owner}x", x, given and given.shape)
        given = given or Input(x.shape[1:])
        n_out, rows = self._n_outputs(given), engine.load(given.dtype).Rows
        return x, data.targets(f"{owner}y", y, len(x), n_out, self._loss.formula, rows), given

    def _threads(self, rows):
        """Threads for a forward pass of so many rows."""
        return engine.threads_for(2 * self._net.n_parameters * rows)

    def _blocks(self, n, batch_size, each_batch):
        """Slices of n rows: batches, or as many rows as one call to the engine may take."""
        size = batch_size if each_batch else _BLOCK // max(1, self._net.n_parameters) + 1
        return [slice(start, min(n, start + size)) for start in range(0, n, size)]


def _batch_size(value, argument="batch_size"):
    """`value` as an int of at least 1; None is 32."""
    return 32 if value is None else data.integer(argument, value)


def _compile(net, loss, metrics):
    """Tell the network what to compute beside its outputs; return the names of the results."""
    if net.n_out == 1 and loss.formula.endswith("categorical_crossentropy"):
        raise ValueError(
            f"loss: got {loss.formula!r} for a model with one output, expected at least two "
            "outputs; for yes or no use 'binary_crossentropy'"
        )
    formulas, names = resolve(metrics, loss, net.n_out)
    net.compile(loss.formula, formulas, loss.from_logits)
    return ("loss", *names)


def _result(logs, return_dict):
    """What `evaluate` returns for its logs."""
    if return_dict:
        return logs
    values = list(logs.values())
    return values if len(values) > 1 else values[0]
