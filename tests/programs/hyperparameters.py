# A chapter on choices: activations, initializers, optimizers, learning rates, side by side.
import keras
import numpy as np
from keras.initializers import glorot_normal, he_uniform
from keras.layers import BatchNormalization, Dense
from keras.models import Sequential

keras.utils.set_random_seed(42)
rng = np.random.default_rng(2)
x = rng.uniform(-1, 1, (400, 2)).astype("float32")
y = keras.utils.to_categorical((np.hypot(*x.T) > 0.6).astype(int) + (x[:, 0] > 0.5), 3)


def build(hidden, n_hidden, initializer, normalize):
    model = Sequential()
    model.add(keras.Input(shape=(2,)))
    for _ in range(n_hidden):
        model.add(Dense(12, activation=hidden, kernel_initializer=initializer))
        if normalize:
            model.add(BatchNormalization())
    model.add(Dense(3, activation="softmax"))
    draws = np.random.default_rng(1)
    weights = model.get_weights()
    model.set_weights([draws.normal(0, 0.5, w.shape) if w.ndim == 2 else w for w in weights])
    return model


def train(name, optimizer, loss="categorical_crossentropy", **choices):
    options = {"hidden": "relu", "n_hidden": 1, "initializer": "he_normal", "normalize": False}
    model = build(**{**options, **choices})
    model.compile(loss=loss, optimizer=optimizer, metrics=["accuracy", "mse"])
    history = model.fit(x, y, batch_size=40, epochs=8, verbose=0, shuffle=False).history
    print("%-22s" % name, " ".join("%.4f" % value for value in history["loss"][::3]), end="  ")
    print("accuracy %.4f, mse %.4f" % (history["accuracy"][-1], history["mse"][-1]))
    return model


optimizers = keras.optimizers
for rate in (0.001, 0.1):
    train(f"sgd, rate {rate}", optimizers.SGD(learning_rate=rate))
for name in ("RMSprop", "nadam"):
    train(name, optimizers.get(name))
for hidden in ("tanh", keras.activations.softplus):
    label = hidden if isinstance(hidden, str) else hidden.__name__
    train(label, "adam", hidden=hidden, n_hidden=2, initializer=glorot_normal())
train("quadratic cost", optimizers.Adam(0.01), loss="mean_squared_error")
options = {"hidden": "elu", "n_hidden": 3, "normalize": True}  # relu: one row is at its kink
train("normalized", optimizers.Adam(0.01, clipnorm=1.0), **options)
deep = train("deep", optimizers.Adam(0.01), n_hidden=4, initializer=he_uniform(seed=1))

probabilities = deep.predict(x[:50], verbose=0)
accuracy = keras.metrics.CategoricalAccuracy()
accuracy.update_state(y[:50], probabilities)
print("by hand: accuracy %.3f" % float(accuracy.result()))
loss = keras.losses.CategoricalCrossentropy()(y[:50], probabilities)
print("by hand: loss %.5f" % float(loss))
each = np.asarray(keras.losses.mean_squared_error(y[:3], probabilities[:3]))
print("by hand: errors", " ".join("%.5f" % value for value in each))
