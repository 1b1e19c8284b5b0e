"""scikit-learn's multilayer perceptrons, trained by the compiled engine.

``from trilobite.sklearn import MLPClassifier, MLPRegressor`` in place of
``from sklearn.neural_network import MLPClassifier, MLPRegressor``. Needs scikit-learn 1.6 to 1.9.
"""

try:
    import sklearn  # noqa: F401
except ImportError as error:
    raise ImportError(
        "trilobite.sklearn needs scikit-learn, which is not installed: "
        "pip install 'trilobite[sklearn]'"
    ) from error

from trilobite.sklearn.estimators import MLPClassifier, MLPRegressor
from trilobite.sklearn.exporters import AfterImport

AfterImport().install()
del AfterImport

__all__ = ["MLPClassifier", "MLPRegressor"]
