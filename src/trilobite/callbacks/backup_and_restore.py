"""Training that goes on after the process was killed."""

import os

import numpy as np

from trilobite._declare.names import snake_case
from trilobite._model.callback import Callback
from trilobite.callbacks.model_checkpoint import check_save_freq, idle_hooks

_REAL = ("float32", "float64")  # dtypes of arrays in a file
_ALONE = "array"  # in place of a number: an array of a state that is no list of them


class BackupAndRestore(Callback):
    """Keep a file from which the same program, started again, goes on with its training.

    The file holds all that changes in a training: weights, the optimizer's state, the order of the
    rows, the history, and the state of the other callbacks (`Callback.get_state`). With a backup
    after each epoch the result has the same bits as without an interruption, whenever it comes.

    Its hooks are called after those of all other callbacks, wherever it stands in the list.

    Parameters
    ----------
    backup_dir : str or os.PathLike
        Folder for the file, made if there is none. One for each training.
    save_freq : "epoch" or int
        After each epoch, or each so many steps. An epoch that was interrupted begins anew: with
        steps it begins with the weights of the backup, so that its first rows are trained on twice.
    double_checkpoint : bool
        Keep the backup before the last one too, and go on from it if the last cannot be read.
    delete_checkpoint : bool
        Delete the file when training has ended; true by default.
    """

    writes_files = True

    is_last = True

    def __init__(
        self, backup_dir, save_freq="epoch", double_checkpoint=False, delete_checkpoint=True
    ):
        super().__init__()
        if not backup_dir:
            raise ValueError(f"backup_dir: got {backup_dir!r}, expected the path of a folder")
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = check_save_freq(save_freq)
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self.idle_hooks = idle_hooks(BackupAndRestore, save_freq)
        self.path = os.path.join(self.backup_dir, "backup.safetensors")
        self.previous_path = os.path.join(self.backup_dir, "previous.safetensors")
        self.others = []  # the other callbacks of the training, set by their list
        self._steps, self._epoch = 0, 0
        self._rate = None  # the learning rate between the last two epochs

    def on_train_begin(self, logs=None):
        """Go on from the file, or save what there is at first: weights are drawn at random."""
        from trilobite._files import whole  # here, as below: see models._model_file

        self._steps = 0
        whole.remove_leftovers(self.path)
        paths = [self.path, self.previous_path] if self.double_checkpoint else [self.path]
        paths = [path for path in paths if os.path.exists(path)]
        for path in paths:
            try:
                self._restore(path)
                break
            except ValueError:
                if path == paths[-1]:
                    raise
        self._rate = self._learning_rate()
        if not paths:
            self._save(self.model.initial_epoch)

    def on_epoch_begin(self, epoch, logs=None):
        """Keep the number of the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Save if so many steps are done."""
        if self.save_freq == "epoch":
            return
        self._steps += 1
        if self._steps >= self.save_freq:
            self._steps = 0
            self._save(self._epoch, under_way=True)

    def on_epoch_end(self, epoch, logs=None):
        """Save, if it is done by epochs."""
        self._rate = self._learning_rate()
        if self.save_freq == "epoch":
            self._save(epoch + 1)

    def on_train_end(self, logs=None):
        """Delete the file, and the folder if nothing else is in it."""
        if not self.delete_checkpoint:
            return
        for path in (self.path, self.previous_path):
            if os.path.exists(path):
                os.unlink(path)
        if os.path.isdir(self.backup_dir) and not os.listdir(self.backup_dir):
            os.rmdir(self.backup_dir)

    def _learning_rate(self):
        """The learning rate, None if a schedule gives it."""
        optimizer = self.model.optimizer
        return None if optimizer.schedule else float(optimizer.learning_rate)

    def _save(self, epoch, under_way=False):
        from trilobite._files.model_file import save_backup

        state = self.model.get_state()
        if under_way:  # the epoch is to begin anew: the same order of the rows, the rate before it
            state["order"]["epochs_begun"] -= 1
            state["optimizer"]["learning_rate"] = self._rate
        fit = {"epoch": epoch, "stop_training": bool(self.model.stop_training)}
        tensors = {}
        for owner, callback in self._others():
            for name, value in callback.get_state().items():
                key = f"{owner}/{name}"
                if isinstance(value, np.ndarray):
                    tensors[f"{key}/{_ALONE}"] = _real(key, value)
                elif _arrays(value):
                    tensors |= {f"{key}/{i}": a for i, a in enumerate(value)}
                else:
                    fit[key] = value
        os.makedirs(self.backup_dir, exist_ok=True)
        if self.double_checkpoint and os.path.exists(self.path):
            os.replace(self.path, self.previous_path)
        save_backup(self.path, state, fit, tensors)

    def _restore(self, path):
        from trilobite._files.model_file import blaming, load_backup

        model, others = self.model, dict(self._others())
        state, fit, tensors = load_backup(path, model.weight_forms())
        epoch, stopped = fit.pop("epoch"), fit.pop("stop_training")
        with blaming(path):
            found = _by_owner(fit, tensors)
            for owner, values in found.items():
                _check(owner, values, others)
            model.set_state(state)
            for owner, values in found.items():
                others[owner].set_state(values)
        model.stop_training = stopped
        model.initial_epoch = self.params["epochs"] if stopped else epoch

    def _others(self):
        """The other callbacks with names for their states, which count them by class.

        The model's own history is part of its state.
        """
        times = {}
        for callback in (other for other in self.others if other is not self.model.history):
            kind = snake_case(type(callback).__name__)
            count = times[kind] = times.get(kind, -1) + 1
            yield f"{kind}_{count}", callback


def _by_owner(fit, tensors):
    """The states of callbacks by the names of these, from what a file holds."""
    found = {}
    for key, value in fit.items():
        owner, _, name = key.partition("/")
        found.setdefault(owner, {})[name] = value
    numbered = [(*key.rpartition("/")[::2], np.array(a)) for key, a in tensors.items()]
    # in the order of the numbers 0, 1, 2, ... of lists
    for key, number, a in sorted(numbered, key=lambda item: item[1] != _ALONE and int(item[1])):
        owner, _, name = key.partition("/")
        state = found.setdefault(owner, {})
        if number == _ALONE:
            state[name] = a
        else:
            state.setdefault(name, []).append(a)
    return found


def _check(owner, values, callbacks):
    """Check that a callback has declared a state of these names.

    One with a `set_state` of its own is told what there is.
    """
    if owner not in callbacks:
        raise ValueError(f"got the state of {owner}, expected only of {', '.join(callbacks)}")
    callback = callbacks[owner]
    expected = callback.get_state().keys()
    if type(callback).set_state is Callback.set_state and values.keys() != expected:
        raise ValueError(f"{owner}: got {sorted(values)}, expected {sorted(expected)}")


def _arrays(value):
    """Whether a value is a list of arrays that a file can hold."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(a, np.ndarray) and a.dtype in _REAL for a in value)
    )


def _real(key, a):
    """An array, if a file can hold it."""
    if a.dtype not in _REAL:
        raise TypeError(f"state {key!r}: got an array of {a.dtype}, expected float32 or float64")
    return a
