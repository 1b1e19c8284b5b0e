"""Threads of the engine, threads of the caller, and Ctrl-C."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")

from scipy import sparse  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn_pairs import differs  # noqa: E402

from trilobite import engine  # noqa: E402
from trilobite.sklearn import MLPClassifier, MLPRegressor, descent  # noqa: E402

X, Y = load_digits(return_X_y=True)
X, Y = X[:500] / 16, Y[:500]
BOTH = pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@differs("`n_jobs`", "", "threads of one fit; the result does not depend on them")
@BOTH
@pytest.mark.parametrize("options", [
    {"solver": "sgd"}, {"dropout": 0.3}, {"solver": "lbfgs"}, {"early_stopping": True},
], ids=str)  # fmt: skip
def test_threads_make_no_difference(kind, options, monkeypatch):
    """The same bits, also with more threads than there are CPUs here."""
    monkeypatch.setattr(descent, "usable_cpus", lambda: 3)
    options = options | {"max_iter": 3, "random_state": 0}
    validation = {} if options.get("solver") == "lbfgs" else {"validation_data": (X[::-1], Y[::-1])}
    nets = [kind(n_jobs=n, **options).fit(X, Y, **validation) for n in (1, 2, 3, -1, None)]
    for net in nets[1:]:
        assert net.loss_ == nets[0].loss_
        assert vars(net).get("validation_loss_curve_") == vars(nets[0]).get(
            "validation_loss_curve_"
        )
        assert all((a == b).all() for a, b in zip(net.coefs_, nets[0].coefs_, strict=True))
        assert (net._forward_pass_fast(X) == nets[0]._forward_pass_fast(X)).all()


@pytest.mark.parametrize("n_jobs, expected", [
    (1, 1), (2, 2), (8, 8), (9, 8), (10**9, 8), (-1, 6), (-2, 5), (-6, 1), (-7, 1), (-(10**9), 1),
])  # fmt: skip
def test_number_of_threads(n_jobs, expected, monkeypatch):
    """No more than CPUs; of those that trainings may use from the last one backwards."""
    monkeypatch.setattr(descent, "usable_cpus", lambda: 8)
    monkeypatch.setattr(engine, "get_num_threads", lambda: 6)
    assert descent.threads(n_jobs, 10**12) == expected


def test_many_threads_take_no_more_memory():
    program = """
import resource, sys, warnings
import numpy as np
from trilobite.sklearn import MLPClassifier
warnings.simplefilter("ignore")
x, y = np.random.default_rng(0).random((4000, 50)), np.arange(4000) % 3
used = []
for n_jobs in (2, 100_000, 10**15):
    net = MLPClassifier((200,), max_iter=1, n_jobs=n_jobs, batch_size=4000).fit(x, y)
    net.predict(x)
    MLPClassifier((200,), max_iter=1, n_jobs=n_jobs, solver="lbfgs", max_fun=2).fit(x, y)
    used.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(used[2] - used[0] > 50_000 and str(used))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@BOTH
def test_two_fits_of_one_estimator(kind):
    """One of them is refused, and the other one's result is what it is alone."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(net):
        begun.set()
        go_on.wait(30)

    net = kind(max_iter=3, random_state=0, dropout=0.1)
    thread = threading.Thread(target=lambda: net.fit(X, Y, callbacks=[wait]))
    thread.start()
    assert begun.wait(30)
    for call in (net.fit, net.partial_fit):
        with pytest.raises(RuntimeError, match=f"{kind.__name__}: fit called while another fit"):
            call(X[:7], np.arange(7))
    kind(max_iter=1).fit(X, Y)  # another one may be
    go_on.set()
    thread.join()
    expected = kind(max_iter=3, random_state=0, dropout=0.1).fit(X, Y)
    assert net.loss_curve_ == expected.loss_curve_
    assert (net.coefs_[0] == expected.coefs_[0]).all()
    net.fit(X, Y)  # and after a failure, too
    with pytest.raises(ValueError):
        net.fit(X * np.nan, Y)
    net.fit(X, Y)


def test_a_callback_fits_the_estimator_again():
    with pytest.raises(RuntimeError, match="fit called while another fit of this estimator runs"):
        MLPRegressor().fit(X, Y, callbacks=[lambda net: net.partial_fit(X, Y)])


WIDE = np.random.default_rng(0).random((500, 3000), np.float32)
LABELS = np.arange(500) % 3
INTERRUPTED = {  # what takes seconds, in calls of which none may take long
    "few rows": lambda net: [net.predict(WIDE) for _ in range(10**6)],
    "L-BFGS": lambda net: net.set_params(solver="lbfgs", max_iter=10**6, tol=0).fit(WIDE, LABELS),
    "epochs": lambda net: net.set_params(max_iter=10**6).fit(WIDE, LABELS),
}


@pytest.mark.parametrize("call", INTERRUPTED.values(), ids=INTERRUPTED)
def test_ctrl_c_is_heard(call, sigint):
    """`fit` by sgd and adam ends in a warning, as in scikit-learn; all else in the exception."""
    net = MLPClassifier((1000, 1000), max_iter=1, n_jobs=1).fit(WIDE[:5], LABELS[:5])
    sent = []

    def interrupt():
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.5, interrupt)
    timer.start()
    with pytest.raises((KeyboardInterrupt, UserWarning)), warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        call(net)
    late = time.perf_counter() - sent[0]
    timer.join()
    assert late < 5, late  # the machine may have other things to do
    net.predict(WIDE)


def test_no_long_product_is_left_to_numpy():
    """It would hear Ctrl-C at its end; few rows of a large net are the engine's business."""
    small, large = (MLPClassifier(n, max_iter=1).fit(WIDE[:5], LABELS[:5]) for n in (20, 1000))
    large.coefs_[1] = np.zeros((1000, 1000), np.float32)
    assert small._are_few(WIDE) and large._are_few(WIDE[:100]) and not large._are_few(WIDE)
    rows = sparse.csr_array((10**6, 3000))
    assert not small._are_few(rows) and small._are_few(rows[:500])
