"""docs/sklearn.md lists the differences that the tests show."""

import pytest

pytest.importorskip("sklearn.callback")  # of which some tests are

from sklearn_pairs import PAGE, page  # noqa: E402


def test_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tests/sklearn_pairs.py"
