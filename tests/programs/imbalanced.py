# One case in twenty is what is looked for: weights of classes, a first bias, metrics that tell.
import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(21)
n = 800
labels = (rng.random(n) < 0.05).astype(int)
features = rng.normal(size=(n, 6)) + labels[:, None] * [1.5, -1, 0.5, 0, 0, 1]
neg, pos = np.bincount(labels)
print("%d examples, %d of them positive (%.2f%%)" % (n, pos, 100 * pos / n))
features = np.clip((features - features.mean(0)) / features.std(0), -5, 5)
train, test = slice(0, 600), slice(600, None)

METRICS = [
    keras.metrics.MeanSquaredError(name="brier"),
    keras.metrics.TruePositives(name="tp"),
    keras.metrics.FalsePositives(name="fp"),
    keras.metrics.TrueNegatives(name="tn"),
    keras.metrics.FalseNegatives(name="fn"),
    keras.metrics.BinaryAccuracy(name="accuracy"),
    keras.metrics.Precision(name="precision"),
    keras.metrics.Recall(name="recall"),
    keras.metrics.AUC(name="auc"),
    keras.metrics.AUC(name="prc", curve="PR"),
]


def make_model(metrics=METRICS, output_bias=None):
    if output_bias is not None:
        output_bias = keras.initializers.Constant(output_bias)
    model = keras.Sequential(
        [
            keras.Input((features.shape[-1],)),
            layers.Dense(16, activation="relu"),
            layers.Dropout(0.0),
            layers.Dense(1, activation="sigmoid", bias_initializer=output_bias or "zeros"),
        ]
    )
    draws = np.random.default_rng(0)
    weights = model.get_weights()
    model.set_weights([draws.normal(0, 0.3, w.shape) if w.ndim == 2 else w for w in weights])
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=1e-2),
        loss=keras.losses.BinaryCrossentropy(),
        metrics=metrics,
    )
    return model


initial_bias = np.log([pos / neg])
model = make_model(output_bias=initial_bias[0])
print("bias", model.layers[-1].get_weights()[1])
results = model.evaluate(features[train], labels[train], batch_size=200, verbose=0)
print("Loss before: %.4f" % results[0])
weight_for_0, weight_for_1 = (1 / neg) * (n / 2.0), (1 / pos) * (n / 2.0)
print("Weight for class 0: %.2f, for class 1: %.2f" % (weight_for_0, weight_for_1))
for class_weight in (None, {0: weight_for_0, 1: weight_for_1}):
    model = make_model(output_bias=initial_bias[0])
    model.fit(
        features[train],
        labels[train],
        batch_size=100,
        epochs=12,
        shuffle=False,
        verbose=0,
        class_weight=class_weight,
    )
    results = model.evaluate(
        features[test], labels[test], batch_size=100, verbose=0, return_dict=True
    )
    print({name: round(float(value), 3) for name, value in sorted(results.items())})
