"""Models whose chain of layers a `call` of one's own goes along."""

from inspect import signature

from trilobite._declare.layer import Input
from trilobite._declare.names import auto_name, snake_case
from trilobite._declare.tensor import KerasTensor, chain
from trilobite._model.state import Stateful

# What a class of one's own would say of what is computed, in Python.
_OF_ONES_OWN = (
    *("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics"),
    *("make_train_function", "make_test_function", "make_predict_function"),
)


class OwnCall(Stateful):
    """Base of `Model`: a subclass may have a `call`, which is called twice, with a place for rows.

    Once for training and once for inference, as soon as the shape of x is known. The layers that it
    goes through are the model's.
    """

    def __init_subclass__(cls, **named):
        super().__init_subclass__(**named)
        methods = _OF_ONES_OWN if cls.several else ("call", *_OF_ONES_OWN)
        if own := [name for name in methods if hasattr(cls, name)]:
            raise TypeError(
                f"{cls.__name__}: got a {own[0]} of its own, expected a chain of layers, which the "
                "engine computes: Sequential([...]) or Model(inputs, outputs)"
            )

    def _begin_unknown(self, name, trainable):
        """Be a model whose layers its `call` will show."""
        name = name or auto_name(snake_case(type(self).__name__))
        Stateful.__init__(self, None, [], name, trainable)

    def network_for(self, given):
        """The network, made for rows of the Input `given` if there is none yet."""
        self._find_layers(given)
        return super().network_for(given)

    def symbolic(self, x):
        """The place behind the model."""
        self._find_layers(Input(x.row_shape, dtype=x.dtype))
        return super().symbolic(x)

    def _n_outputs(self, given, links=None):
        if links is None:
            self._find_layers(given)
        return super()._n_outputs(given, links)

    def _find_layers(self, given):
        if self._layers or not hasattr(self, "call"):
            return
        with self._changing("build"):
            if not self._layers:  # no other thread has found them meanwhile
                self._become(given, self._links_from(given))

    def _links_from(self, given):
        takes = signature(self.call).parameters
        trained, used = (
            chain(
                given, self._called_with(given, {"training": mode} if "training" in takes else {})
            )[1]
            for mode in (True, False)
        )
        known = list(map(_of, used))
        silent = [
            link for link in trained if _of(link) not in known and not _only_in_training(link)
        ]
        if silent or known != [_of(link) for link in trained if _of(link) in known]:
            raise TypeError(
                f"{type(self).__name__}: got a call that goes other ways in training, expected the "
                "same layers, but for dropout and noise"
            )
        return trained

    def _called_with(self, given, named):
        y = self.call(given, **named)
        if not isinstance(y, KerasTensor):
            raise TypeError(
                f"{type(self).__name__}: got {type(y).__name__} from its call, expected what its "
                "last layer returns: a model is one chain of layers"
            )
        return y


def _of(link):
    """What says that two links are the same: a call makes the layer of an activation every time."""
    own = getattr(link, "activation", None)
    made = own is not None and not link.weight_names
    return own.__name__ if made else id(link)


def _only_in_training(link):
    return getattr(link, "differs_in_training", False) and not getattr(link, "weight_names", ())
