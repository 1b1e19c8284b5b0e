"""Data that need not fit in memory: arrays on disk, and tables (extra ``arrow``)."""

from trilobite.data.memmap import open_memmap
from trilobite.data.table import Table

__all__ = ["Table", "open_memmap"]
