"""The other libraries, each in its fastest honest form: data in memory, least Python per step.

They are imported where they are used, so that each of them may be missing.
"""

import os
import warnings
from dataclasses import replace
from functools import partial

import numpy as np
from implementations import COSTS, OUTPUTS, Implementation, pairs_of


class ScikitLearn(Implementation):
    """MLPClassifier. It computes no accuracy in training. For two classes it has one output."""

    name, needs = "scikit-learn", ("sklearn",)

    @staticmethod
    def form(net):
        if net.squared:
            return None  # it halves the squared error
        return replace(net, widths=(*net.widths[:-1], 1)) if net.widths[-1] == 2 else net

    def begin(self, weights):
        from sklearn.neural_network import MLPClassifier

        self.model = MLPClassifier(
            self.net.widths[1:-1],
            activation=self.net.activation,
            solver=self.net.optimizer,
            epsilon=1e-7,
            alpha=0,
            batch_size=self.net.batch,
            learning_rate_init=self.learning_rate,
            momentum=0,
            n_iter_no_change=10**6,
            shuffle=self.shuffle,
            warm_start=True,  # takes the weights that it has, once it has made some
        )
        classes = np.arange(max(2, self.net.widths[-1]))
        self._fit(np.zeros((len(classes), self.net.widths[0]), np.float32), classes, 1)
        self.model.coefs_ = [w.copy() for w in weights[::2]]
        self.model.intercepts_ = [b.copy() for b in weights[1::2]]

    def _fit(self, x, y, epochs):
        self.model.max_iter = epochs
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # not converged, or fewer rows than a batch
            self.model.fit(x, y)

    def fit(self, epochs):
        self._fit(self.x, self.y, epochs)
        return [(cost, None) for cost in self.model.loss_curve_[-epochs:]]

    def weights(self):
        pairs = zip(self.model.coefs_, self.model.intercepts_, strict=True)
        return [a for pair in pairs for a in pair]

    def predict(self):
        p = self.model.predict_proba(self.x)
        return p[:, 1:] if self.net.widths[-1] == 1 else p


class Torch(Implementation):
    """PyTorch, eager: `randperm`, rows by index, cost and accuracy summed in tensors.

    The option: how the optimizer goes over the arrays, and on how many threads all runs.
    """

    name, needs = "PyTorch", ("torch",)
    same_adam = False  # it adds epsilon to the corrected velocity's root
    options = tuple(
        {"threads": threads} | way
        for threads in (None, 1)
        for way in ({"foreach": True}, {"fused": True}, {"foreach": False})
    )
    blocks = (1024, 8192, 10**9)

    def begin(self, weights):
        import torch

        activation = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}[self.net.activation]
        layers = []
        for w, b in zip(weights[::2], weights[1::2], strict=True):
            layers += [torch.nn.Linear(*w.shape), activation()]
            layers[-2].weight.data = torch.tensor(np.ascontiguousarray(w.T))
            layers[-2].bias.data = torch.tensor(b)
        self.torch, self.model = torch, torch.nn.Sequential(*layers[:-1])
        self.x, self.y = torch.from_numpy(self.x), torch.from_numpy(self.y)
        self.threads = None
        if isinstance(self.option, dict):
            kinds = {"sgd": torch.optim.SGD, "adam": partial(torch.optim.Adam, eps=1e-7)}
            options = dict(self.option)
            self.threads = options.pop("threads")
            self.optimizer = kinds[self.net.optimizer](
                self.model.parameters(), self.learning_rate, **options
            )
        if self.net.cost == "binary":
            self.y = self.y[:, None].to(self.x.dtype)

    def fit(self, epochs):
        threads = self.torch.get_num_threads()
        try:
            self.torch.set_num_threads(self.threads or threads)
            return [self._epoch() for _ in range(epochs)]
        finally:
            self.torch.set_num_threads(threads)

    def _epoch(self):
        torch, n = self.torch, len(self.x)
        functions = torch.nn.functional
        cost_of = {
            "squared": functions.mse_loss,
            "binary": functions.binary_cross_entropy_with_logits,
            "categorical": functions.cross_entropy,
        }[self.net.cost]
        cost, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        order = torch.randperm(n) if self.shuffle else torch.arange(n)
        for rows in order.split(self.net.batch):
            y = self.y[rows]
            z = self.model(self.x[rows])
            mean = cost_of(z, y)
            self.optimizer.zero_grad()
            mean.backward()
            self.optimizer.step()
            with torch.no_grad():
                cost.add_(mean, alpha=len(rows))
                if self.net.cost == "binary":
                    right += ((z > 0) == y).sum()
                elif self.net.cost == "categorical":
                    right += (z.argmax(1) == y).sum()
        return cost.item() / n, None if self.net.squared else right.item() / n

    def weights(self):
        return [p.detach().numpy().T for p in self.model.parameters()]

    def predict(self):
        torch = self.torch
        with torch.inference_mode():
            outputs = [self.model(x).softmax(1) for x in self.x.split(self.option or 1024)]
            return torch.cat(outputs) if len(outputs) > 1 else outputs[0]


