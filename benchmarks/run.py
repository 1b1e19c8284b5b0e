"""Measure: python benchmarks/run.py training

Tables: training (against the NumPy reference), peers (against other libraries, those that are
installed), many (nets at once), inference, kernels, scaling, conditions, sklearn_drop_in (against
scikit-learn's own estimators); all. Needs `pip install '.[bench]'`, and the last one '.[sklearn]'.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import report

HERE = Path(__file__).resolve().parent
TABLES = [path.stem.removeprefix("bench_") for path in sorted(HERE.glob("tables/bench_*.py"))]
PYTEST = [
    *("-m", "pytest", "--quiet", "--no-header", "--benchmark-quiet", "--benchmark-disable-gc"),
    *("-p", "no:cacheprovider", "-o", "pythonpath=benchmarks", "-o", "python_functions=bench_*"),
    *("-o", "filterwarnings=", "-W", "ignore"),
]
ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}


def measure(table, toy, rounds):
    """Run the benchmarks of a table in a process of its own; return pytest-benchmark's JSON."""
    environment = os.environ | ENVIRONMENT
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result.json")
        command = [sys.executable, *PYTEST, f"--benchmark-json={result}", f"--rounds={rounds}"]
        command += [f"--benchmark-storage=file://{folder}"]
        command += ["--toy"] * toy + [str(HERE / "tables" / f"bench_{table}.py")]
        code = subprocess.run(command, cwd=HERE.parent, env=environment).returncode
        if code:
            raise SystemExit(code)
        return json.loads(result.read_text())


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", choices=[*TABLES, "all"], metavar="table")
    parser.add_argument("--toy", action="store_true", help="tiny and once: do they run at all?")
    parser.add_argument("--rounds", type=int, default=5, help="5 by default")
    parser.add_argument(
        "--write",
        nargs="?",
        type=Path,
        const=HERE,
        metavar="FOLDER",
        help="put the tables, with a plot each, on the page of this machine in results/, and renew "
        "RESULTS.md; in benchmarks/ by default, and then the table of training into "
        "docs/benchmarks.md as well, unless it is a toy's",
    )
    parser.add_argument(
        "--page",
        action="store_true",
        help="the table of training into docs/benchmarks.md in any case",
    )
    options = parser.parse_args()
    for table in TABLES if "all" in options.tables else options.tables:
        result = measure(table, options.toy, options.rounds)
        effort = ["--toy"] if options.toy else ["--rounds", str(options.rounds)]
        command = shlex.join(["python", "benchmarks/run.py", table, *effort])
        text = report.text(result, command)
        print(f"\n{text}\n", flush=True)
        if options.write:
            import results  # here: it needs matplotlib

            results.write(options.write, table, result, text)
        page = options.page or (options.write == HERE and not options.toy)
        if table == "training" and page:
            report.write_page(HERE.parent / "docs" / "benchmarks.md", table, text)


if __name__ == "__main__":
    main()
