"""Data sets to try things on: public ones, digits that ship with trilobite, and toy data."""

from . import boston_housing, california_housing, digits, fashion_mnist, idx, mnist, toy

__all__ = [
    "boston_housing",
    "california_housing",
    "digits",
    "fashion_mnist",
    "idx",
    "mnist",
    "toy",
]
