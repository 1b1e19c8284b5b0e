"""docs/export.md: its table is that of the tests."""

import export_table
import pytest


def test_page_is_up_to_date():
    pytest.importorskip("onnx")
    pytest.importorskip("h5py")
    assert export_table.PAGE.read_text(encoding="utf-8") == export_table.page(), (
        "run: python tests/export_table.py"
    )
