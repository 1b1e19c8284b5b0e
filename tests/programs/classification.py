# Three kinds from four measurements: one-hot targets, early stopping, the best weights kept.
import os
import tempfile

import keras
import numpy as np
from keras import callbacks, layers, regularizers
from keras.utils import to_categorical

rng = np.random.default_rng(3)
centres = np.array([[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.0]])
labels = rng.integers(0, 3, 300)
data = centres[labels] + rng.normal(0, 0.35, (300, 4))
mean, std = data[:200].mean(axis=0), data[:200].std(axis=0)
data = (data - mean) / std
x_train, x_val, x_test = data[:200], data[200:250], data[250:]
y_train, y_val, y_test = (to_categorical(part, 3) for part in np.split(labels, [200, 250]))

model = keras.Sequential(name="flowers")
model.add(keras.Input(shape=(4,)))
model.add(layers.Dense(16, activation="tanh", kernel_regularizer=regularizers.l2(1e-3)))
model.add(layers.BatchNormalization())
model.add(layers.Dense(3, activation="softmax"))
model.set_weights(
    [np.resize([0.3, -0.2, 0.1, -0.4, 0.25], w.shape) ** 2 for w in model.get_weights()]
)
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
path = os.path.join(tempfile.mkdtemp(), "best.weights.h5")
history = model.fit(
    x_train,
    y_train,
    epochs=25,
    batch_size=20,
    validation_data=(x_val, y_val),
    shuffle=False,
    verbose=0,
    callbacks=[
        callbacks.EarlyStopping(monitor="val_loss", patience=6),
        callbacks.ModelCheckpoint(
            path, monitor="val_accuracy", save_best_only=True, save_weights_only=True
        ),
    ],
)
print(len(history.history["loss"]), "epochs")
print("val_loss", " ".join("%.4f" % value for value in history.history["val_loss"]))
print("%d parameters" % model.count_params())
model.load_weights(path)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print("test: loss %.4f, accuracy %.3f" % (loss, accuracy))
predicted = model.predict(x_test, verbose=0).argmax(axis=1)
confusion = np.zeros((3, 3), int)
np.add.at(confusion, (y_test.argmax(axis=1), predicted), 1)
print(confusion)
