"""Many models trained at once: `fit_many`."""

import copy
from collections import defaultdict
from contextlib import nullcontext

from trilobite import engine
from trilobite._checks import options
from trilobite._checks.numbers import integer
from trilobite._model.chain import leaves
from trilobite._model.fit import Fit, run_all
from trilobite._model.owner import changing
from trilobite._model.py_dataset import is_fed
from trilobite._model.trainer import Trainer

# Nets abreast take, however few they are, as long as a third of a full set of them alone: 16 of
# 2-8-8-1 with batches of 10 rows 0.40 of that, of which 0.27 is for all together (Zen 4).
_FEW = 3

# Seconds after which Ctrl-C is looked for: it comes to any thread, and wakes no other one.
_HEAR = 0.05


def fit_many(
    models,
    x,
    y,
    batch_size=None,
    epochs=1,
    verbose=0,
    callbacks=None,
    validation_split=0.0,
    validation_data=None,
    shuffle=True,
    class_weight=None,
    sample_weight=None,
    initial_epoch=0,
    validation_batch_size=None,
    validation_freq=1,
):
    """Train many models on the same rows: what `fit` of each would do, bit for bit, but faster.

    Models are trained side by side, each on one thread or, if there are more threads than models,
    on several. Those of a few weights (256 at most, dense layers alone) and of one form go through
    a step together, each in a lane of the processor's vectors, if the batch has 32 rows at most:
    then a net takes a fraction of the time that it takes alone. Their seeds, weights, learning
    rates, optimizers and penalties may differ.

    Parameters
    ----------
    models : list of Model
        Compiled, of any shapes that go with x and y; no two of them share layers.
    x, y : array_like
        As in `fit`; nothing that makes batches.
    batch_size : int, optional
        Rows of a step, 32 by default.
    epochs : int
        Number of the epoch to stop after.
    verbose : {"auto", 0}
        Nothing is shown.
    callbacks : list of Callback, optional
        Every model is given copies (`copy.deepcopy`) of its own, none that write files. They are
        called in other threads.
    validation_split : float
        This last part of the rows is kept for validation.
    validation_data : (x, y) or (x, y, sample_weight), optional
        Evaluated after each epoch of each model; takes precedence over `validation_split`.
    shuffle : bool, "rows" or "blocks"
        A new order of the rows every epoch, for each model its own; see `fit`.
    class_weight : dict of int to float, optional
        Weight of the rows of each class.
    sample_weight : array_like, shape (n,), optional
        Weight of each row.
    initial_epoch : int
        Number of the first epoch, 0 by default.
    validation_batch_size : int, optional
    validation_freq : int or collection of int
        Validate every so many epochs, or after these (counted from 1).

    Returns
    -------
    list of History
        One for each model, which is its `history`, too.

    Raises
    ------
    TypeError, ValueError
        Something does not fit, or holds a NaN or infinity. No weight has changed then.

    RuntimeError
        `fit` trains one of the models in another thread.

    Warns
    -----
    RuntimeWarning
        The loss or the weights of a model were not finite any more: its training has ended, with
        the weights from before that epoch, and that of the others went on.
    """
    models = _checked(models)
    if is_fed(x):
        raise TypeError("x: got what makes batches, expected an array for fit_many")
    if verbose != "auto" and options.verbose(verbose):
        raise ValueError(f"verbose: got {verbose!r}, expected 0: fit_many shows nothing")
    shuffle, size = options.shuffle(shuffle), options.batch_size(batch_size)
    valid_size = size
    if validation_batch_size is not None:
        valid_size = options.batch_size(validation_batch_size, "validation_batch_size")
    last = integer("epochs", epochs, least=0)
    epochs = range(integer("initial_epoch", initial_epoch, least=0), last)
    due = options.validation_freq(validation_freq)
    _refuse_writers(callbacks, models)
    checked = {}

    def data_for(model):
        """Checked rows, those to validate on and the baseline: once for all built models alike."""
        loss, given, key = model._loss, model._input, None
        if model.built:
            key = given.dtype, given.row_shape, model.network.n_out, repr(loss)
        if key is None or key not in checked:
            train, rest, given, cost = model._parted(
                x, y, sample_weight, class_weight, validation_split, validation_data
            )
            n = len(train.x)
            valid = model._validation(rest, n, validation_data, given, valid_size, None)
            checked[key] = train, given, valid, cost
        return checked[key]

    owners = {owner.number: owner for model in models for owner in model._owners}
    with changing([owners[number] for number in sorted(owners)], "fit"):
        data = [data_for(model) for model in models]
        most = max(1, engine.get_num_threads() // len(models)) if models else 1
        fits = []
        try:
            for model, (train, given, valid, cost) in zip(models, data, strict=True):
                n = len(train.x)
                fit = model._begin(
                    train,
                    given,
                    valid,
                    epochs,
                    batch_size=min(size, n),
                    shuffle=shuffle,
                    steps=-(-n // min(size, n)),
                    rows=n,
                    verbose=0,
                    callbacks=copy.deepcopy(callbacks),
                    valid_size=valid_size,
                    due=due,
                    baseline=cost,
                    most_threads=most,
                )
                fit.reading = nullcontext()  # of a memory map: nets read it in orders of their own
                fits.append(fit)
            logs = _train(fits)
        finally:
            for fit in fits:
                fit.count_epochs()
        return _finished(fits, logs)


def _checked(models):
    """The models as a list, all compiled and of layers of their own."""
    if not isinstance(models, (list, tuple)):
        kind = type(models).__name__
        raise TypeError(f"models: got a {kind}, expected a list of compiled models")
    models, seen = list(models), set()
    for model in models:
        if not isinstance(model, Trainer):
            kind = type(model).__name__
            raise TypeError(f"models: got a {kind}, expected compiled models")
        model._require_compiled("fit_many")
        parts = {id(model), *(id(layer) for layer in leaves([model]))}
        if parts & seen:
            raise ValueError(
                f"models: got model {model.name!r} twice, or layers that it shares with another, "
                "expected models with layers of their own"
            )
        seen |= parts
    return models


def _refuse_writers(callbacks, models):
    """Raise ValueError for a callback whose copies would write the same files."""
    given = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
    for callback in given if len(models) > 1 else ():
        if getattr(callback, "writes_files", False):
            raise ValueError(
                f"callbacks: got a {type(callback).__name__}, whose copies would write the same "
                "files for all models, expected callbacks that write none"
            )


def _finished(fits, logs):
    """The histories of fits that are done; the first error, when all callbacks have heard."""
    errors = []
    for fit, of_last in zip(fits, logs, strict=True):
        try:
            fit.model._finish(fit, lambda of_last=of_last: of_last)
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return [fit.history for fit in fits]


def _train(fits):
    """Train all; return the logs of the last epoch of each."""
    from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait  # slow to import
    from threading import Event

    n_threads = engine.get_num_threads()
    tasks = sorted(_tasks(fits, n_threads), key=_work, reverse=True)
    if len(tasks) < 2:
        logs = [_run(task) for task in tasks]
    else:
        stop = Event()
        for fit in fits:
            fit.stop = stop
        with ThreadPoolExecutor(min(n_threads, len(tasks))) as pool:
            running = [pool.submit(_run, task) for task in tasks]
            try:
                left = running
                while left and not any(f.done() and f.exception() for f in running):
                    left = wait(left, _HEAR, FIRST_EXCEPTION).not_done
            finally:  # Ctrl-C is heard here; where one has failed the others end, too
                if any(not future.done() for future in running):
                    stop.set()
        errors = [error for future in running if (error := future.exception()) is not None]
        if errors:
            raise min(errors, key=lambda error: isinstance(error, KeyboardInterrupt))
        logs = [future.result() for future in running]
    by_fit = {
        fit: of_fit
        for task, of_task in zip(tasks, logs, strict=True)
        for fit, of_fit in zip(task, of_task, strict=True)
    }
    return [by_fit[fit] for fit in fits]


def _run(task):
    """Train the fits of a task; return the logs of the last epoch of each."""
    return [task[0].run()] if len(task) == 1 else run_all(task, _advance_abreast)


def _work(task):
    """What decides which tasks are begun first: the longest, as far as that can be known."""
    return sum(fit.model.network.n_parameters for fit in task)


def _tasks(fits, n_threads):
    """Lists of fits, each for one thread: those that can go abreast, or single ones."""
    kinds = defaultdict(list)  # by what is quick to tell
    alone = []
    for fit in fits:
        module = fit.model._engine
        if type(fit) is Fit and not fit.each_step and hasattr(module, "are_alike"):
            kind = module, fit.by_epoch, fit.epochs, fit.model.network.n_parameters
            kinds[kind].append(fit)
        else:
            alone.append(fit)
    tasks = [[fit] for fit in alone]
    for (module, *_), of_kind in kinds.items():
        for alike in _alike(module, of_kind):
            tasks += _shared_out(alike, n_threads, module.most_abreast)
    return tasks


def _alike(module, fits):
    """Lists of fits whose trainings can go abreast, or single ones."""
    lists = []
    for fit in fits:
        for others in lists:
            if module.are_alike([others[0].training, fit.training]):
                others.append(fit)
                break
        else:
            lists.append([fit])
    return lists


def _shared_out(fits, n_threads, most):
    """Fits that are alike in lists of up to so many, as many for each thread, if that pays.

    A step abreast takes, however few they are, as long as some of theirs one after the other.
    """
    n = -(-len(fits) // most)
    if len(fits) > n_threads * (most // _FEW):
        n = -(-n // n_threads) * n_threads
    if len(fits) // n <= most // _FEW:
        return [[fit] for fit in fits]
    return [fits[k::n] for k in range(n)]


def _advance_abreast(fits, until):
    """As `Fit.advance`, of fits whose trainings are alike."""
    while fits:
        trainings = fits[0].model._engine.TrainingsAbreast([fit.training for fit in fits])
        going = fits
        while len(going) == len(fits):
            going = _advance(trainings, fits, until)
        fits = going


def _advance(trainings, fits, until):
    """Let the engine train for a while; return the fits that are to go on."""
    for fit in fits:
        fit.prepare()
    asked = until
    if any(fit.model.stop_training for fit in fits):  # set by another thread: end with this epoch
        until = min(until, fits[0].training.epoch + 1)
    with trainings.writing():
        statuses = trainings.run(until)
        for fit, status in zip(fits, statuses, strict=True):
            fit.status = status
            fit.count_epochs()
    for fit in fits:
        if fit.results is not None:
            fit.take_results()
        if fit.status == "bad_input":
            fit.training.restore()
    return [
        fit
        for fit in fits
        if fit.status == "running"
        or fit.status == "epoch"
        and fit.training.epoch < asked
        and not fit.model.stop_training
    ]
