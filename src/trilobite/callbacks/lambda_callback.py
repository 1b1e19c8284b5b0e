"""Functions as callbacks."""

from trilobite._model.callback import Callback


class LambdaCallback(Callback):
    """Functions to be called as hooks.

    Parameters
    ----------
    on_epoch_begin, on_epoch_end : callable, optional
        ``(epoch, logs)``.
    on_train_begin, on_train_end : callable, optional
        ``(logs)``.
    on_train_batch_begin, on_train_batch_end : callable, optional
        ``(batch, logs)``. Either makes Python run between the steps.
    **kwargs
        Any other hook by its name; all are set as attributes.
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **kwargs,
    ):
        super().__init__()
        hooks = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        for name, hook in (hooks | kwargs).items():
            if hook is not None:
                setattr(self, name, hook)
