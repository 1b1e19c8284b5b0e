"""An intermediate-depth network reads handwritten digits: two hidden layers of rectifiers.

    python examples/intermediate_net.py [epochs]

The pixels stay bytes: the first layer rescales them while the network reads them.
20 epochs end near val_accuracy 0.976.
"""

import sys

import trilobite as keras
from trilobite import layers

epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 20

(x_train, y_train), (x_valid, y_valid) = keras.datasets.mnist.load_data()

model = keras.Sequential(
    [
        keras.Input(shape=(28, 28)),
        layers.Rescaling(1 / 255),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.summary()

model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x_train, y_train, batch_size=128, epochs=epochs, validation_data=(x_valid, y_valid))

probabilities = model.predict(x_valid[:5])
print("predicted:", probabilities.argmax(axis=1), "true:", y_valid[:5])
