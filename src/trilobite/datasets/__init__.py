"""Data sets to try things on: real digits, large (`mnist`) and small (`digits`), and toy data."""

from . import digits, idx, mnist, toy

__all__ = ["digits", "idx", "mnist", "toy"]
