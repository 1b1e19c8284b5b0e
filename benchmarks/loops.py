"""Mini-batch gradient descent as one writes it for numba, of dense layers with relu and softmax."""

import numpy as np
from numba import njit


@njit
def epoch(w, b, x, y, order, batch, rate):
    """Train on all rows in this order; return the sum of the costs and how many were right."""
    cost, right = 0.0, 0
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        outputs = [x[rows]]
        for layer in range(len(w)):
            z = np.dot(outputs[layer], w[layer]) + b[layer]
            if layer < len(w) - 1:
                z = np.maximum(z, np.float32(0)).astype(x.dtype)
            outputs.append(z)
        dz = outputs[-1]
        for i in range(len(rows)):
            z = dz[i]
            label = y[rows[i]]
            right += np.argmax(z) == label
            z -= z.max()
            cost += np.log(np.exp(z).sum()) - z[label]
            z[:] = np.exp(z) / np.exp(z).sum()
            z[label] -= 1
        dz /= x.dtype.type(len(rows))
        for layer in range(len(w) - 1, -1, -1):
            a = outputs[layer]
            dw = np.dot(a.T, dz)
            db = dz.sum(axis=0)
            if layer > 0:
                dz = np.dot(dz, w[layer].T) * (a > 0)
            w[layer] -= rate * dw
            b[layer] -= rate * db
    return cost, right
