"""What of a model changes while it trains: files, backups and copies keep it."""

import copy

from trilobite._checks import arrays
from trilobite._model.history import History
from trilobite._model.owner import changes
from trilobite._model.trainer import Trainer


class Stateful(Trainer):
    """Base of `Sequential`: the state, which is read and set as a whole or in parts."""

    @property
    def declared(self):
        """The layers, after the `Input` once the shape of x is known."""
        return [*([self._input] if self._input else []), *self._layers]

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
            None if not compiled; "order": "seed" and "epochs_begun", which decide the order of the
            rows and what is dropped in the next epoch; "history": of `History.get_state`, None
            before the first `fit`.
        """
        with self.reading():
            return {
                "weights": dict(zip(self.weight_forms(), self.get_weights(), strict=True)),
                "optimizer": self.optimizer and self.optimizer.get_state(),
                "order": {"seed": self._seed, "epochs_begun": self.epochs_begun},
                "history": self.history and self.history.get_state(),
            }

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
        kept = {name.partition("/")[0] for name in state["arrays"] if "/" in name}
        fresh, iterations = own.state is None, own.iterations
        same = kept == set(self._attach_optimizer().slots)
        if fresh and not same:
            own.detach(self._net)
            own.iterations = iterations
        return same

    def __getstate__(self):
        """For pickle and copy: the layers hold the weights, the network is made again."""
        with self.reading():
            made_again = dict.fromkeys(("_net", "_engine", "_shape", "_dtype", "_measures"))
            now = {
                "_layers": [copy.copy(layer) for layer in self._layers],
                "history": copy.copy(self.history),
                "_built": self.built,
                "_state": self.optimizer and self.optimizer.get_state(),
            }
            return self.__dict__ | made_again | now

    def __setstate__(self, state):
        built, optimizer = state.pop("_built"), state.pop("_state")
        self.__dict__.update(state)
        if built:
            self._build(self._input)
        self.set_state({"optimizer": optimizer})

    def __copy__(self):
        """Like `copy.deepcopy`: a layer belongs to one model."""
        return copy.deepcopy(self)


def _begun(state):
    """Whether an optimizer has done steps."""
    return state["iterations"] > 0 or bool(state["arrays"])
