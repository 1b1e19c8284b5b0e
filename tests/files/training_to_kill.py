"""A training on the digits that goes on where it was killed: tests/files/test_resume.py runs it.

    python tests/files/training_to_kill.py FOLDER [steps]

It writes FOLDER/result when it is through. FOLDER/backup and FOLDER/log.csv are what it leaves
behind when it is killed before.
"""

import json
import sys
from pathlib import Path

import numpy as np

import trilobite as keras
from trilobite import callbacks, layers

folder = Path(sys.argv[1])
save_freq = int(sys.argv[2]) if len(sys.argv) > 2 else "epoch"

(x, y), (x_test, y_test) = keras.datasets.digits.load_data()
x, y, x_test, y_test = x[:300], y[:300], x_test[:100], y_test[:100]

keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        keras.Input((8, 8)),
        layers.Rescaling(1 / 16),
        layers.Flatten(),
        layers.Dense(24, activation="relu"),
        layers.BatchNormalization(),
        layers.Dropout(0.2),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
backup = callbacks.BackupAndRestore(folder / "backup", save_freq=save_freq)
stopping = callbacks.EarlyStopping(patience=12, min_delta=0.02, restore_best_weights=True)
history = model.fit(
    x,
    y,
    epochs=100_000,
    batch_size=32,
    verbose=0,
    validation_data=(x_test, y_test),
    callbacks=[
        backup,
        stopping,
        callbacks.ReduceLROnPlateau(factor=0.5, patience=3),
        callbacks.CSVLogger(folder / "log.csv"),
        callbacks.ModelCheckpoint(folder / "best.safetensors", save_best_only=True),
    ],
)
arrays = [*model.get_weights(), *model.optimizer.state.get_state()]
result = {
    "arrays": [np.asarray(a).tobytes().hex() for a in arrays],
    "iterations": model.optimizer.iterations,
    "learning_rate": model.optimizer.learning_rate,
    "epoch": history.epoch,
    "history": history.history,
    "stopping": [stopping.best, stopping.best_epoch, stopping.stopped_epoch, stopping.wait],
}
(folder / "result.part").write_text(json.dumps(result))
(folder / "result.part").rename(folder / "result")
