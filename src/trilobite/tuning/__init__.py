"""Tools that choose and judge hyperparameters, for models and scikit-learn's estimators alike."""

__all__ = []
