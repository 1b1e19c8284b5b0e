"""Logs for TensorBoard."""

import os

from trilobite._checks.numbers import integer
from trilobite._declare.names import only
from trilobite._model.callback import Callback


class TensorBoard(Callback):
    """Write the numbers of each epoch, and weights as histograms, for TensorBoard to show.

    Needs ``pip install 'trilobite[tensorboard]'``. The tags are Keras's: "epoch_loss" and
    "epoch_learning_rate" in the folder ``train``, "epoch_loss" and
    "evaluation_loss_vs_iterations" in ``validation``, and those of the metrics.

    Parameters
    ----------
    log_dir : str or os.PathLike
        "logs" by default.
    histogram_freq : int
        Write histograms of the weights every so many epochs; 0: never.
    write_graph : bool
        Accepted; there is no graph to write.
    write_images : bool
        Weights as pictures, which is not supported beside `histogram_freq`.
    write_steps_per_second : bool
        Keras's, which must be False.
    update_freq : "epoch", "batch" or int
        Write "batch_loss" and so on every so many steps, too.
    profile_batch, embeddings_freq, embeddings_metadata
        Keras's, which must be their defaults.
    """

    writes_files = True

    state_names = ("_steps",)

    def __init__(
        self,
        log_dir="logs",
        histogram_freq=0,
        write_graph=True,
        write_images=False,
        write_steps_per_second=False,
        update_freq="epoch",
        profile_batch=0,
        embeddings_freq=0,
        embeddings_metadata=None,
    ):
        super().__init__()
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = integer("histogram_freq", histogram_freq, least=0)
        if histogram_freq:
            only("write_images", write_images, False)
        only("write_steps_per_second", write_steps_per_second, False)
        only("profile_batch", profile_batch, 0)
        only("embeddings_freq", embeddings_freq, 0)
        only("embeddings_metadata", embeddings_metadata, None)
        self.update_freq = 1 if update_freq == "batch" else update_freq
        if update_freq == "epoch":
            self.idle_hooks = (TensorBoard.on_train_batch_end,)
        else:
            self.update_freq = integer("update_freq", self.update_freq)
        self._writers, self._steps = {}, 0
        _tensorboardx()  # an error before training, not after an epoch

    def on_train_begin(self, logs=None):
        """Count steps anew."""
        self._steps = 0

    def on_train_batch_end(self, batch, logs=None):
        """Write the numbers of the epoch so far, if it is this step's turn."""
        self._steps += 1
        if self.update_freq != "epoch" and self._steps % self.update_freq == 0:
            self._write("train", "batch_{}", logs, self._steps)

    def on_test_end(self, logs=None):
        """Write the numbers of a validation by steps."""
        iterations = self.model.optimizer.iterations
        self._write("validation", "evaluation_{}_vs_iterations", logs, iterations)
        self._flush()

    def on_epoch_end(self, epoch, logs=None):
        """Write the numbers of the epoch."""
        logs = logs or {}
        train = {name: value for name, value in logs.items() if not name.startswith("val_")}
        train["learning_rate"] = float(self.model.optimizer.learning_rate)
        self._write("train", "epoch_{}", train, epoch)
        validation = {name[4:]: value for name, value in logs.items() if name.startswith("val_")}
        self._write("validation", "epoch_{}", validation, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        self._flush()

    def on_train_end(self, logs=None):
        """Close the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _flush(self):
        for writer in self._writers.values():
            writer.flush()

    def _writer(self, folder):
        if folder not in self._writers:
            path = os.path.join(self.log_dir, folder)
            self._writers[folder] = _tensorboardx().FileWriter(path)
        return self._writers[folder]

    def _write(self, folder, tag, numbers, step):
        for name, value in (numbers or {}).items():
            summary = _tensorboardx().summary.scalar(tag.format(name), value)
            self._writer(folder).add_summary(summary, step)

    def _write_weights(self, epoch):
        for layer in self.model.layers:
            for name, w in zip(layer.weight_names, layer.get_weights(), strict=False):
                tag = f"{layer.name}/{name}/histogram"
                summary = _tensorboardx().summary.histogram(tag, w, bins=30)
                self._writer("train").add_summary(summary, epoch)


def _tensorboardx():
    """The module, imported when it is asked for."""
    try:
        import tensorboardX
    except ImportError:
        raise ImportError(
            "TensorBoard needs tensorboardX: pip install 'trilobite[tensorboard]'"
        ) from None
    return tensorboardX
