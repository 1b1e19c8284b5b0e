"""Data that need not fit in memory: arrays on disk, and tables (extra ``arrow``)."""

from trilobite.data.memmap import open_memmap

__all__ = ["open_memmap"]
