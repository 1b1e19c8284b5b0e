from trilobite.datasets import boston_housing as boston_housing
from trilobite.datasets import california_housing as california_housing
from trilobite.datasets import digits as digits
from trilobite.datasets import fashion_mnist as fashion_mnist
from trilobite.datasets import idx as idx
from trilobite.datasets import mnist as mnist
from trilobite.datasets import toy as toy

__all__ = ["boston_housing", "california_housing", "digits", "fashion_mnist", "idx", "mnist", "toy"]
