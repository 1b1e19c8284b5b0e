"""What the formats that are text have in common."""

import numpy as np


def title(chain):
    """The first line of what is written."""
    return f"A network of {chain.n_in} inputs and {chain.n_out} outputs, written by trilobite"


def new(name, taken):
    """A name that is not taken: "mean", "mean2", ..."""
    k = sum(other.rstrip("0123456789") == name for other in taken) + 1
    return name if k == 1 else f"{name}{k}"


def rounded(a, dtype):
    """The numbers of an array, as lists of floats of the fewest digits that are the same there."""
    numbers = [float(str(number)) for number in np.asarray(a, dtype).ravel()]
    return np.array(numbers).reshape(np.shape(a)).tolist()
