"""What `summary` shows when it is told how."""

import pytest

import trilobite
from trilobite import layers

NAMES = ["a", "b", "c1", "c2", "d"]


def chain(k):
    return k.Sequential([k.Input((3,)), *(k.layers.Dense(2, name=n) for n in NAMES)])


def summary(model, **options):
    texts = []
    model.summary(print_fn=lambda text, **named: texts.append(text), **options)
    return "\n".join(texts)


@pytest.mark.parametrize(
    "options",
    [
        {"line_length": 60},
        {"line_length": 77},
        {"line_length": 70, "positions": [0.3, 0.6, 1.0]},
    ],
)
def test_columns_are_as_wide_as_those_of_keras(keras, options):
    tops = [
        next(line for line in summary(chain(k), **options).splitlines() if line[0] == "┏")
        for k in (keras, trilobite)
    ]
    assert tops[0] == tops[1]


def test_part_of_the_layers(keras):
    for k in (keras, trilobite):
        text = summary(chain(k), line_length=76, layer_range=("b", "c.*"))
        assert [n for n in NAMES if f" {n} (Dense)" in text] == ["b", "c1", "c2"]
        assert " Total params: 32" in text


def test_what_is_trained():
    text = summary(chain(trilobite), show_trainable=True)
    assert text.count("Trainable ┃") == 1 and text.count("│ Y ") == 5
    model = trilobite.Sequential([trilobite.Input((3,)), layers.Dense(2), layers.Dropout(0.5)])
    assert summary(model, show_trainable=True).count("│ - ") == 1


@pytest.mark.parametrize(
    "options, message",
    [
        ({"positions": [0.5, 1.0]}, "positions: got .*, expected 3 numbers in ascending order"),
        ({"positions": [0.5, 0.4, 1.0]}, "positions: got"),
        ({"layer_range": ("a", "nothing")}, "layer_range: got"),
        ({"layer_range": ("d", "a")}, "layer_range: got"),
        ({"line_length": 0}, "line_length: got 0"),
    ],
)
def test_what_cannot_be_shown_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        summary(chain(trilobite), **options)
