"""Training that goes on after it was killed, and a model that goes on after it was saved.

    python examples/resume.py [folder] [epochs]

Interrupt it, with Ctrl-C or kill -9, and start it again: it goes on with the epoch that it was in,
and in the end has the same bits as if nothing had happened.
"""

import sys
from pathlib import Path

import trilobite as keras
from trilobite import callbacks, layers

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "resume")
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 500
folder.mkdir(exist_ok=True)

(x_train, y_train), (x_valid, y_valid) = keras.datasets.digits.load_data()

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input(shape=(8, 8)),
        layers.Rescaling(1 / 16),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    x_train,
    y_train,
    epochs=epochs,
    verbose=2,
    validation_data=(x_valid, y_valid),
    callbacks=[
        callbacks.BackupAndRestore(folder / "backup"),
        callbacks.ModelCheckpoint(folder / "best.safetensors", save_best_only=True),
        callbacks.CSVLogger(folder / "log.csv"),
    ],
)
print(f"{len(history.epoch)} epochs, the last val_loss: {history.history['val_loss'][-1]:.6f}")

# The file of the best epoch is a whole model, which could be trained on.
best = keras.models.load_model(folder / "best.safetensors")
loss, accuracy = best.evaluate(x_valid, y_valid, verbose=0)
print(f"best.safetensors: val_loss {loss:.6f}, val_accuracy {accuracy:.4f}")
