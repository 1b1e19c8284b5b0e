"""A program that mypy and pyright read in strict mode; it is not run.

Each `type: ignore` stands where they must find a mistake: both complain where there is none.
"""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

import trilobite as keras
from trilobite import callbacks, layers, losses, metrics, ops, optimizers, plot, tuning
from trilobite.optimizers import schedules
from trilobite.sklearn import MLPClassifier, MLPRegressor

x: NDArray[np.float32] = np.zeros((8, 4), np.float32)
y: NDArray[np.int64] = np.zeros(8, np.int64)


class Ends(callbacks.Callback):
    """Ends the training where the cost is small."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.model.stop_training = bool(logs and logs["loss"] < 0.1)


def chain() -> keras.Model:
    """A model by the functional interface, and another one of its tensors."""
    start = keras.Input((4,))
    hidden = layers.Dense(
        3, "relu", kernel_initializer="he_normal", kernel_regularizer=keras.regularizers.L2(1e-3)
    )(start)
    model = keras.Model(start, layers.Dense(2, name="out", activation="softmax")(hidden))
    return keras.Model(model.inputs, model.output)


def stack() -> keras.Sequential:
    model = keras.Sequential([keras.Input(shape=(4,)), layers.Dropout(0.2), chain()])
    model.add(layers.Rescaling(1 / 255, offset=0.5))
    return model


def train(model: keras.Model) -> float:
    model.compile(
        optimizers.Adam(learning_rate=schedules.CosineDecay(0.1, 100), clipnorm=1.0),
        loss=losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy", metrics.AUC(curve="PR")],
    )
    given = [Ends(), callbacks.EarlyStopping(patience=2, restore_best_weights=True)]
    history = model.fit(x, y, epochs=2, verbose=0, callbacks=given, validation_data=(x, y))
    model.fit(((x, y) for _ in range(3)), steps_per_epoch=3)
    model.save(Path("net.safetensors"))
    ax: Axes = history.plot()
    plot.history(history, ax=ax)
    told: str = tuning.diagnose(history).verdict
    print(told, tuning.learning_rate_range(model, x, y).suggestion)
    return history.history["loss"][-1]


def look(model: keras.Model) -> list[NDArray[Any]]:
    outputs: NDArray[Any] = model.predict(x, batch_size=4)
    kernel = model.trainable_variables[0]
    print(kernel.name, kernel.numpy() + 1, kernel * 2, float(kernel[0, 0]), ops.mean(outputs))
    print(losses.mean_squared_error(x, x), keras.activations.relu(x).shape, model.layers[0].name)
    return [variable.numpy() for variable in model.weights] + model.get_weights()


def estimate() -> NDArray[Any]:
    classifier = MLPClassifier((5,), dropout=0.1, class_weight="balanced").fit(x, y)
    plot.cost_contour(MLPRegressor(hidden_layer_sizes=5).fit(x, y), x, y, n=3)
    return classifier.predict_proba(x)


def mistakes(model: keras.Model) -> None:
    model.fit(x, y, epochs="3")  # type: ignore[arg-type]
    model.fit(x, y, epoch=3)  # type: ignore[call-arg]
    model.fit(x, y, callbacks=callbacks.EarlyStopping())  # type: ignore[arg-type]
    model.fitt(x, y)  # type: ignore[attr-defined]
    model.evaluate(x, y, verbose=3)  # type: ignore[arg-type]
    layers.Dense(3, activaton="relu")  # type: ignore[call-arg]
    layers.Dense("3")  # type: ignore[arg-type]
    optimizers.SGD(momentum="high")  # type: ignore[arg-type]
    callbacks.EarlyStopping(mode="best")  # type: ignore[arg-type]
    metrics.AUC(curve="XY")  # type: ignore[arg-type]
    keras.models.load_model(3)  # type: ignore[arg-type]
    MLPClassifier(loss="log")  # type: ignore[arg-type]
    keras.Sequentiel()  # type: ignore[attr-defined]
    verdict: int = tuning.diagnose(model.history).verdict  # type: ignore[assignment]
    print(verdict)