class Jax(Implementation):
    """JAX: an epoch, with its shuffle, is one compiled function, a `lax.scan` over the batches.

    The option: rows are put in order before the scan, otherwise in each step.
    """

    name, needs = "JAX", ("jax",)
    options = (False, True)

    def begin(self, weights):
        import jax
        import jax.numpy as jnp

        n, batch = len(self.x), min(self.net.batch, len(self.x))

        activation = {"relu": lambda z: jnp.maximum(z, 0), "tanh": jnp.tanh}[self.net.activation]

        def cost(weights, x, y):
            for w, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
                x = activation(x @ w + b)
            z = x @ weights[-2] + weights[-1]
            if self.net.squared:
                return ((z - y) ** 2).mean(), jnp.nan
            if self.net.cost == "binary":
                z = z[:, 0]
                return jnp.mean(jnp.logaddexp(0, z) - y * z), ((z > 0) == y).sum()
            log_p = jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1)
            return -log_p.mean(), (z.argmax(axis=1) == y).sum()

        def sgd(state, gradient):
            weights, t, moments = state
            weights = [w - rate * dw for w, dw in zip(weights, gradient, strict=True)]
            return weights, t, moments

        def adam(state, gradient):
            weights, t, moments = state
            t = t + 1
            size = rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            moments = [
                (m + (dw - m) * 0.1, v + (dw * dw - v) * 0.001)
                for (m, v), dw in zip(moments, gradient, strict=True)
            ]
            weights = [
                w - size * m / (jnp.sqrt(v) + 1e-7)
                for w, (m, v) in zip(weights, moments, strict=True)
            ]
            return weights, t, moments

        rate, update = self.learning_rate, {"sgd": sgd, "adam": adam}[self.net.optimizer]

        def epoch(state, key, x, y):
            def pick(rows):
                return x[rows], y[rows]

            def step(state, rows):
                x, y = rows if self.option else pick(rows)
                (mean, right), gradient = jax.value_and_grad(cost, has_aux=True)(state[0], x, y)
                return update(state, gradient), (mean * len(y), right)

            key, now = jax.random.split(key)
            order = jax.random.permutation(now, n) if self.shuffle else jnp.arange(n)
            full = n - n % batch
            batches, rest = order[:full].reshape(-1, batch), order[full:]
            if self.option:
                batches, rest = pick(batches), pick(rest)
            state, sums = jax.lax.scan(step, state, batches)
            sums = [s.sum() for s in sums]
            if full < n:
                state, last = step(state, rest)
                sums = [s + r for s, r in zip(sums, last, strict=True)]
            return state, key, [s / n for s in sums]

        self.epoch = jax.jit(epoch, donate_argnums=0)
        self.key = jax.random.key(0)
        self.x = jnp.asarray(self.x)
        self.y = jnp.asarray(self.y, None if self.net.squared else jnp.int32)
        weights = [jnp.array(w) for w in weights]
        moments = [(jnp.zeros_like(w), jnp.zeros_like(w)) for w in weights]
        self.state = weights, jnp.array(0.0), moments if self.net.optimizer == "adam" else []

    def fit(self, epochs):
        history = []
        for _ in range(epochs):
            self.state, self.key, means = self.epoch(self.state, self.key, self.x, self.y)
            history.append(means)
        return [
            (float(cost), None if self.net.squared else float(accuracy))
            for cost, accuracy in history
        ]

    def weights(self):
        return [np.asarray(w) for w in self.state[0]]


