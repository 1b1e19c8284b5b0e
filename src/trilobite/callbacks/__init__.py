"""Callbacks: Python that runs while a model trains."""

from trilobite._model.callback import Callback
from trilobite._model.history import History
from trilobite.callbacks.backup_and_restore import BackupAndRestore
from trilobite.callbacks.csv_logger import CSVLogger
from trilobite.callbacks.early_stopping import EarlyStopping
from trilobite.callbacks.lambda_callback import LambdaCallback
from trilobite.callbacks.learning_rate_scheduler import LearningRateScheduler
from trilobite.callbacks.model_checkpoint import ModelCheckpoint
from trilobite.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from trilobite.callbacks.tensorboard import TensorBoard
from trilobite.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
]
