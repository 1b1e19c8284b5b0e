# Pictures to classes, by way of logits.
import numpy as np
import tensorflow as tf

tf.random.set_seed(1)
rng = np.random.default_rng(1)
templates = rng.integers(0, 256, (10, 14, 14))


def draw(n):
    y = rng.integers(0, 10, n)
    return np.clip(templates[y] + rng.normal(0, 80, (n, 14, 14)), 0, 255), y


(x_train, y_train), (x_test, y_test) = draw(640), draw(160)
x_train, x_test = x_train / 255.0, x_test / 255.0

model = tf.keras.models.Sequential(
    [
        tf.keras.layers.Input(shape=(14, 14)),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(32, activation="relu"),
        tf.keras.layers.Dropout(0.0),
        tf.keras.layers.Dense(10),
    ]
)
model.set_weights([rng.normal(0, 0.1, w.shape) for w in model.get_weights()])
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer="adam", loss=loss_fn, metrics=["accuracy"])
model.fit(x_train, y_train, epochs=5, shuffle=False, verbose=0)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"loss {loss:.5f}, accuracy {accuracy:.4f}")

logits = model.predict(x_test[:3], verbose=0)
print(np.argmax(logits, axis=1), y_test[:3])
print(" ".join(f"{value:.4f}" for value in logits[0]))
