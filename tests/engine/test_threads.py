"""Threads and what is around them: fork, other threads, joblib, affinity, memory, FPU."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import joblib
import numpy as np
import pytest

import trilobite as keras
from trilobite import engine

CPUS = engine.threads.usable_cpus()
RNG = np.random.default_rng(0)
X, Y = RNG.random((2000, 100), np.float32), RNG.integers(0, 10, 2000)


def fitted(seed=1):
    """The weights of a net that is large enough for several threads, as bytes."""
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((100,)), *layers])
    model.compile("adam", "sparse_categorical_crossentropy")
    for layer in model.layers:  # drawn here: fits side by side share the generator of seeds
        w, b = layer.get_weights()
        layer.set_weights([np.random.default_rng(seed).normal(0, 0.1, w.shape), b])
    model.fit(X, Y, batch_size=128, epochs=3, verbose=0, shuffle=False)
    return b"".join(w.tobytes() for w in model.get_weights())


def python(program, **environment):
    """Run a program in a Python of its own; return what it printed."""
    here = str(Path(__file__).parent)
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {here!r})\n{program}"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_no_thread_is_left():
    before = os.listdir("/proc/self/task")
    fitted()
    assert os.listdir("/proc/self/task") == before


def test_after_fork():
    program = """
import os, test_threads
expected = test_threads.fitted()
child = os.fork()
if child == 0:
    os._exit(test_threads.fitted() != expected)
assert test_threads.fitted() == expected
print(os.waitpid(child, 0)[1])
"""
    assert python(program) == "0"


def test_several_fits_at_once():
    expected, got = fitted(), [None] * 4

    def work(k):
        got[k] = fitted()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(len(got))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [expected] * len(got)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_joblib(backend):
    jobs = joblib.Parallel(n_jobs=2, backend=backend)(joblib.delayed(fitted)() for _ in range(4))
    assert jobs == [fitted()] * 4


def test_workers_of_joblib_share_the_cpus():
    """As many threads altogether as there are CPUs: loky tells its workers by environment."""
    with joblib.parallel_config("loky", n_jobs=2):
        counts = joblib.Parallel()(joblib.delayed(keras.get_num_threads)() for _ in range(2))
    assert max(counts) <= max(1, CPUS // 2)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, CPUS),
        ({"OMP_NUM_THREADS": "1"}, 1),
        ({"TRILOBITE_NUM_THREADS": "3", "OMP_NUM_THREADS": "1"}, 3),
    ],
)
def test_default_number(environment, expected):
    clean = {"OMP_NUM_THREADS": "", "TRILOBITE_NUM_THREADS": ""} | environment
    assert python("import trilobite; print(trilobite.get_num_threads())", **clean) == str(expected)


def test_affinity():
    program = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import trilobite; print(trilobite.get_num_threads())
"""
    assert python(program, OMP_NUM_THREADS="", TRILOBITE_NUM_THREADS="") == "1"


@pytest.mark.parametrize("mapped", [False, True])
def test_memory(mapped, tmp_path):
    """Of 60,000 rows of bytes nothing is copied: at most 40 MB of one's own beside them."""
    program = f"""
import numpy as np, trilobite as keras
def own():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024
x = np.random.default_rng(0).integers(0, 256, (60_000, 784), np.uint8)
if {mapped}:
    np.save({str(tmp_path / "x.npy")!r}, x)
    x = np.load({str(tmp_path / "x.npy")!r}, mmap_mode="r")
y = np.arange(len(x)) % 10
before, most = own(), 0
class Watch(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        global most
        if batch % 100 == 0:
            most = max(most, own())
dense = [keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10, activation="softmax")]
model = keras.Sequential([keras.Input((784,)), keras.layers.Rescaling(1 / 255), *dense])
model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=128, verbose=0, callbacks=[Watch()], validation_split=0.1)
model.predict(x, verbose=0)
print(most - before)
"""
    assert 0 < float(python(program)) <= 40


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_measures_of_the_machine(threads):
    compiled = engine.load("float32")
    assert 0 < compiled.barrier_time(threads, 10) < np.inf
    assert 0 < compiled.fma_peak(threads, 10) < np.inf


def test_floating_point_mode_is_the_callers():
    """The engine takes subnormal numbers for zero while it works, and only then."""
    fitted()
    assert np.float32(1e-40) * np.float32(1) != 0
    assert np.nextafter(np.float32(0), np.float32(1)) > 0
