"""A shallow network reads handwritten digits: one hidden layer of sigmoids, quadratic cost.

    python examples/shallow_net.py [epochs]

200 epochs end near val_loss 0.0286 and val_accuracy 0.856.
"""

import sys

import trilobite as keras
from trilobite.layers import Dense

epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 200

(x_train, y_train), (x_valid, y_valid) = keras.datasets.mnist.load_data()
x_train = x_train.reshape(60000, 784).astype("float32") / 255
x_valid = x_valid.reshape(10000, 784).astype("float32") / 255
y_train = keras.utils.to_categorical(y_train, 10)
y_valid = keras.utils.to_categorical(y_valid, 10)

model = keras.Sequential()
model.add(Dense(64, activation="sigmoid", input_shape=(784,)))
model.add(Dense(10, activation="softmax"))
model.summary()

model.compile(
    loss="mean_squared_error",
    optimizer=keras.optimizers.SGD(learning_rate=0.01),
    metrics=["accuracy"],
)
model.fit(x_train, y_train, batch_size=128, epochs=epochs, validation_data=(x_valid, y_valid))