class OlderJax(Jax):
    """JAX 0.4.31, whose CPU runtime is quicker to start a step than its successors'.

    In an environment of its own, with trilobite: TRILOBITE_BENCH_JAX_0_4_31 is its Python.
    """

    name, python = "JAX 0.4.31", os.environ.get("TRILOBITE_BENCH_JAX_0_4_31")


class Numba(Implementation):
    """What one writes oneself: NumPy's operations, an epoch in one function that numba compiles."""

    name, needs = "numba", ("numba",)

    @staticmethod
    def form(net):
        known = net.optimizer == "sgd" and net.activation == "relu" and net.cost == "categorical"
        return net if known else None

    def begin(self, weights):
        from loops import epoch
        from numba.typed import List

        self.epoch, self.rng = epoch, np.random.default_rng(0)
        self.w, self.b = List(w.copy() for w in weights[::2]), List(b.copy() for b in weights[1::2])
        self.y = self.y.astype(np.int64)

    def fit(self, epochs):
        n, history = len(self.x), []
        rate = self.x.dtype.type(self.learning_rate)
        for _ in range(epochs):
            order = self.rng.permutation(n) if self.shuffle else np.arange(n)
            cost, right = self.epoch(self.w, self.b, self.x, self.y, order, self.net.batch, rate)
            history.append((cost / n, right / n))
        return history

    def weights(self):
        return [a for pair in zip(self.w, self.b, strict=True) for a in pair]


class KerasTensorFlow(Implementation):
    """Keras on TensorFlow, all steps of an epoch in one call; the option is `jit_compile`."""

    name, needs = "Keras (TensorFlow)", ("keras", "tensorflow")
    options = (False, True)

    def begin(self, weights):
        import keras

        *hidden, output = self.net.widths[1:]
        layers = [keras.Input((self.net.widths[0],))]
        layers += [keras.layers.Dense(n, activation=self.net.activation) for n in hidden]
        layers += [keras.layers.Dense(output, activation=OUTPUTS[self.net.cost])]
        self.model = keras.Sequential(layers)
        self.model.compile(
            keras.optimizers.get(
                {"class_name": self.net.optimizer, "config": {"learning_rate": self.learning_rate}}
            ),
            COSTS[self.net.cost],
            metrics=[] if self.net.squared else ["accuracy"],
            jit_compile=self.option,
            steps_per_execution=-(-len(self.x) // self.net.batch),
        )
        self.model.set_weights(weights)

    def fit(self, epochs):
        history = self.model.fit(
            self.x, self.y, self.net.batch, epochs, verbose=0, shuffle=self.shuffle
        ).history
        return pairs_of(history)

    def weights(self):
        return self.model.get_weights()


class OnnxRuntime(Implementation):
    """ONNX Runtime, for prediction only."""

    name, needs = "ONNX Runtime", ("onnx", "onnxruntime")
    blocks = (1024, 8192, 10**9)

    def begin(self, weights):
        import onnxruntime
        from onnx import TensorProto, helper, numpy_helper

        nodes, y = [], "x"
        for i in range(0, len(weights), 2):
            last = i + 2 == len(weights)
            nodes.append(helper.make_node("Gemm", [y, str(i), str(i + 1)], [f"z{i}"]))
            y = "y" if last else f"y{i}"
            nodes.append(helper.make_node("Softmax" if last else "Relu", [f"z{i}"], [y]))
        ends = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
            for name, width in (("x", self.net.widths[0]), ("y", self.net.widths[-1]))
        ]
        arrays = [numpy_helper.from_array(w, str(i)) for i, w in enumerate(weights)]
        model = helper.make_model(
            helper.make_graph(nodes, "net", ends[:1], ends[1:], arrays),
            opset_imports=[helper.make_opsetid("", 17)],
            ir_version=8,
        )
        self.session = onnxruntime.InferenceSession(model.SerializeToString())

    def predict(self):
        block = self.option or 1024
        outputs = [
            self.session.run(None, {"x": self.x[i : i + block]})[0]
            for i in range(0, len(self.x), block)
        ]
        return np.concatenate(outputs) if len(outputs) > 1 else outputs[0]


TRAINERS = [ScikitLearn, Torch, Jax, OlderJax, Numba, KerasTensorFlow]
PREDICTORS = [ScikitLearn, Torch, OnnxRuntime]
