"""What one visitor does: messages in, answers, states and frames out. No thread and no socket."""

import json
import os
import threading
import time

from trilobite._checks.numbers import integer, real
from trilobite.playground import limits, net, questions, table
from trilobite.playground.data import Data
from trilobite.playground.frames import encode
from trilobite.playground.numbers import round_with_numbers
from trilobite.playground.spec import DEFAULT, checked
from trilobite.playground.tour import STEPS
from trilobite.playground.trainer import Trainer
from trilobite.playground.undo import Undo

# Fields that only the page reads.
_OF_PAGE = {"discretize", "show_test"}
# Fields with which training begins anew.
_ANEW = {"problem", "data", "features", "hidden", "batch_normalization", "seed"}

_reading = threading.Lock()  # texts take some 100 MB while they are read: one at a time
_AT_ONCE = 0.2  # seconds that a step may take before it is answered


class Session:
    """One visitor's net, data and curves.

    Attributes
    ----------
    spec : dict
        As it was taken.
    trainer : Trainer
    running : bool
    """

    def __init__(self, own=None):
        self.own = own
        self.spec = checked({"data": {"name": "own"}} if own else DEFAULT, own)
        self.data = Data(self.spec, own)
        self.trainer = Trainer(self.spec, self.data)
        self.running, self.epochs_per_frame = False, 1
        self.message = "; ".join(own.told) if own else ""
        self.runs, self._undo = [], Undo()
        self._edited = None  # the weight that was set last, and when
        self._left, self._goal = 0, None  # epochs of the present frame; where a step ends
        self._number = 0  # of the last frame
        self._begin_frames()

    def _begin_work(self):
        """With another trainer: one that plays goes on, a step has ended."""
        self.running = self.running and self._goal is None
        self._left, self._goal = 0, None

    def _begin_frames(self):
        self._sent = 0  # rows of the curve
        self._shows_points = True

    # ---- messages ----

    def handle(self, message):
        """Do what a message says; return the fields of the answer.

        Raises
        ------
        TypeError, ValueError
            It cannot be done; the message begins with the name of the field that is wrong.
        """
        kind = message.get("type")
        if not isinstance(kind, str) or kind not in _TYPES:
            raise ValueError(f"type: got {str(kind)[:40]!r}, expected one of {', '.join(_TYPES)}")
        method, fields = _TYPES[kind]
        given = {key: value for key, value in message.items() if key not in ("type", "id")}
        if unknown := given.keys() - fields.keys():
            raise ValueError(f"{min(unknown)[:40]}: unknown in a message {kind!r}")
        for name, usual in fields.items():
            if usual is Ellipsis and name not in given:
                raise ValueError(f"{name}: missing in a message {kind!r}")
        usual = {name: value for name, value in fields.items() if value is not Ellipsis}
        if not isinstance(method, str):
            return method(self, **usual | given)
        return getattr(self, method)(**usual | given) or {}

    def configure(self, spec, keep):
        """Take a new spec, and go on with the weights if `keep` and their shapes allow it."""
        spec = checked(spec, self.own)
        if not isinstance(keep, bool):
            raise TypeError(f"keep: got {str(keep)[:40]!r}, expected true or false")
        self._take(spec, keep)
        if spec["data"]["name"] != "own":
            self.message = ""
        return {"spec": self.spec}

    def _take(self, spec, keep=False, own=None):
        own = own or self.own
        changed = {key for key in spec if spec[key] != self.spec[key]}
        if own is self.own and changed <= _OF_PAGE and keep:
            self.spec = spec
            return
        if own is not self.own or changed & {"data", "features", "problem", "view"}:
            data = Data(spec, own)
        else:
            data = self.data
        goes_on = keep and own is self.own and not changed & _ANEW and self.trainer.begun
        if goes_on:
            told = "; ".join(
                f"{key.replace('_', ' ')} {_short(self.spec[key])} -> {_short(spec[key])}"
                for key in spec
                if key in changed - _OF_PAGE - {"view"}
            )
            trainer = self.trainer.changed(spec, told, data)
        else:
            trainer = Trainer(spec, data)
        self._keep()
        if data is not self.data:
            self._shows_points = True
        if not goes_on:
            self._begin_frames()
            self._begin_work()
        self.spec, self.data, self.own, self.trainer = spec, data, own, trainer

    def play(self):
        """Train from now on."""
        if self.trainer.stopped:
            self.trainer.go_on()
        self.running, self._left, self._goal = True, 0, None

    def pause(self):
        """Train no more."""
        self.running = False

    def reset(self):
        """Begin anew with the weights of the seed."""
        self._keep()
        self.running = False
        self.trainer = Trainer(self.spec, self.data)
        self._begin_frames()

    def step(self, epochs, rounds):
        """Train some epochs, or some mini-batches, and stop."""
        goal = self.trainer.epoch + integer("epochs", epochs, 1, limits.EPOCHS_A_FRAME)
        n = None if rounds is None else integer("rounds", rounds, 1, 1000)
        if self.trainer.stopped:
            self.trainer.go_on()
        if n is not None:
            self.running = False
            self.trainer.train_rounds(n)
            return
        self.running, self._goal = True, goal
        end = time.monotonic() + _AT_ONCE
        while self.running and time.monotonic() < end:
            self._left = goal - self.trainer.epoch
            self.work()

    def pace(self, epochs_per_frame):
        """Choose how many epochs lie between two frames."""
        given = integer("epochs_per_frame", epochs_per_frame, 1, limits.EPOCHS_A_FRAME)
        self.epochs_per_frame = given

    def set_weight(self, layer, row, column, value):
        """Set one weight; row -1 is the bias."""
        view = self.trainer.view
        layer = integer("layer", layer, 0, len(view.dense) - 1)
        kernel, _ = view.weights()[layer]
        row = integer("row", row, -1, len(kernel) - 1)
        column = integer("column", column, 0, kernel.shape[1] - 1)
        value = real("value", value, -1e6, 1e6)
        at = layer, row, column, self.trainer.epoch, self.trainer.rounds
        if at != self._edited:  # else it is still being moved: one undo
            trainer = self.trainer.copy()
            self._keep()
            self.trainer, self._edited = trainer, at
        else:
            del self.trainer.departures[-1]
        self.trainer.view.set_weight(layer, row, column, value)
        where = f"bias {column}" if row < 0 else f"weight {row}, {column}"
        self.trainer.departures.append(
            f"epoch {self.trainer.epoch + 1}: {where} of layer {layer + 1} set to {value:g}"
        )

    def take_data(self, name, text, target):
        """Take own data, a CSV."""
        for field, value in (("name", name), ("text", text)):
            if not isinstance(value, str):
                raise TypeError(f"{field}: got {type(value).__name__}, expected text")
        if target is not None and not isinstance(target, str):
            raise TypeError(f"target: got {type(target).__name__}, expected a name or null")
        with _reading:
            own = table.of_text(text, target, name[:100])
        given = {key: self.spec[key] for key in self.spec if key not in ("features", "view")}
        spec = checked(given | {"data": self.spec["data"] | {"name": "own"}}, own)
        self.running, self.message = False, "; ".join(own.told)
        self._take(spec, own=own)
        return {
            "columns": own.features,
            "kinds": own.kinds,
            "target": own.target,
            "rows": len(own.y),
            "classes": own.classes,
            "dropped": own.dropped,
            "told": own.told,
            "spec": self.spec,
        }

    def round(self, layer, neuron):
        """Train one mini-batch, and tell its numbers of a neuron."""
        view = self.trainer.view
        layer = integer("layer", layer, 0, len(view.dense) - 1)
        neuron = integer("neuron", neuron, 0, view.dense[layer].output.shape[-1] - 1)
        self.running = False
        if self.trainer.stopped:
            self.trainer.go_on()
        return round_with_numbers(self.trainer, layer, neuron)

    def tour(self, step):
        """Take the spec of a step of the tour."""
        title, sentence, spec, epochs = STEPS[integer("step", step, 0, len(STEPS) - 1)]
        self.running, self.epochs_per_frame = False, epochs
        self._take(checked(spec))
        told = {"title": title, "sentence": sentence, "steps": len(STEPS)}
        return {"spec": self.spec} | told

    # ---- runs side by side ----

    def keep_run(self, name):
        """Keep the curve beside those to come."""
        if not isinstance(name, str) or not name.strip():
            raise TypeError(f"name: got {str(name)[:40]!r}, expected a text that is not empty")
        if not len(self.trainer.curve):
            raise ValueError("name: there is no epoch yet, train first")
        if len(self.runs) >= limits.RUNS:
            raise ValueError(f"name: {limits.RUNS} runs are kept already, forget one first")
        taken = {run["color"] for run in self.runs}
        color = next(k for k in range(limits.RUNS) if k not in taken)
        run = {"name": name.strip()[:60], "color": color} | self.trainer.curve.thinned()
        self.runs = [*self.runs, run]
        return {"runs": self.runs}

    def forget_run(self, run):
        """Forget a curve that was kept."""
        at = integer("run", run, 0, len(self.runs) - 1) if self.runs else None
        if at is None:
            raise ValueError("run: none is kept")
        self.runs = self.runs[:at] + self.runs[at + 1 :]
        return {"runs": self.runs}

    # ---- undo ----

    def _keep(self):
        """Remember what is now, to be gone back to."""
        self._undo.keep(self._now())
        self._edited = None

    def _now(self):
        return self.spec, self.data, self.own, self.trainer

    def undo(self):
        """Take the last change back, weights and curve included."""
        return self._be(self._undo.back(self._now()))

    def redo(self):
        """Do again what was taken back."""
        return self._be(self._undo.forward(self._now()))

    def _be(self, what):
        self.spec, self.data, self.own, self.trainer = what
        self._edited = None
        self._begin_frames()
        self._begin_work()
        return {"spec": self.spec}

    # ---- what the page is told ----

    def state(self):
        """The message `state`."""
        trainer, data = self.trainer, self.data
        return {
            "type": "state",
            "spec": self.spec,
            "running": self.running,
            "epoch": trainer.epoch,
            "rounds": trainer.rounds,
            "rounds_per_epoch": trainer.steps,
            "epochs_per_frame": self.epochs_per_frame,
            "n_train": len(trainer.y),
            "n_test": len(trainer.test[1]),
            "layers": trainer.view.layers(),
            "classes": data.classes,
            "columns": self.own.features if self.own else None,
            "file": os.path.basename(self.own.name) if self.own else None,
            "target": self.own.target if self.own else None,
            "features": self.spec["features"],
            "domain": data.domain,
            "axes": data.axes,
            "metric": net.metric(data),
            "can_undo": self._undo.can_undo,
            "can_redo": self._undo.can_redo,
            "best_epoch": trainer.curve.best_epoch,
            "stopped": trainer.stopped,
            "message": self.message,
            "runs": self.runs,
            "limits": limits.all_of_them(),
        }

    def work(self):
        """Train for a while if running; whether a frame is due."""
        if not self.running:
            return False
        if self._left < 1:
            self._left = self.epochs_per_frame
        if self._goal is not None:
            self._left = min(self._left, self._goal - self.trainer.epoch)
        self._left -= self.trainer.train(self._left)
        if self.trainer.stopped or self.trainer.epoch == self._goal:
            self.running, self._left = False, 0
        return self._left < 1

    def frame(self):
        """The bytes of a frame of what is now."""
        trainer, curve, view = self.trainer, self.trainer.curve, self.trainer.view
        self._number += 1
        rows = curve.rows
        last = rows[-1] if len(rows) else (0, None, None, None)
        arrays = {"map": view.map(), "neurons": view.neurons()}
        for k, (kernel, bias) in enumerate(view.weights()):
            arrays[f"weights.{k}"], arrays[f"biases.{k}"] = kernel, bias
        arrays["history"] = rows[self._sent :]
        if self._shows_points:
            arrays |= {"points": self.data.points(), "features": self.data.feature_maps()}
        header = {
            "frame": self._number,
            "epoch": trainer.epoch,
            "rounds": trainer.rounds,
            "running": self.running,
            "train_cost": last[1],
            "test_cost": last[2],
            "train_metric": curve.metrics[0],
            "test_metric": curve.metrics[1],
            "metric": net.metric(self.data),
            "learning_rate": float(trainer.model.optimizer.learning_rate),
            "best_epoch": curve.best_epoch,
            "stopped": trainer.stopped,
            "diagnosis": trainer.diagnosis(),
            "epochs_per_second": trainer.speed,
            "history_from": self._sent,
            "domain": self.data.domain,
        }
        self._sent, self._shows_points = len(rows), False
        return encode(header, arrays)


def _short(value):
    return json.dumps(value) if not isinstance(value, str) else value


# type: method or function of a session, and its fields with what stands for one that is not given (...: it must be)
_TYPES = {
    "configure": ("configure", {"spec": ..., "keep": False}),
    "play": ("play", {}),
    "pause": ("pause", {}),
    "reset": ("reset", {}),
    "step": ("step", {"epochs": 1, "rounds": None}),
    "pace": ("pace", {"epochs_per_frame": ...}),
    "set_weight": ("set_weight", {"layer": ..., "row": ..., "column": ..., "value": ...}),
    "undo": ("undo", {}),
    "redo": ("redo", {}),
    "data": ("take_data", {"name": "own.csv", "text": ..., "target": None}),
    "round": ("round", {"layer": ..., "neuron": ...}),
    "tour": ("tour", {"step": ...}),
    "keep_run": ("keep_run", {"name": ...}),
    "forget_run": ("forget_run", {"run": ...}),
    "range_test": (questions.range_test, {}),
    "diagnose": (questions.diagnose, {}),
    "surface": (questions.surface, {"points": 21}),
    "program": (questions.program, {"face": ...}),
    "export": (questions.export, {"what": ...}),
}
