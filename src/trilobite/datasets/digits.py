"""1,797 handwritten digits of 8 x 8 pixels, shipped with the package (E. Alpaydin, C. Kaynak).

The test set of "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998,
doi 10.24432/C50P49, CC BY 4.0.
"""

import os

import numpy as np

from . import idx


def load_data(test_split=0.2, seed=113):
    """Load the digits, shuffled and split into training and test rows.

    The rows come in the order of their writers, so they are shuffled before they are split: both
    parts then hold all writers and all digits. The shuffle depends on `seed` alone and is the
    same with every version of NumPy. Arguments and defaults are those of Keras's small data sets.

    Parameters
    ----------
    test_split : float, default 0.2
        Share of the rows kept for testing, at least 0 and below 1. The default gives 1437
        training and 360 test rows.
    seed : int, default 113
        Seed of the shuffle, 0 to 2**32 - 1.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        uint8 arrays: images (n, 8, 8), values 0 (paper) to 16 (ink); labels (n,), values 0 to 9.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"test_split: expected a number in [0, 1), got {test_split!r}")
    folder = os.path.dirname(__file__)
    x = idx.read(os.path.join(folder, "digits-images-idx3-ubyte.gz"))
    y = idx.read(os.path.join(folder, "digits-labels-idx1-ubyte.gz"))
    order = np.random.RandomState(seed).permutation(len(x))  # the one generator that is frozen
    train, test = np.split(order, [int(len(x) * (1 - test_split))])
    return (x[train], y[train]), (x[test], y[test])
