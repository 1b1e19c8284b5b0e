"""PyTorch: modules that compute the same, and models of theirs."""

import numpy as np
import pytest
from export_nets import MODELS, NAMES, NO_MODULE, activated, assert_same, chain, made

from trilobite import layers
from trilobite.export import from_torch

X = np.random.default_rng(4).standard_normal((12, 6)).astype("f4")


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed")


def computed(torch, module, x):
    with torch.no_grad():
        parameter = next(iter(module.state_dict().values()))
        return module(torch.from_numpy(x).to(parameter.dtype)).numpy()


@pytest.mark.parametrize("net", MODELS)
def test_there_and_back(net, torch):
    model, x, y = made(net)
    if net in NO_MODULE:
        with pytest.raises(ValueError, match=f"got .*{NO_MODULE[net]}.*PyTorch has no module"):
            model.to_torch()
        return
    module = model.to_torch()
    assert type(module) is torch.nn.Sequential and not module.training
    rough = net == "Normalization"  # of means 100 times the deviations: PyTorch multiplies first
    np.testing.assert_allclose(computed(torch, module, x), y, *[1e-4 if rough else 1e-6] * 2)
    again = from_torch(module)
    assert again.dtype == model.dtype
    assert_same(again.predict(x.reshape(len(x), -1), verbose=0), y)


def test_batch_normalization_and_dropout(torch):
    """With their numbers, so that training means the same."""
    model = chain(
        layers.Dense(4, "relu"),
        layers.BatchNormalization(momentum=0.9, epsilon=0.01),
        layers.Dropout(0.25),
        layers.Dense(2, use_bias=False),
    )
    module = model.to_torch()
    kinds = [type(part).__name__ for part in module]
    assert kinds == ["Linear", "ReLU", "BatchNorm1d", "Dropout", "Linear"]
    assert (module[2].eps, module[3].p) == (0.01, 0.25)
    assert module[2].momentum == pytest.approx(0.1)
    assert_same(computed(torch, module, X), model.predict(X, verbose=0))
    again = from_torch(module)
    found = [type(layer).__name__ for layer in again.layers]
    assert found == ["Dense", "Activation", "BatchNormalization", "Dropout", "Dense"]
    assert again.layers[2].momentum == pytest.approx(0.9)
    assert again.layers[3].rate == 0.25
    assert_same(again.predict(X, verbose=0), model.predict(X, verbose=0))


# They are no modules of PyTorch's.
ARITHMETIC = {"exponential", "squareplus", "sparse_plus", "sparse_sigmoid"}


def test_activations(torch):
    refused = set()
    for name in NAMES:
        model, x, y = activated(name)
        try:
            module = model.to_torch()
        except ValueError as error:
            assert f"got {name!r}, for which PyTorch has no module" in str(error)
            refused.add(name)
            continue
        assert_same(computed(torch, module, x), y)
        assert_same(from_torch(module).predict(x, verbose=0), y)
    assert refused == ARITHMETIC


def test_what_is_refused(torch):
    nn = torch.nn

    class Own(nn.Module):
        pass

    for module, message in [
        (nn.Sequential(nn.Linear(6, 2), nn.Conv1d(2, 2, 1)), r"module.1: got Conv1d"),
        (nn.Sequential(nn.Linear(6, 2), Own()), r"module.1: got Own"),
        (nn.Sequential(nn.Linear(6, 2), nn.Softplus(beta=2)), "got Softplus"),
        (nn.Sequential(nn.Softmax(dim=0), nn.Linear(6, 2)), "got Softmax"),
        (nn.ReLU(), "got no Linear"),
        (nn.Linear(6, 2).half(), "got float16, expected float32 or float64"),
    ]:
        with pytest.raises(ValueError, match=message):
            from_torch(module)
    with pytest.raises(TypeError, match="module: got int"):
        from_torch(3)


def test_state_dict_of_a_file(tmp_path):
    """Without PyTorch: `relu` between two products."""
    safetensors = pytest.importorskip("safetensors.numpy")
    model = chain(layers.Dense(5, "relu"), layers.Dense(4, "relu"), layers.Dense(2))
    state = {}
    for layer, number in zip(model.layers, (0, 2, 10), strict=True):
        kernel, bias = layer.get_weights()
        kernel = np.ascontiguousarray(kernel.T)
        state |= {f"net.{number}.weight": kernel, f"net.{number}.bias": bias}
    safetensors.save_file(state, tmp_path / "net.safetensors")
    again = from_torch(tmp_path / "net.safetensors")
    assert_same(again.predict(X, verbose=0), model.predict(X, verbose=0))
    safetensors.save_file({"conv.weight": np.ones((2, 2, 3))}, tmp_path / "net.safetensors")
    with pytest.raises(ValueError, match=r"net.safetensors: got 'conv' of {'weight': \(2, 2, 3\)}"):
        from_torch(tmp_path / "net.safetensors")
    (tmp_path / "net.safetensors").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="net.safetensors: damaged"):
        from_torch(tmp_path / "net.safetensors")
