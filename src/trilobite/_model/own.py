"""Models of functions of one's own: the reference computes them, for several threads and Ctrl-C."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from threading import RLock

from trilobite import engine, reference
from trilobite._model.fit import Fit

_DRAWN = ("permutation", "dropout_mask", "normal_noise")


@cache
def load(dtype):
    """What `engine.load` has, of NumPy; what is drawn at random is the engine's."""
    module, compiled = reference.load(dtype), engine.load(dtype)
    module.permutation = compiled.permutation
    drawn = {name: getattr(compiled, name) for name in _DRAWN}
    module.Network = partial(Network, dtype=dtype)
    module.Training = partial(reference.Training, **drawn)
    return module


class Network(reference.Network):
    """The reference's network, at which threads take turns."""

    def __init__(self, *args, **named):
        super().__init__(*args, **named)
        self._lock = RLock()

    def reading(self):
        """A context in which no other thread changes anything."""
        return self._lock

    writing = reading

    def predict(self, x, out, threads=1):
        """As `reference.Network.predict`."""
        with self._lock:
            return super().predict(x, out, threads)


class OwnFit(Fit):
    """A `Fit` whose steps another thread does: so Ctrl-C comes between two of them, not within."""

    def run(self):
        """As `Fit.run`."""
        with ThreadPoolExecutor(1) as self._thread:
            self._thread.submit(int).result()  # it is there before it has anything to do
            return super().run()

    def _run(self, until):
        try:
            self._thread.submit(super()._run, until).result()
        except KeyboardInterrupt:
            self._thread.submit(int).result()  # behind the steps that it still does
            raise
