"""The chapter in six steps: controls that are set, and a sentence on what to watch.

What the sentences say is measured in tests/playground/test_tour.py.
"""

_CIRCLE = {"data": {"name": "circle", "noise": 10}, "hidden": [4, 2]}
_CLIFF = {"data": {"name": "circle", "noise": 50, "rows": 100}, "hidden": [8, 8]}
_TRAP = {"data": {"name": "circle", "noise": 15, "rows": 200}, "hidden": [4, 2], "seed": 1}


def _sgd(rate):
    return {"optimizer": {"name": "sgd", "learning_rate": rate}}


# title, sentence, spec, epochs per frame
STEPS = (
    (
        "A learning rate that is too small",
        "At a learning rate of 0.001 the cost falls so slowly that 100 epochs hardly change the "
        "map: raise it by an order of magnitude.",
        _CIRCLE | _sgd(0.001),
        1,
    ),
    (
        "A learning rate that is too large",
        "At a learning rate of 10 each step jumps over the minimum: the cost leaps up and down and "
        "learns nothing; lower it by orders of magnitude.",
        _CIRCLE | _sgd(10.0),
        1,
    ),
    (
        "A learning rate that is right",
        "At a learning rate of 0.03 the same net has found the circle within 100 epochs: watch the "
        "cost fall fast at first, then ever more gently.",
        _CIRCLE | _sgd(0.03),
        1,
    ),
    (
        "The batch size",
        "With batches of 125 rows an epoch has 2 rounds in place of 25: epochs are quicker, and "
        "100 of them learn much less; go back to 10 and compare.",
        _CIRCLE | _sgd(0.03) | {"batch_size": 125},
        1,
    ),
    (
        "Epochs, and when to stop",
        "The training cost falls on, the test cost turns up: from there on the net learns the "
        "noise; training stops by itself and puts the weights of the best epoch back.",
        _CLIFF
        | {
            "optimizer": {"name": "adam", "learning_rate": 0.01},
            "early_stopping": {"on": True, "patience": 100},
        },
        2,
    ),
    (
        "A local minimum",
        "With all rows in one batch the cost stays near 0.26 for thousands of epochs; then choose "
        "10 for the batch size: the noise of small batches carries the net out.",
        _TRAP | _sgd(0.1) | {"activation": "relu", "batch_size": "full"},
        20,
    ),
)
