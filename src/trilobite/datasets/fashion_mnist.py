"""Fashion-MNIST: 70,000 pictures of clothes, 28 x 28 pixels (H. Xiao, K. Rasul, R. Vollgraf)."""

from . import stored

MIRRORS = (
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "https://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)

# name, shape, SHA-256 of the uncompressed file; all are unsigned bytes
FILES = (
    (
        "train-images-idx3-ubyte",
        (60000, 28, 28),
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    ),
    (
        "train-labels-idx1-ubyte",
        (60000,),
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    ),
    (
        "t10k-images-idx3-ubyte",
        (10000, 28, 28),
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    ),
    (
        "t10k-labels-idx1-ubyte",
        (10000,),
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
)


def load_data(path=None):
    """Load Fashion-MNIST; it is downloaded (30 MB) if it is nowhere on this machine.

    The classes from 0: T-shirt or top, trouser, pullover, dress, coat, sandal, shirt, sneaker,
    bag, ankle boot. The four files are looked for and checked as those of `mnist.load_data`, in
    ``TRILOBITE_DATA`` only in its subfolder ``fashion_mnist``.

    Parameters
    ----------
    path : str or os.PathLike, optional
        Folder that holds the files (or has a subfolder ``fashion_mnist`` that does).

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        uint8 arrays: images (60000, 28, 28) and (10000, 28, 28), labels (60000,) and (10000,).

    Raises
    ------
    ValueError, FileNotFoundError, ConnectionError
        As from `mnist.load_data`.
    """
    folders = ("fashion_mnist",)
    x_train, y_train, x_test, y_test = stored.images(*folders, path, FILES, MIRRORS, folders)
    return (x_train, y_train), (x_test, y_test)
