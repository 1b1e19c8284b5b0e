"""Tools that choose and judge hyperparameters, for models and scikit-learn's estimators alike."""

from trilobite.tuning.automatic import fit_automatically
from trilobite.tuning.choices import AutomaticFit
from trilobite.tuning.learning_rate import LearningRateRange, learning_rate_range

__all__ = ["AutomaticFit", "LearningRateRange", "fit_automatically", "learning_rate_range"]
