"""Tools that choose and judge hyperparameters, for models and scikit-learn's estimators alike."""

from trilobite._model.diagnosis import Diagnosis, diagnose
from trilobite.tuning.automatic import fit_automatically
from trilobite.tuning.batch_sizes import BatchSize, batch_size
from trilobite.tuning.choices import AutomaticFit
from trilobite.tuning.learning_rate import LearningRateRange, learning_rate_range
from trilobite.tuning.noise import GradientNoise, gradient_noise

__all__ = [
    "AutomaticFit",
    "BatchSize",
    "Diagnosis",
    "GradientNoise",
    "LearningRateRange",
    "batch_size",
    "diagnose",
    "fit_automatically",
    "gradient_noise",
    "learning_rate_range",
]
