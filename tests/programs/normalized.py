# Few of many: metrics of counts, weights of classes, a bias that knows how few, weights held small.
import keras
import numpy as np
from keras import layers, metrics

rng = np.random.default_rng(7)
n = 640
x = rng.normal(3, 2, (n, 5)) * [1, 10, 100, 1, 0.1]
score = (x[:, 0] - 3) / 2 + (x[:, 1] - 30) / 20 + rng.normal(0, 0.5, n)
y = (score > 1.8).astype("int32")
positive = y.mean()
print("positive: %.4f" % positive)

normalization = layers.Normalization(axis=-1)
normalization.adapt(x[:480])

METRICS = [
    metrics.TruePositives(name="tp"),
    metrics.FalsePositives(name="fp"),
    metrics.TrueNegatives(name="tn"),
    metrics.FalseNegatives(name="fn"),
    metrics.BinaryAccuracy(name="accuracy"),
    metrics.Precision(name="precision"),
    metrics.Recall(name="recall"),
    metrics.AUC(name="auc"),
    metrics.AUC(name="prc", curve="PR"),
]
HELD = {
    "free": {},
    "l2": {"kernel_regularizer": keras.regularizers.L2(0.01)},
    "max_norm": {"kernel_constraint": keras.constraints.MaxNorm(0.5)},
    "activity": {"activity_regularizer": "l2"},
}

for name, held in HELD.items():
    model = keras.Sequential(
        [
            keras.Input((5,)),
            normalization,
            layers.Dense(16, **held),
            layers.LeakyReLU(negative_slope=0.1),
            layers.GaussianNoise(0.0),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    draws = np.random.default_rng(0)
    for dense in (model.layers[1], model.layers[-1]):
        dense.set_weights([draws.normal(0, 0.4, w.shape) for w in dense.get_weights()])
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel, np.log([positive / (1 - positive)])])
    model.compile(keras.optimizers.Adam(0.01), keras.losses.BinaryCrossentropy(), metrics=METRICS)
    history = model.fit(
        x[:480],
        y[:480],
        batch_size=64,
        epochs=8,
        shuffle=False,
        verbose=0,
        class_weight={0: 0.5 / (1 - positive), 1: 0.5 / positive},
        validation_data=(x[480:], y[480:]),
    )
    for key in ("loss", "val_loss", "val_tp", "val_fp", "val_recall", "val_auc", "val_prc"):
        print(name, key, " ".join("%.4f" % value for value in history.history[key][::3]))
