# A first network: is it yes or no, from a table of eight columns.
import numpy as np
from keras.layers import Dense
from keras.models import Sequential

rng = np.random.default_rng(7)
dataset = rng.normal(size=(400, 8))
X = dataset
Y = (X @ rng.normal(size=8) + 0.3 * rng.normal(size=400) > 0).astype(int)

model = Sequential()
model.add(Dense(12, input_dim=8, activation="relu"))
model.add(Dense(8, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.set_weights([rng.normal(0, 0.3, w.shape) for w in model.get_weights()])
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
history = model.fit(X, Y, epochs=10, batch_size=10, verbose=0, shuffle=False)
for epoch, (loss, accuracy) in enumerate(zip(history.history["loss"], history.history["accuracy"])):
    print("epoch %d: loss %.5f, accuracy %.4f" % (epoch + 1, loss, accuracy))

_, accuracy = model.evaluate(X, Y, verbose=0)
print("Accuracy: %.2f" % (accuracy * 100))
predictions = model.predict(X, verbose=0)
rounded = [round(float(x[0])) for x in predictions]
for i in range(5):
    print("%.5f => %d (expected %d)" % (predictions[i, 0], rounded[i], Y[i]))
