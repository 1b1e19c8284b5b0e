"""The dense layer."""

from trilobite import activations, constraints, initializers, regularizers
from trilobite._checks.numbers import integer
from trilobite._declare.layer import Layer
from trilobite._declare.names import only
from trilobite._declare.own_layer import require_flat


class Dense(Layer):
    """``y = activation(x @ kernel + bias)``.

    Parameters
    ----------
    units : int
        Outputs.
    activation : str or function of `trilobite.activations`, optional
        "linear" by default.
    use_bias : bool
    kernel_initializer, bias_initializer : str, Initializer or callable
        "glorot_uniform" and "zeros" by default; see `trilobite.initializers`.
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        See `trilobite.regularizers`.
    activity_regularizer : str or Regularizer, optional
        Of the outputs: the loss gains the mean over the rows.
    kernel_constraint, bias_constraint : str or Constraint, optional
        See `trilobite.constraints`.
    lora_rank, lora_alpha, quantization_config : None
        Keras's, which are not supported.
    **common
        See `Layer`.
    """

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **common,
    ):
        self.units = integer("units", units)
        self.activation = activations.get(activations.chosen(activation))
        self.use_bias = bool(use_bias)
        self.lora_rank = only("lora_rank", lora_rank, None)
        self.lora_alpha = only("lora_alpha", lora_alpha, None)
        self.quantization_config = only("quantization_config", quantization_config, None)
        self.kernel_initializer = initializers.chosen("kernel_initializer", kernel_initializer)
        self.bias_initializer = initializers.chosen("bias_initializer", bias_initializer)
        self.kernel_regularizer = regularizers.chosen("kernel_regularizer", kernel_regularizer)
        self.bias_regularizer = regularizers.chosen("bias_regularizer", bias_regularizer)
        self.kernel_constraint = constraints.chosen("kernel_constraint", kernel_constraint)
        self.bias_constraint = constraints.chosen("bias_constraint", bias_constraint)
        penalty = regularizers.chosen("activity_regularizer", activity_regularizer)
        super().__init__(activity_regularizer=penalty, **common)

    @property
    def weight_names(self):
        """Names of the arrays in `get_weights`."""
        return ("kernel", "bias") if self.use_bias else ("kernel",)

    def shape_for(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        require_flat(self, input_shape)
        return (self.units,)

    def stage(self):
        """The engine's stage of this layer."""
        return ("dense", self.units, self.activation.spec(), self.use_bias)

    def weight_plan(self, input_shape):
        """Kernel (n_in, units) and, with `use_bias`, bias (units,)."""
        plan = [
            ((*input_shape, self.units), self.kernel_initializer, self.kernel_regularizer),
            ((self.units,), self.bias_initializer, self.bias_regularizer),
        ]
        return plan if self.use_bias else plan[:1]

    def constraints(self):
        """The constraint of each weight array."""
        return [self.kernel_constraint, self.bias_constraint][: len(self.weight_names)]

    @property
    def kernel(self):
        """The weights (n_in, units), a read-only copy."""
        return self._weight("kernel")

    @property
    def bias(self):
        """The biases (units,), a read-only copy; None without `use_bias`."""
        return self._weight("bias")
