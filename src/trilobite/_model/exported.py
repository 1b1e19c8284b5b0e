"""A model for other programs: the methods hand it to trilobite.export."""


class Exported:
    """Base of `Stateful`: what becomes of a trained model elsewhere."""

    def export(self, filepath, format=None, verbose=None, input_signature=None, **kwargs):
        """Write the model for other programs: NumPy, JavaScript, C or ONNX.

        Parameters
        ----------
        filepath : str or os.PathLike
            "net.py", "net.js", "net.h" or "net.onnx".
        format : str, optional
            "numpy", "js", "c" or "onnx"; by default what the ending of `filepath` says.
        verbose, input_signature
            Keras's, which must be their defaults: nothing is printed, rows have the shape of the
            `Input` and any number of them is taken.
        **kwargs
            Of the format; see `trilobite.export.export`.

        Raises
        ------
        TypeError, ValueError
            The model is not built or has a function of one's own; or the format or an option is
            not known. Nothing is written then.
        ImportError
            "onnx" without the package onnx.
        """
        from trilobite._declare.names import only
        from trilobite.export import export

        only("verbose", verbose, None, False)
        only("input_signature", input_signature, None)
        export(self, filepath, format, **kwargs)

    def to_keras(self):
        """A model of Keras 3 with the same layers, weights and predictions.

        Returns
        -------
        object
            Of `keras.Sequential` or `keras.Model`, compiled if this one is; the optimizer's state
            goes along for SGD, Adam, AdamW, RMSprop and Adagrad.

        Raises
        ------
        TypeError, ValueError
            The model is not built, or has something that Keras has not.
        ImportError
            Keras or h5py is not installed.
        """
        from trilobite.export import keras

        return keras.to_keras(self)

    def to_torch(self):
        """A `torch.nn.Sequential` with the same weights and predictions, in evaluation mode.

        Its outputs are the model's; dropout and batch normalization train as here.

        Returns
        -------
        object
            Of `torch.nn.Sequential`.

        Raises
        ------
        TypeError, ValueError
            The model is not built, or has a layer or activation that PyTorch has no module for.
        ImportError
            PyTorch is not installed.
        """
        from trilobite.export import torch

        return torch.to_torch(self)
