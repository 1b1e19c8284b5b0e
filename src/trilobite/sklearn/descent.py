"""The engine's networks and trainings for scikit-learn's parameters: no array is computed here."""

import numpy as np
from scipy import sparse

from trilobite import engine
from trilobite.engine.run.threads import usable_cpus

# scikit-learn's name: the engine's
ACTIVATIONS = {
    "identity": "linear",
    "logistic": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "softmax": "softmax",
    "exp": "exponential",
}
# the engine's others, but for those that are relu without numbers of their own
MORE_ACTIVATIONS = tuple(
    sorted(engine.load().ACTIVATIONS.keys() - ACTIVATIONS.values() - {"bent_relu", "threshold"})
)
NUMPY = ("identity", "logistic", "tanh", "relu")  # those that scikit-learn computes itself
COSTS = {  # by loss and activation of the output
    ("log_loss", "softmax"): "log_loss",
    ("log_loss", "logistic"): "binary_log_loss",
    ("squared_error", "identity"): "half_squared_error",
    ("poisson", "exp"): "half_poisson_deviance",
    # those that scikit-learn has not
    ("squared_error", "softmax"): "mean_squared_error",
    ("squared_error", "logistic"): "mean_squared_error",
    ("absolute_error", "identity"): "mean_absolute_error",
    ("huber", "identity"): "huber",
    ("log_cosh", "identity"): "log_cosh",
}


def interleave(coefs, intercepts):
    """[w, b, w, b, ...], as the engine has them."""
    return [array for pair in zip(coefs, intercepts, strict=True) for array in pair]


def separate(arrays):
    """[w, w, ..., b, b, ...], as scikit-learn's optimizers have them."""
    return arrays[0::2] + arrays[1::2]


def weights(net):
    """The network's coefs and intercepts, new arrays."""
    arrays = net.get_weights()
    return arrays[0::2], arrays[1::2]


def network(dtype, coefs, intercepts, hidden, output, loss, dropout=0.0, alpha=0.0):
    """A network with these weights, compiled for the cost of a loss.

    Parameters
    ----------
    dtype : numpy.dtype
    coefs, intercepts : list of ndarray
    hidden, output, loss : str
        Activations and loss, by scikit-learn's names.
    dropout : float
        Part of each hidden layer's units that a step of training leaves out.
    alpha : float
        The sum of a batch's costs gains ``alpha / 2 * sum(w**2)``, w being the coefs.
    """
    stages = []
    for w in coefs[:-1]:
        stages.append(("dense", w.shape[1], ACTIVATIONS.get(hidden, hidden), True))
        if dropout:
            stages.append(("dropout", dropout))
    stages.append(("dense", coefs[-1].shape[1], ACTIVATIONS[output], True))
    module = engine.load(dtype.name)
    penalties = [(0, alpha / 2), (0, 0)] * len(coefs)
    if (loss, output) not in COSTS:
        raise ValueError(
            f"loss: {loss!r} given for out_activation_ {output!r}; expected one of "
            f"{[of for of, fits in COSTS if fits == output]}"
        )
    net = module.Network(len(coefs[0]), stages, penalties=penalties)
    net.compile(COSTS[loss, output])
    net.set_weights(interleave(coefs, intercepts))
    return net


def rows(dtype, array):
    """What the engine reads: rows of x, of targets or of weights."""
    if sparse.issparse(array):
        array = array.tocsr()
    if not array.dtype.isnative or array.dtype.itemsize > 8:
        array = array.astype(dtype)
    return engine.load(dtype.name).Rows(array)


def nonfinite(dtype, x):
    """What is wrong with rows of which one is not finite in a dtype, in scikit-learn's words."""
    if np.isnan(x.data if sparse.issparse(x) else x).any():
        return "Input X contains NaN."
    return f"Input X contains infinity or a value too large for {dtype!r}."


def orders(n, shuffle, random_state):
    """Yield the numbers of n rows in the order of each epoch, as scikit-learn shuffles them."""
    order = np.arange(n)
    while True:
        if shuffle:
            order = order[random_state.permutation(n)]
        yield order


def begin_epoch(training, order, batch_size, sample_weight):
    """Let a training's next epoch take the rows in this order; each step's cost is their mean."""
    training.set_order(order)
    if sample_weight is None and training.epoch > 0:
        return  # they are the same in every epoch
    starts = np.arange(0, len(order), batch_size)
    if sample_weight is None:
        divisors = np.diff(starts, append=len(order))
    else:
        divisors = np.add.reduceat(sample_weight[order], starts, dtype=np.float64)
        divisors[divisors == 0] = np.inf  # a batch of no weight makes no step
    training.divisors = divisors


def targets(y, loss, output):
    """Y as the cost wants it: class indices for the log loss of one-hot rows, otherwise y."""
    return y.argmax(axis=1) if (loss, output) == ("log_loss", "softmax") else y


def threads(n_jobs, flops, steps=1):
    """Threads for so many steps, one call, of so many operations.

    None: as many as pay, -1: all that there are; no more than CPUs that this process may use.
    """
    if n_jobs is None:
        return engine.threads_for(flops, steps)
    if n_jobs < 0:
        return max(1, engine.get_num_threads() + 1 + n_jobs)
    return min(n_jobs, usable_cpus())


def optimizer(net, dtype, of):
    """The engine's optimizer with constants and state of one of scikit-learn's."""
    module = engine.load(dtype.name)
    if hasattr(of, "ms"):
        new = module.Optimizer(net, "adam", beta_1=of.beta_1, beta_2=of.beta_2, epsilon=of.epsilon)
        new.iterations = of.t
        state = of.ms, of.vs
    else:
        new = module.Optimizer(net, "sgd", momentum=of.momentum, nesterov=of.nesterov)
        state = (of.velocities,) if of.momentum else ()
    half = len(net.layout) // 2
    new.set_state([a for slot in state for a in interleave(slot[:half], slot[half:])])
    return new


def keep(of, learned):
    """Put the state of the engine's optimizer into scikit-learn's."""
    state = learned.get_state()
    if hasattr(of, "ms"):
        half = len(state) // 2
        of.ms, of.vs = separate(state[:half]), separate(state[half:])
        of.t = learned.iterations
        if of.t:
            of.learning_rate = (
                of.learning_rate_init * np.sqrt(1 - of.beta_2**of.t) / (1 - of.beta_1**of.t)
            )
    elif of.momentum:
        of.velocities = separate(state)
