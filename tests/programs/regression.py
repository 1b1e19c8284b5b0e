# Fuel of cars: a table scaled by hand, a held-out part, a learning rate that falls.
import keras
import numpy as np
from keras.layers import Activation, Dense
from keras.models import Sequential

rng = np.random.default_rng(5)
n = 320
cylinders, weight, year = rng.integers(4, 9, n), rng.uniform(1.6, 5, n), rng.integers(70, 83, n)
table = np.column_stack([cylinders, weight, year]).astype("float32")
fuel = (60 - 7 * weight - cylinders + 0.5 * (year - 70) + rng.normal(0, 2, n)).astype("float32")
table = (table - table.mean(0)) / table.std(0)


def build_model():
    model = Sequential([keras.Input((3,)), Dense(24), Activation("relu"), Dense(1)])
    draws = np.random.default_rng(0)
    model.set_weights([draws.normal(0, 0.5, w.shape) for w in model.get_weights()])
    optimizer = keras.optimizers.RMSprop(0.01)
    model.compile(loss="mse", optimizer=optimizer, metrics=["mae", "mse"])
    return model


class PrintDot(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs):
        if epoch % 5 == 0:
            print("epoch %d: mae %.4f, val_mae %.4f" % (epoch, logs["mae"], logs["val_mae"]))


def halved(epoch, lr):
    return lr / 2 if epoch and epoch % 10 == 0 else lr


model = build_model()
history = model.fit(
    table[:256],
    fuel[:256],
    epochs=21,
    validation_split=0.2,
    shuffle=False,
    verbose=0,
    callbacks=[PrintDot(), keras.callbacks.LearningRateScheduler(halved)],
)
print(sorted(history.history))
print("rates", " ".join("%.6f" % value for value in history.history["learning_rate"][::10]))
loss, mae, mse = model.evaluate(table[256:], fuel[256:], verbose=0)
print("Testing set: mean absolute error %.3f, squared %.3f" % (mae, mse))
print(" ".join("%.3f" % value for value in model.predict(table[256:261], verbose=0).ravel()))
