"""What a session can go back to, and forward to again."""

from trilobite.playground import limits


class Undo:
    """Two piles of what was: tuples (spec, data, own, trainer), which nothing changes any more."""

    def __init__(self):
        self._before, self._after = [], []

    @property
    def can_undo(self):
        """Whether there is something to go back to."""
        return bool(self._before)

    @property
    def can_redo(self):
        """Whether something was taken back."""
        return bool(self._after)

    def keep(self, now):
        """Remember what is now, before it is changed; the oldest is forgotten when it is much."""
        self._before.append(now)
        self._after = []
        while len(self._before) > limits.UNDO or (
            len(self._before) > 1 and self.n_bytes() > limits.UNDO_BYTES
        ):
            del self._before[0]

    def back(self, now):
        """What was before; `now` is what `forward` returns then."""
        if not self._before:
            raise ValueError("type: there is nothing to undo")
        self._after.append(now)
        return self._before.pop()

    def forward(self, now):
        """What was taken back last."""
        if not self._after:
            raise ValueError("type: there is nothing to redo")
        self._before.append(now)
        return self._after.pop()

    def n_bytes(self):
        """Memory that is held, what several share counted once."""
        held = {}
        for _, _, own, trainer in self._before:
            held |= trainer.n_bytes() | ({id(own): own.x.nbytes} if own else {})
        return sum(held.values())
