"""MNIST: 70,000 handwritten digits of 28 x 28 pixels (Y. LeCun, C. Cortes, C. J. C. Burges)."""

from . import stored

# Tried in turn. The original site (yann.lecun.com/exdb/mnist) no longer serves the files.
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)

# name, shape, SHA-256 of the uncompressed file; all are unsigned bytes
FILES = (
    (
        "train-images-idx3-ubyte",
        (60000, 28, 28),
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    (
        "train-labels-idx1-ubyte",
        (60000,),
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    (
        "t10k-images-idx3-ubyte",
        (10000, 28, 28),
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    (
        "t10k-labels-idx1-ubyte",
        (10000,),
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)


def load_data(path=None):
    """Load MNIST; it is downloaded (11 MB) if it is nowhere on this machine.

    Each of the four IDX files, gzip-compressed or not, is looked for in

    1. the folder named by the environment variable ``TRILOBITE_DATA``, in its subfolder ``mnist``
       or directly;
    2. the user's cache folder, ``$XDG_CACHE_HOME/trilobite/mnist`` (``~/.cache/trilobite/mnist``
       if that variable is not set);

    and then downloaded into the cache folder. Every file is checked by its SHA-256 every time.

    Parameters
    ----------
    path : str or os.PathLike, optional
        Folder that holds the files (or has a subfolder ``mnist`` that does): nothing is looked
        for elsewhere, nothing is downloaded. Keras's default, ``"mnist.npz"``, means None.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        uint8 arrays: images (60000, 28, 28) and (10000, 28, 28), values 0 (paper) to 255 (ink);
        labels (60000,) and (10000,), values 0 to 9.

    Raises
    ------
    ValueError
        If a file in `path` or ``TRILOBITE_DATA`` is damaged or is not MNIST's. (One in the cache
        folder is replaced, with a warning.)
    FileNotFoundError
        If `path` lacks a file.
    ConnectionError
        If no mirror gave a file; the message says what each of them did.
    """
    if path == "mnist.npz":
        path = None
    x_train, y_train, x_test, y_test = stored.images("mnist", path, FILES, MIRRORS, ("mnist", ""))
    return (x_train, y_train), (x_test, y_test)
