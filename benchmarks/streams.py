"""Rows on disk, ten times the memory that a process may use, against rows in memory, in turns.

    python benchmarks/streams.py
    python benchmarks/streams.py --toy        # tiny: does it run at all?
    python benchmarks/streams.py --result     # what the order of the rows does to the cost

Each measurement is a process of its own in a control group with the limit, where the machine lets
us make one; otherwise RLIMIT_DATA holds it, and the file is dropped from the page cache before.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

NETS = {"784-128-10": (784, 128, 10), "100-64-64-2": (100, 64, 64, 2), "20-16-2": (20, 16, 2)}
CHILD = "--child"


def model(widths, seed=0, rate=0.05):
    import trilobite as tl

    tl.utils.set_random_seed(seed)
    hidden = [tl.layers.Dense(n, activation="relu") for n in widths[1:-1]]
    layers = [tl.Input((widths[0],)), *hidden, tl.layers.Dense(widths[-1], activation="softmax")]
    net = tl.Sequential(layers)
    net.compile(tl.optimizers.SGD(rate), "sparse_categorical_crossentropy")
    return net


def write(path, n, columns):
    """Rows of uniform numbers, made a few at a time."""
    x = np.lib.format.open_memmap(path, "w+", np.float32, (n, columns))
    block = np.random.default_rng(0).random((min(n, 4096), columns), np.float32)
    for first in range(0, n, len(block)):
        x[first : first + len(block)] = block[: n - first]
    x.flush()


def forget(path):
    """Have the system drop the file from its memory."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@contextmanager
def control_group(limit):
    """The folder of a control group with this limit, None if there can be none."""
    made = None
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, kinds, group = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        root = Path("/sys/fs/cgroup", "memory" if kinds else "")
        folder = root / group.lstrip("/") / f"streams-{os.getpid()}"
        try:
            folder.mkdir()
            made = folder
            name = "memory.limit_in_bytes" if kinds else "memory.max"
            (folder / name).write_text(str(limit))
            break
        except OSError:
            if made:
                made.rmdir()
            made = None
    try:
        yield made
    finally:
        if made:
            with suppress(OSError):
                made.rmdir()


def child(given):
    """Train an epoch; print rows a second, and what was said."""
    given = json.loads(given)
    if given["group"]:
        Path(given["group"], "cgroup.procs").write_text(str(os.getpid()))
    elif given["limit"]:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (given["limit"], given["limit"]))
    x = np.load(given["path"], mmap_mode="r")
    if not given["limit"]:
        x = np.array(x[: given["rows"]])
    y = np.arange(len(x), dtype=np.uint8) % given["widths"][-1]
    net = model(given["widths"])
    net.fit(x[:1000], y[:1000], verbose=0)
    # steps in place of an epoch where each row is a read
    steps = {"steps_per_epoch": given["steps"]} if given["steps"] else {}
    begun = time.perf_counter()
    net.fit(x, y, verbose=0, shuffle=given["shuffle"], batch_size=32, **steps)
    rows = given["steps"] * 32 if given["steps"] else len(x)
    print(rows / (time.perf_counter() - begun))


def measure(**given):
    forget(given["path"])
    command = [sys.executable, __file__, CHILD, json.dumps(given)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{given}: ended with {done.returncode}\n{done.stderr}")
    return float(done.stdout.split()[-1])


def speeds(options):
    limit = (options.memory if not options.toy else 160) << 20
    size = limit * (10 if not options.toy else 0.05)
    print(
        "| net | rows on disk | memory | rows/s in memory | from disk | share | all rows shuffled |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in options.nets:
        widths = NETS[name]
        n = int(size / 4 / widths[0])
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            path = os.path.join(folder, "x.npy")
            write(path, n, widths[0])
            with control_group(limit) as group:
                given = dict(path=path, widths=widths, rows=max(32, n // 10), steps=0)
                inside = dict(group=group and str(group), limit=limit)
                found = []
                for _ in range(1 if options.toy else options.rounds):
                    pair = [
                        measure(**given, group=None, limit=0, shuffle=True),
                        measure(**given, **inside, shuffle="blocks" if options.toy else True),
                    ]
                    found.append(pair)
                few = given | {"steps": 10 if options.toy else 20}
                random = measure(**few, **inside, shuffle="rows")
        memory, disk = np.median(found, axis=0)
        shares = sorted(b / a for a, b in found)
        spread = f"{np.median(shares):.0%} ({shares[0]:.0%} to {shares[-1]:.0%})"
        print(
            f"| {name} | {size / 1e9:.3g} GB | {limit / 1e9:.3g} GB, "
            f"{'a control group' if group else 'RLIMIT_DATA'} | {memory:,.0f} | {disk:,.0f} | "
            f"{spread} | {random / memory:.1%} |",
            flush=True,
        )


def results(options):
    """Costs of validation after equal epochs, of rows as they come and of rows sorted by class."""
    import trilobite as tl
    from trilobite._model import on_disk

    (x, y), (x_test, y_test) = tl.datasets.mnist.load_data(os.environ.get("TRILOBITE_DATA"))
    x, x_test = (a.reshape(len(a), -1).astype(np.float32) / 255 for a in (x, x_test))
    if options.toy:
        x, y = x[:2000], y[:2000]
    sort = np.argsort(y, kind="stable")
    seeds, epochs = (1, 1) if options.toy else (2, 5)
    print("| rows | order | blocks at once, of all | validation cost |\n|---|---|---|---|")
    for rows, (xs, ys) in {"as they come": (x, y), "sorted by class": (x[sort], y[sort])}.items():
        cases = [("rows", 1, 0), (False, 1, 0), *(("blocks", 192, k) for k in (64, 16, 4, 1))]
        for shuffle, blocks, at_once in cases:
            on_disk.BLOCK, on_disk.AT_ONCE = -(-x.nbytes // blocks), max(1, at_once)
            costs = []
            for seed in range(seeds):
                net = model((784, 64, 10), seed)
                net.fit(xs, ys, epochs=epochs, verbose=0, shuffle=shuffle)
                costs.append(net.evaluate(x_test, y_test, verbose=0))
            of = f"{at_once} of {blocks}" if at_once else ""
            order = {False: "as they lie"}.get(shuffle, shuffle)
            mean, spread = np.mean(costs), np.std(costs)
            print(f"| {rows} | {order} | {of} | {mean:.4f} ± {spread:.4f} |", flush=True)


def main():
    if CHILD in sys.argv:
        return child(sys.argv[-1])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--toy", action="store_true")
    parser.add_argument("--result", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, default=300, help="MB that the process may use")
    parser.add_argument("--folder", help="of the file; that of temporary files by default")
    parser.add_argument("--nets", nargs="+", choices=NETS, default=list(NETS))
    options = parser.parse_args()
    results(options) if options.result else speeds(options)


if __name__ == "__main__":
    main()
