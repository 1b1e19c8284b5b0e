# Small, large and regularized networks on few rows: who learns by heart?
import keras
import numpy as np
from keras import callbacks, layers, regularizers
from keras.optimizers import schedules

rng = np.random.default_rng(11)
features = rng.normal(size=(300, 10)).astype("float32")
labels = (features[:, 0] * features[:, 1] + rng.normal(0, 0.7, 300) > 0).astype("float32")[:, None]
BATCH_SIZE = 50
STEPS_PER_EPOCH = 200 // BATCH_SIZE
lr_schedule = schedules.InverseTimeDecay(
    0.01, decay_steps=STEPS_PER_EPOCH * 10, decay_rate=1, staircase=False
)


def get_callbacks():
    return [callbacks.EarlyStopping(monitor="val_binary_crossentropy", patience=8)]


def compile_and_fit(model, name, max_epochs=20):
    draws = np.random.default_rng(0)
    model.set_weights(
        [draws.normal(0, 1 / np.sqrt(w.shape[0]), w.shape) for w in model.get_weights()]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(lr_schedule),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[
            keras.metrics.BinaryCrossentropy(from_logits=True, name="binary_crossentropy"),
            keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy"),
        ],
    )
    history = model.fit(
        features[:200],
        labels[:200],
        batch_size=BATCH_SIZE,
        epochs=max_epochs,
        validation_data=(features[200:], labels[200:]),
        callbacks=get_callbacks(),
        shuffle=False,
        verbose=0,
    ).history
    print(name, "trained for", len(history["loss"]), "epochs")
    for key in ("loss", "val_loss", "val_binary_crossentropy", "val_accuracy"):
        print("  %s %.4f -> %.4f" % (key, history[key][0], history[key][-1]))


tiny = keras.Sequential([keras.Input((10,)), layers.Dense(8, activation="elu"), layers.Dense(1)])
large = keras.Sequential(
    [keras.Input((10,)), *[layers.Dense(48, activation="elu") for _ in range(3)], layers.Dense(1)]
)
l2 = keras.Sequential(
    [
        keras.Input((10,)),
        layers.Dense(48, activation="elu", kernel_regularizer=regularizers.l2(0.001)),
        layers.Dense(48, activation="elu", kernel_regularizer=regularizers.L1L2(l1=1e-4, l2=0.001)),
        layers.Dense(1),
    ]
)
for name, model in {"tiny": tiny, "large": large, "l2": l2}.items():
    compile_and_fit(model, name)
print("%d, %d and %d parameters" % tuple(m.count_params() for m in (tiny, large, l2)))
