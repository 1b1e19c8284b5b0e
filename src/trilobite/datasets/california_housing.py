"""California housing: 20,640 places of the census of 1990, 8 numbers each (Pace, Barry, 1997)."""

from . import stored

MIRRORS = ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/",)
SHA256 = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"


def load_data(version="large", path=None, test_split=0.2, seed=113):
    """Load California housing; it is downloaded (0.7 MB) if it is nowhere on this machine.

    ``california_housing.npz`` is looked for and checked as the files of `mnist.load_data`, in the
    folder ``california_housing`` or directly.

    Parameters
    ----------
    version : {"large", "small"}
        All rows, or the first 600.
    path : str or os.PathLike, optional
        Folder that holds the file. Keras's default, ``"california_housing.npz"``, means None.
    test_split : float
        Share of the rows to hold out, 0.2 by default.
    seed : int
        Of the order of the rows; the same rows as from Keras.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Rows (n, 8) and prices in dollars (n,).

    Raises
    ------
    ValueError, FileNotFoundError, ConnectionError
        As from `mnist.load_data`.
    """
    if version not in ("large", "small"):
        raise ValueError(f"version: got {version!r}, expected 'large' or 'small'")
    x, y = stored.table("california_housing", path, MIRRORS, SHA256, limit=1 << 21)
    n = 600 if version == "small" else len(x)
    return stored.split(x[:n], y[:n], test_split, seed)
