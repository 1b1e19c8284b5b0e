"""What a model learns: fit."""

import math
from functools import partial

import numpy as np

from trilobite import engine
from trilobite._checks import arrays, options
from trilobite._checks.numbers import integer
from trilobite._checks.targets import Examples, validation
from trilobite._checks.warned import warn
from trilobite._model.baseline import baseline
from trilobite._model.callback_list import CallbackList
from trilobite._model.chain import leaves
from trilobite._model.evaluator import Evaluator, result
from trilobite._model.fit import Fit
from trilobite._model.history import History
from trilobite._model.on_disk import RowOrder
from trilobite._model.owner import changes
from trilobite._model.predictor import threads
from trilobite._model.progress import Progress, say
from trilobite._model.py_dataset import is_fed

# Steps of an epoch where nobody knows how many there are: enough for several threads.
_MANY = 1000


class Trainer(Evaluator):
    """Base of `Sequential`: the methods that train."""

    @changes
    def fit(
        self,
        x=None,
        y=None,
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
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Train. Called again it goes on where it stopped.

        Parameters
        ----------
        x : array_like, shape (n, ...), or what makes batches
            Any real numbers; read where they are. Only rows that lie across each other, as in
            Fortran's order, are copied, up to a gigabyte: it takes a third of the time.

            Or a generator, a `utils.PyDataset`, or anything else to iterate over, such as a
            DataLoader or a tf.data.Dataset, that makes (x, y) or (x, y, sample_weight) for each
            step: of arrays, lists, or what has a method `numpy`. Batches are copied and made ahead
            of the engine, up to 8 MB of x. What it raises comes out as it is, and the weights are
            those of the last batch before.
        y : array_like
            (n, n_out), for one output also (n,); class indices (n,) or (n, 1) for
            "sparse_categorical_crossentropy".
        batch_size : int, optional
            Rows of a step, 32 by default; the last step of an epoch takes the rest. Not used where
            x makes batches.
        epochs : int
            Number of the epoch to stop after: `epochs` - `initial_epoch` are trained.
        verbose : {"auto", 0, 1, 2}
            0: silent; 1 ("auto"): a line an epoch and a bar; 2: the lines. After 8 epochs or more
            the last line is what `tuning.diagnose` says.
        callbacks : list of Callback, optional
        validation_split : float
            This last part of the rows is kept for validation.
        validation_data : (x, y), (x, y, sample_weight) or what makes batches, optional
            Evaluated after each epoch; takes precedence over `validation_split`.
        shuffle : bool, "rows" or "blocks"
            A new order of the rows every epoch, or of the batches of a `PyDataset`. Of memory maps
            (`np.memmap` and views) that are larger than half of the memory blocks of 1 MB of x are
            shuffled, and the rows of 64 blocks among each other; "blocks" does so in any case,
            "rows" in none.
        class_weight : dict of int to float, optional
            Weight of the rows of each class, 1 for those not in it; not used for validation. A
            class that no target can name is an error.
        sample_weight : array_like, shape (n,), optional
            Weight of each row: its cost, and with it its gradient, is multiplied by it. With
            `class_weight` the product of both counts.
        initial_epoch : int
            Number of the first epoch, 0 by default.
        steps_per_epoch : int, optional
            Steps of an epoch; the next one goes on where this one ended. All there are by default.
        validation_steps : int, optional
            Batches of each validation; all there are by default.
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
        UserWarning
            There were fewer batches than `steps_per_epoch` or `validation_steps`. Training ends
            where there is none for an epoch.
        RuntimeWarning
            The loss or the weights were not finite any more. Training has ended and the weights
            are those from before that epoch.
        """
        self._require_compiled("fit")
        due = options.validation_freq(validation_freq)
        last = integer("epochs", epochs, least=0)
        epochs = range(integer("initial_epoch", initial_epoch, least=0), last)
        verbose, shuffle = options.verbose(verbose), options.shuffle(shuffle)
        steps_per_epoch = options.steps("steps_per_epoch", steps_per_epoch)
        validation_steps = options.steps("validation_steps", validation_steps)
        valid_size = options.batch_size(batch_size)
        if validation_batch_size is not None:
            valid_size = options.batch_size(validation_batch_size, "validation_batch_size")
        if is_fed(x):
            options.only_arrays("validation_split", validation_split)
            weighing = {"class_weight": class_weight, "shuffle": shuffle}
            train, given = self._batches("x", x, y, sample_weight, steps_per_epoch, **weighing)
            train.draw = self._order_of_epoch
            n, steps, valid, cost = train.rows, train.steps, None, None
        else:
            train, valid, given, cost = self._parted(
                x, y, sample_weight, class_weight, validation_split, validation_data
            )
            n = len(train.x)
            batch_size = options.rows_of_step(n, batch_size, steps_per_epoch)
            steps = -(-n // batch_size)
            if steps_per_epoch is not None:
                train = self._slices(train, batch_size, steps_per_epoch, shuffle)
                steps = train.steps
        valid = self._validation(valid, n, validation_data, given, valid_size, validation_steps)
        fit = self._begin(
            train,
            given,
            valid,
            epochs,
            batch_size=batch_size,
            shuffle=shuffle,
            steps=steps,
            rows=n if steps_per_epoch is None else None,
            verbose=verbose,
            callbacks=callbacks,
            valid_size=valid_size,
            due=due,
            baseline=cost,
        )
        return self._finish(fit, fit.run)

    def _parted(self, x, y, sample_weight, class_weight, validation_split, validation_data):
        """Checked rows of arrays: to train on, those kept for validation; Input and baseline."""
        examples, given = self._check(x, y, sample_weight)
        n = len(examples.x)
        if validation_data is None:
            n = options.validation_split(n, validation_split)
        train, rest = examples.part(slice(n)), examples.part(slice(n, None))
        train = self._weighted(train, class_weight, given)
        cost = baseline(self._loss, train.y) if train.weights is None else None
        return train, rest, given, cost

    def _begin(
        self,
        train,
        given,
        valid,
        epochs,
        *,
        batch_size,
        shuffle,
        steps,
        rows,
        verbose,
        callbacks,
        valid_size,
        due,
        baseline,
        most_threads=None,
    ):
        """A `Fit` of checked data, whose callbacks have heard that it begins."""
        last = epochs.stop
        progress = Progress(verbose, epochs, rows, getattr(train, "read", None))
        params = {"verbose": verbose, "epochs": last, "steps": steps}
        hooks = CallbackList(callbacks, self, params, also=(History(), progress))
        history = hooks.first(History)
        self.network_for(given)

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
            history.baseline = None if self._penalized() else baseline
            self.initial_epoch = epochs.start
        hooks.call("on_train_begin", {})
        if self.initial_epoch != epochs.start:
            epochs = range(self.initial_epoch, last)
            progress.begin_with(epochs)
        return self._fit_of(
            train,
            batch_size,
            shuffle,
            most_threads,
            epochs=epochs,
            hooks=hooks,
            history=history,
            progress=progress,
            validate=None if valid is None else validate,
        )

    def _finish(self, fit, run):
        """Run a `Fit` that `_begin` has made, tell its callbacks that it ends; return its History.

        `run` is called for it, and returns the logs of the last epoch.
        """
        try:
            logs = self._run(fit, run)
        finally:
            fit.progress.close()
        fit.hooks.call("on_train_end", logs)
        return fit.history

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
        self.network_for(given)
        epochs = range(1)
        fit = self._fit_of(
            batch,
            len(batch.x),
            False,
            epochs=epochs,
            hooks=CallbackList(None, self, {}),
            history=History(),
            progress=Progress(0, epochs, len(batch.x)),
            validate=None,
        )
        return result(self._run(fit, fit.run), return_dict)

    def _order_of_epoch(self):
        """What decides the order of the rows in the next epoch."""
        return self._seed, self.epochs_begun

    def _penalized(self):
        """Whether the loss is more than the cost of the outputs."""
        stages = (stage for layer in leaves(self._layers) for stage in layer.stages())
        return self._net.penalty() != 0 or any(stage[0] == "activity" for stage in stages)

    def _slices(self, examples, batch_size, steps, shuffle):
        """The examples as batches, of which an epoch takes so many."""
        from trilobite._model.feeding import Batches, Slices  # here: it takes a while to import

        begun = self.epochs_begun

        blocks = RowOrder(examples, shuffle).blocks

        def permutation(n, number):
            return self._engine.permutation(n, self._seed, begun + number, **blocks)

        slices = Slices(examples, batch_size, permutation if shuffle else None)
        batches = Batches("x", slices, steps)
        batches.check, batches.weigh = Examples, lambda examples: examples
        return batches

    def _validation(self, rest, n, data, given, batch_size, steps):
        """What `fit` validates on, `Examples` or `Batches` or None.

        `rest` are the examples from row `n` on that are kept for it, if there is no `data`.
        """
        if is_fed(data):
            named = {"given": given, "anew": True}
            return self._batches("validation_data", data, None, None, steps, **named)[0]
        name, first = "x", n
        if data is not None:
            name, first = "validation_data's x", 0
            rest, _ = self._check(*validation(data), given, "validation_data's ")
        if rest is None or not len(rest.x):
            return None
        if steps is not None:
            rest = rest.part(slice(options.first_rows(len(rest.x), batch_size, steps)[0]))
        rows = engine.load(given.dtype).Rows(rest.x)
        arrays.check_finite(name, rest.x, rows, first)
        return rest

    def _fit_of(self, data, batch_size, shuffle, most_threads=None, *, epochs, **run):
        """A `Fit` of checked `Examples` or `Batches`, on so many threads at most."""
        net, rows = self._net, self._engine.Rows
        optimizer = self._attach_optimizer()
        if not self.epochs_begun:
            given = (layer.seed for layer in leaves([self]) if layer.seed is not None)
            self._seed = next(given, self._seed)
        fed = not isinstance(data, Examples)
        if fed and self._loss.reduction == "sum":
            raise ValueError(
                "loss: got the reduction 'sum' beside x that makes batches, or steps_per_epoch; "
                "expected 'sum_over_batch_size', with the learning rate times the rows of a batch"
            )
        examples, steps = data, data.steps if fed else -(-len(data.x) // batch_size)
        if fed:  # until there is a batch
            batch_size = 32
            shape = (batch_size, 1 if self._loss.class_indices else net.n_out)
            examples = Examples(np.zeros((batch_size, net.n_in)), np.zeros(shape), None)
        n = len(examples.x)
        order = RowOrder(examples, shuffle)
        if order.told and run["progress"].verbose:
            say(order.told)
        x, y, weights = examples.read_by(rows)
        n_threads = threads(net, 3 * min(batch_size, n), steps or _MANY)
        training = self._engine.Training(
            net,
            x,
            y,
            batch_size=batch_size,
            epochs=len(epochs),
            seed=self._seed,
            first_epoch=self.epochs_begun,
            shuffle=bool(shuffle),
            threads=min(n_threads, most_threads or n_threads),
            optimizer=optimizer,
            weights=weights,
            **order.blocks,
        )
        if self._loss.reduction == "sum":
            training.divisors = np.ones(steps)
        fit = Fit
        if fed:
            from trilobite._model.fed_fit import FedFit  # here, as above

            fit = partial(FedFit, data, rows)
        elif self._calls_own:
            from trilobite._model.own import OwnFit as fit
        fit = fit(self, training, self._measures, epochs, steps, **run)
        fit.given = examples.x, x
        at = self._seed, self.epochs_begun
        fit.reading = order.read_ahead(training, self._engine.permutation, *at)
        return fit

    @staticmethod
    def _run(fit, run):
        """Let a `Fit` run; return the logs of the last epoch, or raise what is wrong with x."""
        try:
            with fit.reading:
                logs = run()
        finally:
            fit.count_epochs()
        if fit.status == "bad_input":
            raise arrays.nonfinite("x", *fit.given)
        if fit.status == "nonfinite":
            warn(
                f"epoch {fit.epochs[fit.training.epoch] + 1}: the loss or a weight became infinite "
                "or NaN; training has stopped with the weights from before this epoch. Try a "
                f"learning rate smaller than {fit.optimizer.learning_rate:g}.",
                RuntimeWarning,
            )
        return logs
