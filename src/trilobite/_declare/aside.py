"""Models that are made and thrown away, and leave no trace in what all models share."""

from contextlib import contextmanager

from trilobite._declare import names, seeds


@contextmanager
def set_aside():
    """A context, of this thread alone, after which seeds and names are as if it had taken none."""
    with seeds.generator.aside(), names.used.aside():
        yield
