"""The callbacks of one run, called together."""

from trilobite._model.callback import Callback
from trilobite._model.history import History


class CallbackList:
    """The callbacks of one run, called together.

    Parameters
    ----------
    callbacks : Callback, or list or tuple of Callback, or None
        From the user.
    model : Sequential
    params : dict
    also : sequence of Callback
        Called after the user's.

    Raises
    ------
    TypeError
        Something else than a `Callback` was given.
    """

    def __init__(self, callbacks, model, params, also=()):
        self._given = checked(callbacks)
        if any(isinstance(callback, History) for callback in self._given):
            also = [callback for callback in also if not isinstance(callback, History)]
        everyone = [*self._given, *also]
        self._all = sorted(everyone, key=lambda callback: callback.is_last)
        for callback in self._all:
            callback.set_params(params)
            callback.set_model(model)
        for callback in self._all:
            if callback.is_last:
                callback.others = [other for other in self._all if other is not callback]

    def serves(self, *hooks):
        """Whether one of the user's callbacks overrides one of `hooks`."""
        return any(
            _overrides(callback, name)
            for callback in self._given
            for hook in hooks
            for name in (hook, hook.replace("_train_batch_", "_batch_"))
        )

    def call(self, hook, *arguments):
        """Call `hook` of every callback."""
        for callback in self._all:
            getattr(callback, hook)(*arguments)

    def first(self, cls):
        """The first callback of a class, the user's before others."""
        return next(callback for callback in self._all if isinstance(callback, cls))


def checked(callbacks):
    """The callbacks of a user as a list.

    Raises
    ------
    TypeError
        Something else than a `Callback` was given.
    """
    if callbacks is None:
        callbacks = []
    given = list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
    for callback in given:
        if not isinstance(callback, Callback):
            kind = type(callback).__name__
            raise TypeError(
                f"callbacks: got {callback!r} ({kind}), expected a list of instances of "
                "trilobite.callbacks.Callback"
            )
    return given


def _overrides(callback, hook):
    function = getattr(getattr(callback, hook), "__func__", None)
    return function is not getattr(Callback, hook) and function not in callback.idle_hooks
