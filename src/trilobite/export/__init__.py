"""Trained models in other programs and on other machines, and theirs here.

``model.export("net.js")`` writes a model, or an estimator of `trilobite.sklearn`, in the format
that the name's ending says, or `format`; see `export`. The functions `from_...` make models of
trilobite of what other libraries have trained.
"""

from trilobite.export.from_onnx import from_onnx
from trilobite.export.write import export

__all__ = ["export", "from_keras", "from_onnx", "from_sklearn", "from_torch"]


def from_keras(model):
    """A model of trilobite with the layers and weights of one of Keras 3, on any backend.

    Parameters
    ----------
    model : keras.Sequential or keras.Model
        Built: a chain of layers that trilobite has.

    Returns
    -------
    Model
        Compiled if theirs is, with a new optimizer.

    Raises
    ------
    ValueError
        It has a layer, loss, metric or argument that trilobite has not; the message names it.
    ImportError
        Keras or h5py is not installed.
    """
    from trilobite.export import keras  # here: it needs Keras

    return keras.from_keras(model)


def from_sklearn(estimator):
    """An estimator of `trilobite.sklearn` with the parameters, weights and predictions of theirs.

    Parameters
    ----------
    estimator : sklearn.neural_network.MLPClassifier or sklearn.neural_network.MLPRegressor
        Fitted or not.

    Returns
    -------
    MLPClassifier or MLPRegressor
        Of `trilobite.sklearn`; `partial_fit` and `warm_start` go on where theirs would.

    Raises
    ------
    TypeError
        It is something else.
    """
    from trilobite.export.sklearn import from_sklearn  # here: it needs scikit-learn

    return from_sklearn(estimator)


def from_torch(module):
    """A model of trilobite with the weights of a chain of PyTorch's modules.

    Parameters
    ----------
    module : torch.nn.Module, str or os.PathLike
        A `Sequential` of Linear, BatchNorm1d, Dropout, AlphaDropout and activations, or of such
        Sequentials. Or the path of a safetensors file with a state_dict, for which PyTorch is not
        needed: it names no activations, and so `relu` is put between two products, none at the end.

    Returns
    -------
    Sequential
        Not compiled.

    Raises
    ------
    ValueError
        It has another module; the message names it. Or the file is damaged.
    ImportError
        PyTorch, or for a file safetensors, is not installed.
    """
    from trilobite.export import torch  # here: it needs PyTorch

    return torch.from_torch(module)
