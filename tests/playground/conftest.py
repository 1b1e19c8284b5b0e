"""The page, in a browser."""

import pytest


@pytest.fixture(scope="module")
def opened():
    """A browser, and a server of the page."""
    from browsing import browser  # here: they need what not every test does
    from played import serving_at

    with serving_at() as server, browser() as chromium:
        yield chromium, server


@pytest.fixture
def page(opened):
    """A tab of it."""
    from browsing import tab

    chromium, server = opened
    with tab(chromium, server.address) as found:
        yield found
