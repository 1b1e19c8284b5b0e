"""What a built model computes: predict, and the ways to call it."""

from functools import partial

import numpy as np

from trilobite import engine
from trilobite._checks import arrays, options
from trilobite._declare.layer import Input
from trilobite._declare.returned import returned
from trilobite._declare.tensor import KerasTensor, one_tensor
from trilobite._model.callback_list import CallbackList
from trilobite._model.chain import leaves
from trilobite._model.py_dataset import is_fed
from trilobite._model.stack import Stack

# Rows up to which a call of the model is one call of the engine on one thread.
_FEW = 64


class Predictor(Stack):
    """Base of `Evaluator`: the methods that take x alone."""

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """Outputs for the rows of x.

        Parameters
        ----------
        x : array_like, shape (n, ...), or what makes batches
            See `fit`; of a batch only x is used.
        batch_size : int, optional
            32 by default; only callbacks and `steps` see it.
        verbose : {"auto", 0, 1, 2}
            Accepted and checked; nothing is shown.
        steps : int, optional
            Batches to take; all there are by default.
        callbacks : list of Callback, optional

        Returns
        -------
        ndarray, shape (n, n_out)
            Of the model's dtype.
        """
        verbose, steps = options.verbose(verbose), options.steps("steps", steps)
        if is_fed(x):
            return self._predict_batches(x, verbose, steps, callbacks)
        x = arrays.inputs("x", x, self._input and self._input.row_shape)
        n, batch_size = options.first_rows(len(x), batch_size, steps)
        x = x[:n]
        params = {"verbose": verbose, "epochs": 1, "steps": -(-n // batch_size)}
        hooks = CallbackList(callbacks, self, params)
        net = self.network_for(self._input or Input(x.shape[1:]))
        each_batch = hooks.serves("on_predict_batch_begin", "on_predict_batch_end")
        n_threads = threads(net, len(x))
        out = np.empty((len(x), net.n_out), self._dtype)
        hooks.call("on_predict_begin", {})
        for batch, part in enumerate(parts(len(x), batch_size if each_batch else len(x))):
            if each_batch:
                hooks.call("on_predict_batch_begin", batch, {})
            rows = self._engine.Rows(x[part])
            if not net.predict(rows, out[part], n_threads):
                raise arrays.nonfinite("x", x[part], rows, part.start)
            if each_batch:
                hooks.call("on_predict_batch_end", batch, {"outputs": out[part]})
        hooks.call("on_predict_end", {})
        return out

    def _predict_batches(self, source, verbose, steps, callbacks):
        """Outputs for the rows of the batches that a source makes."""
        from trilobite._model.feeding import Batches  # here: it takes a while to import

        batches = Batches("x", source, steps)
        given = self._input or Input(batches.row_shape)
        params = {"verbose": verbose, "epochs": 1, "steps": batches.steps}
        hooks = CallbackList(callbacks, self, params)
        net = self.network_for(given)
        each_batch = hooks.serves("on_predict_batch_begin", "on_predict_batch_end")

        def work(x):
            rows, out = self._engine.Rows(x), np.empty((len(x), net.n_out), self._dtype)
            if not net.predict(rows, out):
                raise arrays.nonfinite("x", x, rows)
            return out

        batches.check = lambda x, *_: arrays.inputs("x", x, given.row_shape)
        hooks.call("on_predict_begin", {})
        begin = partial(hooks.call, "on_predict_batch_begin") if each_batch else None
        outputs = []
        made = in_turn(batches.checked(), work, begin) if each_batch else batches.work_off(work)
        for batch, out in enumerate(made):
            outputs.append(out)
            if each_batch:
                hooks.call("on_predict_batch_end", batch, {"outputs": out})
        hooks.call("on_predict_end", {})
        if not outputs:
            raise ValueError("x: got no batch, expected at least one")
        return np.concatenate(outputs)

    def __call__(self, x, training=False):
        """Outputs for the rows of x, like `predict` with the least overhead for few rows.

        Parameters
        ----------
        x : array_like, shape (n, ...), or KerasTensor
            Of a place in a chain of layers the model is one: what is returned is the place behind.
        training : bool
            True: dropout and noise are on, and NumPy computes; an error if there is a
            `BatchNormalization`, whose statistics only `fit` moves.

        Returns
        -------
        ndarray, shape (n, n_out)
        """
        if training and any(layer.differs_in_training for layer in leaves([self])):
            if not isinstance(x, KerasTensor):
                return self._in_training(x)
        net = self._net
        if (
            net is None
            or type(x) is not np.ndarray
            or x.shape[1:] != self._shape
            or x.dtype != self._dtype
            or not 0 < len(x) <= _FEW
        ):
            one_tensor(x)
            if isinstance(x, KerasTensor):
                return self.symbolic(x)
            return returned(self.predict(x, verbose=0))
        rows = self._engine.Rows(x)
        out = np.empty((len(x), net.n_out), self._dtype)
        if not net.predict(rows, out):
            raise arrays.nonfinite("x", x, rows)
        return returned(out)

    def _in_training(self, x):
        from trilobite._declare import in_training  # here: it is rarely needed

        x = arrays.inputs("x", x, self._input and self._input.row_shape)
        self.network_for(self._input or Input(x.shape[1:]))
        return returned(in_training.outputs(leaves([self]), x, self._dtype, self.get_weights()))

    def predict_on_batch(self, x):
        """Outputs for these rows; as `predict`, silent."""
        return self.predict(x, verbose=0)


def threads(net, rows, steps=1):
    """Threads for so many forward passes of so many rows, one call."""
    return engine.threads_for(2 * net.n_parameters * rows, steps)


def in_turn(blocks, work, begin=None):
    """`work` of each block; `begin`, if given, is called before, with its number and {}."""
    for number, block in enumerate(blocks):
        if begin is not None:
            begin(number, {})
        yield work(block)


def parts(n, size):
    """Slices of n rows, `size` rows each, the last one perhaps shorter."""
    return [slice(start, min(n, start + size)) for start in range(0, n, size)]
