"""Programs written for Keras run as they are: `import keras` and `tf.keras` mean trilobite.

Three ways: ``python -m trilobite run PROGRAM.py [ARGUMENTS]``; ``import trilobite.as_keras`` before
the program imports Keras; ``%load_ext trilobite.as_keras`` in a notebook. It holds for the whole
process, whether Keras or TensorFlow is installed or not. Spellings of Keras 2 are taken, with a
warning that names today's. A name that is not there is an ImportError or AttributeError that says
what is.
"""

import sys

from trilobite._declare import returned
from trilobite.as_keras import keras2
from trilobite.as_keras.finder import Finder
from trilobite.as_keras.tensor import tensor
from trilobite.as_keras.tree import ROOTS


def _install():
    for name in ROOTS:
        if name in sys.modules:
            origin = getattr(sys.modules[name], "__file__", None) or "memory"
            raise ImportError(
                f"trilobite.as_keras: {name} is imported already, from {origin}; expected "
                "trilobite.as_keras to be imported before it"
            )
    keras2.teach()
    returned.kind = tensor
    sys.meta_path.insert(0, Finder())


def load_ipython_extension(ipython):
    """``%load_ext trilobite.as_keras``: done by the import."""


_install()
