"""What of a model changes while it trains: files, backups and copies keep it."""

import copy

from trilobite._checks import arrays
from trilobite._model.exported import Exported
from trilobite._model.history import History
from trilobite._model.owner import changes
from trilobite._model.trainer import Trainer


class Stateful(Exported, Trainer):
    """Base of `Sequential`: the state, which is read and set as a whole or in parts."""

    @property
    def compiled_with(self):
        """The arguments of `compile`, None if not compiled."""
        if self._loss is None:
            return None
        return {"optimizer": self.optimizer, "loss": self._loss, **self._compile_options}

    def get_state(self):
        """All that changes while the model trains, as it is between two steps.

        Returns
        -------
        dict
            "weights": arrays by name (see `weight_forms`); "optimizer": of `Optimizer.get_state`,
            None if not compiled, and "trained", of each layer, if they say otherwise now;
            "order": "seed" and "epochs_begun", which decide the order of the
            rows and what is dropped in the next epoch; "history": of `History.get_state`, None
            before the first `fit`.
        """
        with self.reading():
            return {
                "weights": dict(zip(self.weight_forms(), self.get_weights(), strict=True)),
                "optimizer": self.optimizer and self.optimizer.get_state() | self._as_compiled(),
                "order": {"seed": self._seed, "epochs_begun": self.epochs_begun},
                "history": self.history and self.history.get_state(),
            }

    def _as_compiled(self):
        said = not self.built or self._trained == self._trained_now(self._layers)
        return {} if said else {"trained": list(self._trained)}

    @changes
    def train_as(self, trained):
        """Train those layers for which `trained` is true, whatever they say themselves."""
        if self.built and trained != self._trained:
            if len(trained) != len(self._trained):
                raise ValueError(f"trained: got {len(trained)}, expected {len(self._trained)}")
            self._become(self._input, self._layers, trained)

    @changes
    def set_state(self, state):
        """Go on from what `get_state` returned, or from parts of it.

        Raises
        ------
        ValueError
            It does not fit; the message says what. Nothing has changed then.
        """
        forms = self.weight_forms()
        with self.writing():
            if state.get("history"):
                History().set_state(state["history"])  # an error before anything is changed
            if "weights" in state:
                arrays.match(arrays.forms(state["weights"]), forms)
            if "optimizer" in state:
                self._set_optimizer(state["optimizer"])
            if state.get("weights"):
                self._net.set_weights([state["weights"][name] for name in forms])
            if "order" in state:
                order = state["order"]
                self._seed, self.epochs_begun = order["seed"], order["epochs_begun"]
            if state.get("history"):
                if self.history is None:
                    self.history = History()
                    self.history.set_model(self)
                self.history.set_state(state["history"])

    def _set_optimizer(self, state):
        if state is None or self.optimizer is None:
            if state is not self.optimizer:
                raise ValueError(f"got the optimizer {state}, expected {self.optimizer}")
            return
        if self.built and self.optimizer.is_like(state) and _begun(state):
            self._attach_optimizer()
        self.optimizer.set_state(state)

    def goes_on_from(self, state):
        """Whether the optimizer is one that keeps what such a state of an optimizer holds."""
        own = self.optimizer
        if state is None or own is None or not own.is_like(state):
            return False
        if not _begun(state):
            return True
        fresh, iterations = own.state is None, own.iterations
        self._attach_optimizer()
        same = _kept_for(state) == _kept_for(own.get_state())
        if fresh and not same:
            own.detach(self._net)
            own.iterations = iterations
        return same

    def __getstate__(self):
        """For pickle and copy: the layers hold the weights, the network is made again."""
        with self.reading():
            made_again = ("_net", "_engine", "_shape", "_dtype", "_measures", "_ends", "_called")
            layers = {id(layer): copy.copy(layer) for layer in self._layers}
            now = {
                "_layers": [layers[id(layer)] for layer in self._layers],
                "_owners": [],
                "_inner": False,
                "history": copy.copy(self.history),
                "_state": self.optimizer and self.optimizer.get_state(),
            }
            return self.__dict__ | dict.fromkeys(made_again) | now

    def __setstate__(self, state):
        optimizer = state.pop("_state")
        self.__dict__.update(state)
        self._become(self._input, self._layers, self._trained)
        self.set_state({"optimizer": optimizer})

    def __copy__(self):
        """Like `copy.deepcopy`: the copy shares no layer."""
        return copy.deepcopy(self)


def _kept_for(state):
    """What an optimizer's state has arrays of, slots and layers: not those that are frozen."""
    return {name.rpartition("/")[0] for name in state["arrays"] if "/" in name}


def _begun(state):
    """Whether an optimizer has done steps."""
    return state["iterations"] > 0 or bool(state["arrays"])
