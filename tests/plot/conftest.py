"""Figures of pyplot, which others may have imported, are closed after each test."""

import sys

import pytest


@pytest.fixture(autouse=True)
def closed():
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
