"""One net in training: `fit` in chunks of epochs, and single mini-batches."""

import copy
import math
import time

import numpy as np

from trilobite import engine
from trilobite.callbacks import EarlyStopping
from trilobite.playground import limits, net
from trilobite.playground.curve import Curve

CHUNK = 0.05  # seconds that a call of `fit` should take at most, if one epoch does not take more
PATH = 100  # places of the weights that are remembered
ROUNDS = 100  # single mini-batches at a time


class Stopping(EarlyStopping):
    """`EarlyStopping` that goes on over several calls of `fit`."""

    def on_train_begin(self, logs=None):
        """Remember what was."""

    def on_train_end(self, logs=None):
        """Put the best weights back if training has ended for good."""
        if self.stopped_epoch:
            super().on_train_end(logs)


class Trainer:
    """A model, its rows, and how far it is trained.

    Parameters
    ----------
    spec : dict
        Checked.
    data : Data

    Attributes
    ----------
    model : Sequential
    view : View
    curve : Curve
    epoch, rounds : int
        Finished epochs, and mini-batches of the one under way.
    path : list of (int, list of ndarray)
        Epochs and the weights after them.
    stopped : str or None
        Why training has ended by itself.
    departures : list of str
        What was changed on the way, so that no program gives the same numbers.
    """

    def __init__(self, spec, data):
        self.spec, self.data = spec, data
        self._take(net.build(spec, data))
        self.curve, self.epoch, self.rounds = Curve(), 0, 0
        self.stopped, self.departures = None, []
        self.path = [(0, self.model.get_weights())]
        self._stride = 1  # epochs from one place of the path to the next
        self._seconds = CHUNK  # that an epoch takes, by the last ones
        self._order, self._under_way, self._told = None, [], None

    def _take(self, model):
        """Train this model from now on."""
        self.model, self.view = model, net.View(model, self.data)
        self._look()

    def _look(self):
        """Take rows and callbacks as the spec says."""
        spec, data = self.spec, self.data
        (x, y), (x_test, y_test) = data.train, data.test
        self.x, self.y = x, net.targets(spec, data, y)
        self.test = x_test, net.targets(spec, data, y_test)
        self.batch_size = net.batch_size(spec, data)
        self.steps = -(-len(y) // self.batch_size)
        stopping = spec["early_stopping"]
        self._stopping = None
        if stopping["on"]:
            self._stopping = Stopping(patience=stopping["patience"], restore_best_weights=True)

    def copy(self):
        """A trainer that goes on from here by itself."""
        new = copy.copy(self)
        new.curve, new.departures = self.curve.copy(), list(self.departures)
        new._under_way, new.path = list(self._under_way), list(self.path)
        new._take(copy.deepcopy(self.model))
        return new

    def changed(self, spec, what, data=None):
        """A trainer for another spec that goes on with these weights.

        Parameters
        ----------
        spec : dict
            Of the same features and layers.
        what : str
            Noted among the departures.
        data : Data, optional
            Of another view.
        """
        new, old = self.copy(), self.spec
        new.spec, new.data, new.stopped = spec, data or self.data, None
        differs = {key for key in spec if spec[key] != old[key]}
        scheduled = spec["schedule"] != "constant" or old["schedule"] != "constant"
        other_optimizer = old["optimizer"]["name"] != spec["optimizer"]["name"]
        if other_optimizer or scheduled and differs & _OF_OPTIMIZER:
            net.compile_as(new.model, spec, new.data)
        if differs & _OF_MODEL:
            state = new.model.get_state()
            model = net.build(spec, new.data)
            model.set_weights(new.model.get_weights())
            model.set_state({"order": state["order"], "optimizer": state["optimizer"]})
            new.model = model
        if not scheduled:
            new.model.optimizer.learning_rate = spec["optimizer"]["learning_rate"]
        new._take(new.model)
        if "batch_size" in differs:
            new.rounds, new._order, new._under_way = 0, None, []
        if what:
            new.departures.append(f"epoch {self.epoch + 1}: {what}")
        return new

    # ---- training ----

    def go_on(self):
        """Begin anew with what ends training by itself."""
        self.stopped = None
        if self._stopping:
            self._stopping._begin()

    @property
    def begun(self):
        """Whether the weights are not those of the seed any more."""
        return self.epoch > 0 or self.rounds > 0 or bool(self.departures)

    def n_bytes(self):
        """Memory by what it belongs to: of the rows, the curve and the path."""
        path = sum(w.nbytes for _, weights in self.path for w in weights)
        return {
            id(self.data): self.data.n_bytes,
            id(self.curve.memory): self.curve.memory.nbytes,
            id(self.path): path,
        }

    def diagnosis(self):
        """What the curve says, in a line; asked again when it has grown by a tenth."""
        n = len(self.curve)
        if (
            self._told is None
            or n != self._told[0]
            and not self._told[0] <= n < 1.1 * self._told[0]
        ):
            found = self.curve.diagnosis()
            self._told = n, found and str(found)
        return self._told[1]

    def train(self, epochs):
        """Train for some epochs, about 0.05 s at most if one does not take more; how many."""
        if self.rounds:
            before = self.epoch
            self.train_rounds(min(ROUNDS, self.steps - self.rounds))
            return self.epoch - before
        most = max(1, int(CHUNK / max(self._seconds, 1e-9)))
        epochs = min(epochs, most, limits.EPOCHS - self.epoch)
        if epochs < 1:
            self.stopped = f"{limits.EPOCHS:,} epochs are done: reset to begin anew"
            return 0
        began, first = time.perf_counter(), int(self.model.optimizer.iterations)
        try:
            self.model.fit(
                self.x, self.y, self.batch_size, self.epoch + epochs, 0,
                callbacks=[self._stopping] if self._stopping else None,
                validation_data=self.test, initial_epoch=self.epoch,
            )  # fmt: skip
        except RuntimeWarning:  # it has diverged, as the history says
            pass
        history = self.model.history
        done = len(history.epoch)
        self._seconds = (time.perf_counter() - began) / max(done, 1)
        self.curve.baseline = history.baseline
        self._record(history.history, self._rates(first, done))
        if self._stopping and self._stopping.stopped_epoch:
            self.stopped = (
                f"early stopping: the test cost has not improved for {self._stopping.wait} epochs; "
                f"the weights are those of epoch {self._stopping.best_epoch + 1}, the best"
            )
        return done

    def _record(self, logs, rates):
        """Append epochs to the curve, of lists by Keras's names."""
        metric = net.metric(self.data)
        n = len(rates)
        epochs = np.arange(self.epoch + 1, self.epoch + n + 1)
        rows = np.stack([epochs, logs["loss"], logs["val_loss"], rates], axis=1)
        self.curve.add(rows, (logs[metric][-1], logs[f"val_{metric}"][-1]))
        self.epoch += n
        self._walk()
        if not math.isfinite(logs["loss"][-1]):
            self.stopped = (
                f"epoch {self.epoch}: the cost became infinite or NaN; the weights are those from "
                "before. Try a smaller learning rate"
            )

    def _walk(self):
        """Remember where the weights are: at most PATH places, evenly spaced."""
        if self.epoch - self.path[-1][0] >= self._stride:
            self.path.append((self.epoch, self.model.get_weights()))
        if len(self.path) > PATH:
            del self.path[1:-1:2]
            self._stride *= 2

    def _rates(self, first, n):
        """The learning rate of the last step of each of n epochs, after so many steps."""
        optimizer = self.model.optimizer
        if optimizer.schedule is None:
            return np.full(n, float(optimizer.learning_rate))
        return optimizer.rates(first, n * self.steps)[self.steps - 1 :: self.steps]

    def next_rows(self):
        """Numbers of the rows of the next mini-batch, as `fit` would take them."""
        if self._order is None:
            order = self.model.get_state()["order"]
            draw = engine.load(self.model.dtype).permutation
            self._order = draw(len(self.y), order["seed"], order["epochs_begun"])
        first = self.rounds * self.batch_size
        return self._order[first : first + self.batch_size]

    def train_rounds(self, n):
        """Train for n single mini-batches, which end epochs as those of `train` do."""
        for _ in range(n):
            if self.stopped:
                return
            rows = self.next_rows()
            begun, first = self.model.epochs_begun, int(self.model.optimizer.iterations)
            try:
                logs = self.model.train_on_batch(self.x[rows], self.y[rows], return_dict=True)
            except RuntimeWarning:
                logs = dict.fromkeys(self.model.metrics_names, math.nan)
            self.model.epochs_begun = begun
            self._under_way.append((len(rows), logs))
            self.rounds += 1
            diverged = not math.isfinite(logs["loss"])
            if self.rounds == self.steps or diverged:
                self._end_epoch(first - self.steps + 1, diverged)

    def _end_epoch(self, first, diverged):
        """End the epoch of which single mini-batches were trained."""
        self.model.epochs_begun += 1
        sizes = [n for n, _ in self._under_way]
        names = self.model.metrics_names
        logs = {
            name: [float(np.average([of[name] for _, of in self._under_way], weights=sizes))]
            for name in names
        }
        test = self.model.evaluate(*self.test, verbose=0, return_dict=True)
        logs |= {f"val_{name}": [math.nan if diverged else test[name]] for name in names}
        self.rounds, self._order, self._under_way = 0, None, []
        self._record(logs, self._rates(max(first, 0), 1))

    @property
    def speed(self):
        """Epochs a second, by the last call of `fit`."""
        return 1 / self._seconds if self.epoch else 0.0


# What an optimizer with a schedule is made of, and what a model is made of besides its layers.
_OF_OPTIMIZER = {"optimizer", "schedule", "schedule_epochs", "batch_size"}
_OF_MODEL = {"activation", "regularization", "dropout", "loss"}
