"""Warnings that point at the line of the caller's program."""

import sys
import warnings

_PASSED = "trilobite", "sklearn"


def warn(message, category=UserWarning):
    """Warn, at the line that called trilobite, however deep within it, or scikit-learn, this is."""
    frame, level = sys._getframe(1), 2
    while frame and frame.f_globals.get("__name__", "").partition(".")[0] in _PASSED:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level if frame else 2)
