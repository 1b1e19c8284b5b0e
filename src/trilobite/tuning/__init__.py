"""Tools that choose and judge hyperparameters, for models and scikit-learn's estimators alike."""

from trilobite._model.diagnosis import Diagnosis, diagnose
from trilobite.tuning.automatic import fit_automatically
from trilobite.tuning.choices import AutomaticFit
from trilobite.tuning.learning_rate import LearningRateRange, learning_rate_range

__all__ = [
    "AutomaticFit",
    "Diagnosis",
    "LearningRateRange",
    "diagnose",
    "fit_automatically",
    "learning_rate_range",
]
