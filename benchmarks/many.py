"""Many nets of one kind, trained on the same rows: by `fit_many`, one after the other, by JAX."""

from functools import partial

import numpy as np
from implementations import LEARNING_RATE, Trilobite
from measure import Work

import trilobite


def nets(net, n):
    """So many models of a `Net`, with weights of their own."""
    x, y = net.data()
    made = []
    for seed in range(n):
        weights = [w * (1 + 0.01 * seed) for w in net.weights()]
        made.append(Trilobite(net, weights, x, y).model)
    return made, x, y


def models(net, n):
    """The same, compiled as they come: `fit` and `fit_many` are to be given them."""
    made, x, y = nets(net, n)
    options = {"batch_size": net.batch, "epochs": net.epochs, "verbose": 0}
    return made, x, y, options


def at_once(net, n):
    """The work to train them by `fit_many`, which is checked against `fit` of each."""
    ours, x, y, options = models(net, n)
    theirs, *_ = models(net, n)
    for one, other in zip(theirs, ours, strict=True):
        other._seed = one._seed  # the order of the rows
    histories = trilobite.fit_many(ours, x, y, **options)
    for model, history in zip(theirs, histories, strict=True):
        assert model.fit(x, y, **options).history == history.history
    return Work(partial(trilobite.fit_many, ours, x, y, **options))


def in_turn(net, n):
    """The work to train them one after the other."""
    made, x, y, options = models(net, n)

    def call():
        for model in made:
            model.fit(x, y, **options)

    return Work(call)


def by_jax(net, n):
    """The work to train them by JAX: whole epochs under `vmap`, in its faster form."""
    import jax
    import jax.numpy as jnp
    from peers import Jax

    works = []
    x, y = net.data()
    for option in Jax.options:
        one = Jax(net, net.weights(), x, y, LEARNING_RATE, True, option)
        weights, t, moments = one.state
        stacked = [jnp.stack([w * (1 + 0.01 * seed) for seed in range(n)]) for w in weights]
        state = (
            stacked,
            jnp.zeros(n),
            [(jnp.stack([m] * n), jnp.stack([v] * n)) for m, v in moments],
        )
        over_all = jax.vmap(one.epoch.__wrapped__, in_axes=(0, 0, None, None))
        epoch = jax.jit(over_all)
        keys = jax.random.split(jax.random.key(0), n)

        def call(epoch=epoch, state=state, keys=keys, one=one):
            for _ in range(net.epochs):
                state, keys, means = epoch(state, keys, one.x, one.y)
                means = [np.asarray(mean) for mean in means]
            assert np.isfinite(means[0]).all()

        works.append(Work(call))
    return min(works, key=lambda work: work())
