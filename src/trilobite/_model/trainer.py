"""What a model learns: fit."""

import math
import warnings

import numpy as np

from trilobite import engine
from trilobite._checks import arrays, options
from trilobite._checks.numbers import integer
from trilobite._checks.targets import validation
from trilobite._declare.layer import Layer
from trilobite._model.callback_list import CallbackList
from trilobite._model.evaluator import Evaluator, result
from trilobite._model.fit import Fit
from trilobite._model.history import History
from trilobite._model.owner import changes
from trilobite._model.predictor import threads
from trilobite._model.progress import Progress


class Trainer(Evaluator):
    """Base of `Sequential`: the methods that train."""

    trainable = Layer.trainable

    @changes
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
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        *,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Train. Called again it goes on where it stopped.

        Parameters
        ----------
        x : array_like, shape (n, ...)
            Any real numbers; read where they are. Only rows that lie across each other, as in
            Fortran's order, are copied, up to a gigabyte: it takes a third of the time.
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
        validation_data : (x, y) or (x, y, sample_weight), optional
            Evaluated after each epoch; takes precedence over `validation_split`.
        shuffle : bool
            A new order of the rows every epoch.
        class_weight : dict of int to float, optional
            Weight of the rows of each class, 1 for those not in it; not used for validation. A
            class that no target can name is an error.
        sample_weight : array_like, shape (n,), optional
            Weight of each row: its cost, and with it its gradient, is multiplied by it. With
            `class_weight` the product of both counts.
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

        RuntimeError
            `fit` trains the model in another thread.

        Warns
        -----
        RuntimeWarning
            The loss or the weights were not finite any more. Training has ended and the weights
            are those from before that epoch.
        """
        self._require_compiled("fit")
        batch_size = options.batch_size(batch_size)
        valid_size = batch_size
        if validation_batch_size is not None:
            valid_size = options.batch_size(validation_batch_size, "validation_batch_size")
        due = options.validation_freq(validation_freq)
        last = integer("epochs", epochs, least=0)
        epochs = range(integer("initial_epoch", initial_epoch, least=0), last)
        verbose = options.verbose(verbose)
        train, given = self._check(x, y, sample_weight)
        if validation_data is None:
            n, name = options.validation_split(len(train.x), validation_split), "x"
            train, valid = train.part(slice(n)), train.part(slice(n, None))
        else:
            n, name = len(train.x), "validation_data's x"
            valid, _ = self._check(*validation(validation_data), given, "validation_data's ")
        train = self._weighted(train, class_weight, given)
        if len(valid.x):
            rows = engine.load(given.dtype).Rows(valid.x)
            arrays.check_finite(name, valid.x, rows, first=0 if validation_data else n)
        progress = Progress(verbose, epochs, n)
        params = {"verbose": verbose, "epochs": last, "steps": -(-n // batch_size)}
        hooks = CallbackList(callbacks, self, params, also=(History(), progress))
        history = hooks.first(History)
        self._network_for(given)

        def validate(epoch, diverged):
            if not due(epoch + 1):
                return {}
            nothing = dict.fromkeys(self._measures.names, math.nan)
            if diverged:
                results = nothing
            else:
                results = self._evaluate(valid, valid_size, hooks, self._loss)
            return {f"val_{name}": value for name, value in results.items()}

        with self.writing():
            self.history, self.stop_training = history, False
            self.initial_epoch = epochs.start
        hooks.call("on_train_begin", {})
        if self.initial_epoch != epochs.start:
            epochs = range(self.initial_epoch, last)
            progress.begin_with(epochs)
        try:
            logs = self._train(
                train,
                batch_size,
                shuffle,
                epochs=epochs,
                hooks=hooks,
                history=history,
                progress=progress,
                validate=validate if len(valid.x) else None,
            )
        finally:
            progress.close()
        hooks.call("on_train_end", logs)
        return history

    @changes
    def train_on_batch(self, x, y, sample_weight=None, class_weight=None, return_dict=False):
        """One step on these rows.

        Parameters
        ----------
        x, y, sample_weight, class_weight
            As in `fit`.
        return_dict : bool

        Returns
        -------
        float, list of float or dict
            As from `evaluate`: loss and metrics of these rows before the step.
        """
        self._require_compiled("train_on_batch")
        batch, given = self._check(x, y, sample_weight)
        batch = self._weighted(batch, class_weight, given)
        self._network_for(given)
        epochs = range(1)
        logs = self._train(
            batch,
            len(batch.x),
            False,
            epochs=epochs,
            hooks=CallbackList(None, self, {}),
            history=History(),
            progress=Progress(0, epochs, len(batch.x)),
            validate=None,
        )
        return result(logs, return_dict)

    def _train(self, examples, batch_size, shuffle, *, epochs, **run):
        """Train on checked examples; return the logs of the last epoch."""
        n, net = len(examples.x), self._net
        optimizer = self._attach_optimizer()
        if not self.epochs_begun:
            given = (layer.seed for layer in self.layers if layer.seed is not None)
            self._seed = next(given, self._seed)
        x, y, weights = examples.read_by(self._engine.Rows)
        steps = -(-n // batch_size)
        training = self._engine.Training(
            net,
            x,
            y,
            batch_size=batch_size,
            epochs=len(epochs),
            seed=self._seed,
            first_epoch=self.epochs_begun,
            shuffle=bool(shuffle),
            threads=threads(net, 3 * min(batch_size, n), steps),
            optimizer=optimizer,
            weights=weights,
        )
        if self._loss.reduction == "sum":
            training.divisors = np.ones(steps)
        fit = Fit(self, training, self._measures, epochs, steps, **run)
        try:
            logs = fit.run()
        finally:
            fit.count_epochs()
        if fit.status == "bad_input":
            raise arrays.nonfinite("x", examples.x, x)
        if fit.status == "nonfinite":
            warnings.warn(
                f"epoch {epochs[training.epoch] + 1}: the loss or a weight became infinite or NaN; "
                "training has stopped with the weights from before this epoch. Try a learning "
                f"rate smaller than {self.optimizer.learning_rate:g}.",
                RuntimeWarning,
                stacklevel=4,
            )
        return logs
