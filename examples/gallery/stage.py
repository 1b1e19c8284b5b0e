"""What the scripts of the gallery have in common.

Each has `measure(toy)`, which trains and returns numbers, `draw(numbers)`, which returns a figure
or, where motion is the point, a list of them and an animation, and `caption(numbers)`. Run by
itself it writes its pictures into a folder and prints the caption:

    python examples/gallery/SCRIPT.py [FOLDER] [--toy]
"""

import argparse
import os

import numpy as np
from matplotlib import animation, rc_context
from matplotlib.figure import Figure

import trilobite as keras


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folder", nargs="?", default=".", help="where the pictures are written")
    parser.add_argument("--toy", action="store_true", help="quickly, with few runs")
    return parser.parse_args()


def main(script):
    """Measure, draw and tell; `script` is the globals of one."""
    given = arguments(script["__doc__"].splitlines()[0])
    numbers = script["measure"](given.toy)
    os.makedirs(given.folder, exist_ok=True)
    save(script["draw"](numbers), given.folder, script["NAME"], given.toy)
    print(script["caption"](numbers))


def figure(width, height, columns=1, rows=1, **options):
    """A new figure and its Axes; no pyplot, so no display."""
    made = Figure((width, height), layout="constrained")
    return made, made.subplots(rows, columns, **options)


def save(drawn, folder, name, toy=False):
    """Write what `draw` returned: NAME.svg, and NAME.gif of an animation (toy: of few frames)."""
    still, moving = drawn if isinstance(drawn, tuple) else (drawn, None)
    with rc_context({"svg.hashsalt": name}):  # with no date: the same numbers, the same file
        still.savefig(os.path.join(folder, f"{name}.svg"), metadata={"Date": None})
    if moving is not None:
        made, frames, show = moving
        writer = animation.PillowWriter(fps=12)
        with writer.saving(made, os.path.join(folder, f"{name}.gif"), dpi=64):
            for frame in frames[:: 20 if toy else 1]:
                show(frame)
                writer.grab_frame()


def unit(activation, learning_rate, weight, n_in=1, loss="mse", optimizer=None):
    """A net of one unit without bias, whose only parameters are set by hand."""
    net = keras.Sequential(
        [keras.Input((n_in,)), keras.layers.Dense(1, activation, use_bias=False)]
    )
    net.compile(optimizer or keras.optimizers.SGD(learning_rate), loss)
    net.set_weights([np.reshape(weight, (n_in, 1))])
    return net


def wilson(k, n, z=1.96):
    """The 95 % interval of a share of which k of n were seen (Wilson, 1927)."""
    centre, half = k + z * z / 2, z * np.sqrt(k * (n - k) / n + z * z / 4)
    return (centre - half) / (n + z * z), (centre + half) / (n + z * z)
