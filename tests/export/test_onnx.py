"""ONNX: what ONNX Runtime computes, and what comes back."""

import subprocess
import sys

import numpy as np
import pytest
from export_nets import ESTIMATORS, MODELS, NAMES, activated, assert_same, made

import trilobite as keras
from trilobite.export import export, from_onnx

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
helper, numpy_helper = onnx.helper, onnx.numpy_helper


def computed(path, x):
    """The outputs of ONNX Runtime, by name."""
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    x = x.astype("f8" if given.type == "tensor(double)" else "f4")
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {given.name: x}), strict=True))


@pytest.mark.parametrize("net", [*MODELS, *ESTIMATORS])
def test_predicts_the_same(net, tmp_path):
    model, x, y = made(net)
    export(model, tmp_path / "net.onnx")
    onnx.checker.check_model(onnx.load(tmp_path / "net.onnx"), full_check=True)
    found = computed(tmp_path / "net.onnx", x)
    if "MLPClassifier" in net:
        assert_same(found["probabilities"], model.predict_proba(x))
        assert found["label"].tolist() == model.predict(x).tolist()
    else:
        assert_same(found["y"], y)


@pytest.mark.parametrize("opset", [13, 18, None])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_activations(opset, dtype, tmp_path):
    opset = opset or min(onnx.defs.onnx_opset_version(), 22)
    for name in NAMES:
        model, x, y = activated(name)
        if dtype == "float64":
            if "gelu" == name:
                continue  # there is no Erf in float64
            config = model.get_config()
            config["layers"][0]["config"]["dtype"] = dtype
            for layer in config["layers"][1:]:
                layer["config"]["dtype"] = None
            weights, model = model.get_weights(), keras.Sequential.from_config(config)
            model.set_weights(weights)
            y = model.predict(x, verbose=0)
            assert y.dtype == dtype
        model.export(tmp_path / "net.onnx", opset_version=opset)
        assert onnx.load(tmp_path / "net.onnx").opset_import[0].version == opset
        assert_same(computed(tmp_path / "net.onnx", x)["y"], y)


@pytest.mark.parametrize("opset", [12, 999])
def test_opsets_that_there_are_not(opset, tmp_path):
    with pytest.raises(ValueError, match=f"opset_version: got {opset}, expected 13 to"):
        made("PReLU")[0].export(tmp_path / "net.onnx", opset_version=opset)


def test_any_number_of_rows(tmp_path):
    model, x, y = made("Rescaling, rows of two dimensions")
    model.export(tmp_path / "net.onnx")
    for n in (1, 7):
        assert_same(computed(tmp_path / "net.onnx", x[:n])["y"], y[:n])
    dimensions = onnx.load(tmp_path / "net.onnx").graph.input[0].type.tensor_type.shape.dim
    assert [d.dim_param or d.dim_value for d in dimensions] == ["n", 2, 3]


# ---- back ----


@pytest.mark.parametrize("net", [*MODELS, *ESTIMATORS])
def test_comes_back(net, tmp_path):
    model, x, y = made(net)
    export(model, tmp_path / "net.onnx")
    if "middle" in net:
        with pytest.raises(ValueError, match="got Where of "):
            from_onnx(tmp_path / "net.onnx")
        return
    again = from_onnx(tmp_path / "net.onnx")
    assert_same(again.predict(x.reshape(len(x), *again.input_shape[1:]), verbose=0), y)
    if net in MODELS:
        assert again.dtype == model.dtype and again.input_shape == model.input_shape
        again.compile("sgd", "mse")
        again.fit(x, y, verbose=0)


# No operator of their own: they are arithmetic, which is no chain.
MADE_OF_MANY = {"squareplus", "sparse_plus", "tanh_shrink", "log_sigmoid"}


def test_activations_come_back(tmp_path):
    refused = set()
    for name in NAMES:
        model, x, y = activated(name)
        model.export(tmp_path / "net.onnx", opset_version=20)
        try:
            again = from_onnx(tmp_path / "net.onnx")
        except ValueError as error:
            assert "net.onnx: got " in str(error)
            refused.add(name)
        else:
            assert_same(again.predict(x, verbose=0), y)
    assert refused == MADE_OF_MANY


W = np.random.default_rng(0).standard_normal((6, 3)).astype("f4")


