"""A grid search over scikit-learn's MLPClassifier and over trilobite's: one import is changed.

    python examples/sklearn_drop_in.py [epochs]

Needs scikit-learn. Both find the same parameters with the same scores; the times are printed.
"""

# pyright: standard

import sys
import time
import warnings

from sklearn import neural_network
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler

import trilobite.sklearn

epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 30
warnings.simplefilter("ignore", ConvergenceWarning)
x, y = load_digits(return_X_y=True)
grid = {
    "net__hidden_layer_sizes": [(32,), (64,), (32, 32)],
    "net__alpha": [1e-4, 1.0],
}
for module in neural_network, trilobite.sklearn:
    net = module.MLPClassifier(max_iter=epochs, learning_rate_init=0.005, random_state=0)
    pipeline = Pipeline([("scale", MinMaxScaler()), ("net", net)])
    search = GridSearchCV(pipeline, grid, cv=3)
    start = time.perf_counter()
    search.fit(x, y)
    seconds = time.perf_counter() - start
    print(f"{module.__name__}: {search.best_params_}, {search.best_score_:.4f}, {seconds:.1f} s")
