"""Training that ends by itself: no number of epochs, the best weights, a falling learning rate.

    python examples/early_stopping.py [patience]

Trains on the handwritten digits that ship with trilobite until the validation cost has not
improved for `patience` epochs, 10 by default.
"""

import sys

import trilobite as keras
from trilobite import callbacks, layers

patience = int(sys.argv[1]) if len(sys.argv) > 1 else 10

(x_train, y_train), (x_valid, y_valid) = keras.datasets.digits.load_data()

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input(shape=(8, 8)),
        layers.Rescaling(1 / 16),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.2, momentum=0.9),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(
    x_train,
    y_train,
    epochs=1_000_000,
    verbose=0,
    validation_data=(x_valid, y_valid),
    callbacks=[
        callbacks.EarlyStopping(patience=patience, restore_best_weights=True, verbose=1),
        callbacks.ReduceLROnPlateau(patience=max(1, patience // 3), factor=0.3, verbose=1),
    ],
)
loss, accuracy = model.evaluate(x_valid, y_valid, verbose=0)
print(f"after {len(history.epoch)} epochs: val_loss {loss:.4f}, val_accuracy {accuracy:.4f}")
print(f"the lowest val_loss of the history: {min(history.history['val_loss']):.4f}")