def graph(*nodes, constants=(), x=("x", ["n", 6]), y=("y", ["n", None])):
    """A model of these nodes, (operator, inputs, output, attributes) each."""
    constants = {"w": W, "b": W[0]} | dict(constants)
    made = helper.make_graph(
        [helper.make_node(op, i.split(), [o], **given) for op, i, o, given in nodes],
        "g",
        [helper.make_tensor_value_info(x[0], 1, x[1])],
        [helper.make_tensor_value_info(y[0], 1, y[1])],
        [numpy_helper.from_array(np.asarray(a, "f4"), name) for name, a in constants.items()],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


OTHERS = {  # as others write them
    "MatMul, Add, Relu": graph(
        ("MatMul", "x w", "a", {}), ("Add", "a b", "c", {}), ("Relu", "c", "y", {})
    ),
    "Gemm of PyTorch's": graph(
        ("Gemm", "x v b", "a", {"transB": 1}),
        ("Sigmoid", "a", "s", {}),
        ("Mul", "a s", "y", {}),
        constants={"v": W.T},
    ),
    "Gemm with factors": graph(("Gemm", "x w b", "y", {"alpha": 0.5, "beta": 2.0})),
    "scaled": graph(
        ("Sub", "x m", "a", {}),
        ("Div", "a s", "c", {}),
        ("MatMul", "c w", "d", {}),
        ("Mul", "d f", "e", {}),
        ("Softmax", "e", "y", {"axis": 1}),
        constants={"m": np.arange(6), "s": np.arange(1, 7), "f": [-1, 2, 0]},
    ),
    "constant minus x": graph(
        ("Sub", "one x", "a", {}), ("MatMul", "a w", "y", {}), constants={"one": [1.0]}
    ),
    "BatchNormalization, Dropout": graph(
        ("Gemm", "x w b", "a", {}),
        ("BatchNormalization", "a b2 b m v", "c", {"epsilon": 0.1}),
        ("Dropout", "c", "y", {}),
        constants={"b2": [1, 2, 3], "m": [0, 1, 0], "v": [1, 2, 3]},
    ),
    "Clip": graph(
        ("Gemm", "x w b", "a", {}),
        ("Clip", "a zero six", "y", {}),
        constants={"zero": 0.0, "six": 6.0},
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_models_of_others(name, tmp_path):
    x = np.random.default_rng(9).normal(0, 2, (20, 6)).astype("f4")
    path = tmp_path / "net.onnx"
    onnx.save(OTHERS[name], path)
    assert_same(from_onnx(OTHERS[name]).predict(x, verbose=0), computed(path, x)["y"])


REFUSED = [
    (graph(("Conv", "x w", "y", {})), "the operator Conv"),
    (graph(("Add", "x x", "y", {})), "Add of two tensors"),
    (graph(("Div", "b x", "y", {})), "Div by a tensor or by 0"),
    (graph(("Div", "x z", "y", {}), constants={"z": [0.0]}), "Div by a tensor or by 0"),
    (graph(("Gemm", "w x b", "y", {})), "Gemm whose second factor is no constant"),
    (graph(("Gemm", "x w b", "y", {"transA": 1})), "Gemm with transA"),
    (graph(("Softmax", "x", "y", {"axis": 0})), "Softmax along axis 0"),
    (graph(("HardSigmoid", "x", "y", {})), "the operator HardSigmoid"),
    (graph(("Relu", "nothing", "y", {})), "got 'nothing', which no node makes"),
    (graph(("Relu", "y", "y", {})), "nodes in a circle"),
    (graph(("MyOwn", "x", "y", {"domain": "com.me"})), "the operator MyOwn of com.me"),
    (graph(("Gemm", "x w b", "y", {}), x=("w", ["n", 6])), "got inputs none"),
    (graph(("If", "x", "y", {"then_branch": OTHERS["Clip"].graph})), "the operator If"),
]


@pytest.mark.parametrize(("model", "message"), REFUSED)
def test_all_else_is_refused_by_name(model, message, tmp_path):
    onnx.save(model, tmp_path / "net.onnx")
    with pytest.raises(ValueError, match=f"net.onnx: .*{message}"):
        from_onnx(tmp_path / "net.onnx")


def test_no_other_file_is_read(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(72))
    model = graph(("Gemm", "x w b", "y", {}))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="secret")
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ValueError, match="'w' in another file, which is not read"):
        from_onnx(tmp_path / "net.onnx")


@pytest.mark.parametrize("content", [b"", b"no onnx at all", bytes(100), b"\xff" * 40])
def test_damaged_files(content, tmp_path):
    (tmp_path / "net.onnx").write_bytes(content)
    with pytest.raises(ValueError, match="net.onnx: "):
        from_onnx(tmp_path / "net.onnx")


def test_truncated_and_changed_files(tmp_path):
    """An error or a model, nothing else."""
    model, *_ = made("Dense, relu, softmax")
    model.export(tmp_path / "net.onnx")
    content = (tmp_path / "net.onnx").read_bytes()
    generator = np.random.default_rng(0)
    for _ in range(150):
        damaged = bytearray(content[: generator.integers(len(content))])
        for place in generator.integers(len(damaged) or 1, size=min(len(damaged), 3)):
            damaged[place] = generator.integers(256)
        (tmp_path / "net.onnx").write_bytes(damaged)
        try:
            from_onnx(tmp_path / "net.onnx")
        except ValueError as error:
            assert "net.onnx: " in str(error)


def test_outputs_by_name():
    model = graph(("Relu", "x", "a", {}), ("Gemm", "a w b", "y", {}))
    model.graph.output.add().CopyFrom(helper.make_tensor_value_info("a", 1, ["n", 6]))
    with pytest.raises(ValueError, match="output: got none, and outputs y, a"):
        from_onnx(model)
    with pytest.raises(ValueError, match="output: got 'b', expected one of y, a"):
        from_onnx(model, "b")
    assert from_onnx(model, "a").output_shape == (None, 6)
    with pytest.raises(TypeError, match="model: got int"):
        from_onnx(3)


def test_without_onnx(tmp_path):
    program = (
        "import sys; sys.modules['onnx'] = None\nfrom trilobite import Sequential, Input, layers\n"
        "m = Sequential([Input((2,)), layers.Dense(1)])\n"
        "try: m.export('net.onnx')\nexcept ImportError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert "pip install 'trilobite[onnx]'" in done.stdout, done.stderr
    assert not list(tmp_path.iterdir())
