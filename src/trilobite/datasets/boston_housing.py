"""Boston housing: 506 places of 1970, 13 numbers each (D. Harrison, D. L. Rubinfeld, 1978).

One of its columns, "B", supposes that house prices depend on the share of Black people in a place:
Keras advises against the use of this data set but to show such faults; `california_housing` is to
take its place.
"""

from . import stored

MIRRORS = ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/",)
SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(path=None, test_split=0.2, seed=113):
    """Load Boston housing; it is downloaded (57 KB) if it is nowhere on this machine.

    ``boston_housing.npz`` is looked for and checked as the files of `mnist.load_data`, in the
    folder ``boston_housing`` or directly.

    Parameters
    ----------
    path : str or os.PathLike, optional
        Folder that holds the file. Keras's default, ``"boston_housing.npz"``, means None.
    test_split : float
        Share of the rows to hold out, 0.2 by default.
    seed : int
        Of the order of the rows; the same rows as from Keras.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        float64 arrays: rows (404, 13) and (102, 13), prices in thousands of dollars (404,), (102,).

    Raises
    ------
    ValueError, FileNotFoundError, ConnectionError
        As from `mnist.load_data`.
    """
    x, y = stored.table("boston_housing", path, MIRRORS, SHA256, limit=1 << 16)
    return stored.split(x, y, test_split, seed)
