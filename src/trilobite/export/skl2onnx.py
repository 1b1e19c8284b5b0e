"""Converters of our estimators for skl2onnx: outputs and options as of scikit-learn's own."""

import numpy as np
import onnx
from skl2onnx import update_registered_converter
from skl2onnx.common.data_types import DoubleTensorType
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes

from trilobite.export import chain as chains
from trilobite.export.onnx import Graph
from trilobite.sklearn import MLPClassifier, MLPRegressor

_OPTIONS = {
    "zipmap": [True, False, "columns"],
    "output_class_labels": [False, True],
    "nocl": [True, False],
}


def register():
    """Tell skl2onnx of both classes."""
    update_registered_converter(
        MLPClassifier,
        "TrilobiteMLPClassifier",
        calculate_linear_classifier_output_shapes,
        _classifier,
        options=_OPTIONS,
    )
    update_registered_converter(
        MLPRegressor, "TrilobiteMLPRegressor", _shape_of_numbers, _regressor
    )


def _shape_of_numbers(operator):
    kind = type(operator.inputs[0].type)
    made = kind if kind is DoubleTensorType else type(operator.outputs[0].type)
    n, n_out = operator.inputs[0].get_first_dimension(), operator.raw_operator.n_outputs_
    operator.outputs[0].set_type(made([n, n_out]))


def _graph(scope, operator, container):
    """The chain of an estimator, its graph in the making, and the name of the outputs there."""
    chain = chains.of(operator.raw_operator)
    double = isinstance(operator.inputs[0].type, DoubleTensorType)
    dtype = np.dtype("f8" if double else "f4")
    prefix = f"{scope.get_unique_operator_name('trilobite')}_"
    graph = Graph(onnx, dtype, container.target_opset, prefix)
    x = graph.cast(operator.inputs[0].full_name, graph.kind)
    return chain, graph, graph.chain(chain.folded(), x)


def _classifier(scope, operator, container):
    chain, graph, y = _graph(scope, operator, container)
    if not isinstance(chain.labels[0], str):  # as skl2onnx declares them
        chain.labels = np.array(chain.labels).astype(np.int64).tolist()
    graph.decide(chain, y, *(output.full_name for output in operator.outputs))
    _add(graph, container)


def _regressor(scope, operator, container):
    _, graph, y = _graph(scope, operator, container)
    graph.node("Identity", y, to=operator.outputs[0].full_name)
    _add(graph, container)


def _add(graph, container):
    """Hand nodes and constants over."""
    container.initializers.extend(graph.constants)
    for node in graph.nodes:
        given = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        container.add_node(
            node.op_type, list(node.input), list(node.output), name=node.name, **given
        )
