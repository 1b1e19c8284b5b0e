"""Pictures of data, models and their training; needs ``pip install 'trilobite[plot]'``.

Every function draws on the Axes `ax`, or on a new figure of its own, and returns the Axes. Nothing
is shown and no setting of matplotlib is changed: ``ax.figure.savefig("picture.svg")`` writes a
picture, with or without a display. A new figure is pyplot's where the program has imported pyplot,
so that ``pyplot.show()`` shows it. The colours are those of Okabe and Ito (2008), which all eyes
tell apart; lines also differ by style and marker.
"""

from trilobite.plot.classes import confusion_matrix, decision_boundary
from trilobite.plot.landscape import cost_contour, cost_line, cost_surface
from trilobite.plot.layers import activations, first_layer, network
from trilobite.plot.path import Path
from trilobite.plot.training import history
from trilobite.plot.tuned import batch_size, gradient_noise, learning_rate_range

__all__ = [
    "Path",
    "activations",
    "batch_size",
    "confusion_matrix",
    "cost_contour",
    "cost_line",
    "cost_surface",
    "decision_boundary",
    "first_layer",
    "gradient_noise",
    "history",
    "learning_rate_range",
    "network",
]
