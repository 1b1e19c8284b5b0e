"""Results of benchmarks: a page a machine, which other machines' runs leave alone."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def results(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setitem(sys.modules, "plots", SimpleNamespace(draw=lambda *arguments: None))
    import results

    return results


def measured(brand, seconds):
    """What pytest-benchmark writes of a run on a machine, as far as it is read."""
    row = {
        "table": "Training", "row": {"net": "2-3-4", "batch": 5, "optimizer": "sgd"}, "unit": "ms",
        "threads": 2, "without": {"JAX": "jax"}, "count": 1, "flops": 1e9, "barriers": [],
        "seconds": {"trilobite": [seconds], "NumPy": [4 * seconds]}, "peaks": [2 / seconds],
    }  # fmt: skip
    machine = {
        "cpu": {"brand_raw": brand, "family": 6, "model": 7},
        "variant": "x86-64-v3", "threads": 2, "blas": "BLAS", "versions": {"numpy": "2"},
        "facts": {"cores": f"those of {brand}"},
    }  # fmt: skip
    return {
        "benchmarks": [{"extra_info": row}],
        "machine_info": machine,
        "commit_info": {"id": "0123456789abcdef"},
        "datetime": "2026-01-01",
    }


def test_a_run_renews_its_machine_and_leaves_others(results, tmp_path):
    import report

    for brand, seconds in (("One CPU", 1.0), ("Other CPU", 2.0), ("One CPU", 0.5)):
        result = measured(brand, seconds)
        for table in ("training", "peers"):
            results.write(tmp_path, table, result, report.text(result, "the command"))
    pages = {p.stem: p.read_text() for p in (tmp_path / "results").glob("*.md")}
    assert set(pages) == {"one-cpu-6-7-x86-64-v3", "other-cpu-6-7-x86-64-v3"}
    assert "| 500 " in pages["one-cpu-6-7-x86-64-v3"]  # of the last run
    assert "2,000 " in pages["other-cpu-6-7-x86-64-v3"]
    overview = (tmp_path / "RESULTS.md").read_text()
    assert "cores: those of One CPU" in overview
    assert "Skipped JAX: no jax." in pages["one-cpu-6-7-x86-64-v3"]
    table = [line.split("|")[1:-1] for line in overview.splitlines() if "2-3-4" in line]
    rows = [[cell.strip() for cell in row] for row in table]
    assert ["2-3-4", "5", "sgd", "50% (2 threads)", "50% (2 threads)"] in rows
    assert ["2-3-4", "5", "sgd", "NumPy", "4x (2,000)", "4x (8,000)"] in rows


def test_the_overview_is_that_of_the_pages(results):
    written = (BENCHMARKS / "RESULTS.md").read_text(encoding="utf-8")
    assert written == results.overview(BENCHMARKS / "results")
