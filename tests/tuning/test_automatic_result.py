"""What `fit_automatically` returns: record, picture, diagnosis, and how to train again."""

import pickle

import numpy as np
import pytest
from sklearn import datasets
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

import trilobite as keras
from trilobite import layers, plot, tuning
from trilobite.sklearn import MLPClassifier, MLPRegressor
from trilobite.tuning.cooling import Cooling
from trilobite.tuning.rows import held_out

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")

RNG = np.random.default_rng(0)
X, LABELS = datasets.load_iris(return_X_y=True)
FAR = RNG.normal([500, 3], [100, 0.1], (200, 2))
Y = 3000 + FAR @ [1.0, 20.0]


def net(last="softmax", n_out=3):
    keras.utils.set_random_seed(1)
    return keras.Sequential([layers.Dense(8, "relu"), layers.Dense(n_out, last)])


def made(face, regression=False):
    if face == "model":
        return net("linear", 1) if regression else net()
    kind = MLPRegressor if regression else MLPClassifier
    return kind(hidden_layer_sizes=(8,), random_state=0)


@pytest.mark.parametrize("face", ["model", "estimator"])
def test_the_rate_is_recorded(face):
    """Of each epoch what it was trained with: steady, then falling as `Cooling` says."""
    found = tuning.fit_automatically(made(face), X, LABELS, epochs=30)
    rates = np.array(found.history["learning_rate"])
    assert len(rates) == found.epochs
    falls = rates < found.learning_rate
    n = falls.sum()
    assert n == 6 and falls[-n:].all()
    expected = found.learning_rate * (1 - (np.arange(n) + 0.5) / n)
    np.testing.assert_allclose(rates[-n:], expected, rtol=1e-6)
    ax = found.plot()
    drawn = {line.get_label(): line.get_ydata() for line in ax.figure.axes[-1].get_lines()}
    np.testing.assert_array_equal(drawn["learning rate"], rates)


@pytest.mark.parametrize("face", ["model", "estimator"])
def test_the_return_to_the_best_weights_is_marked(face):
    """Labels by lot: the validation cost turns up at once."""
    x, y = RNG.normal(size=(60, 8)), RNG.integers(0, 2, 60)
    model = net(n_out=2) if face == "model" else made(face)
    found = tuning.fit_automatically(model, x, y, epochs=60)
    first = found.epochs - 12
    best = int(np.argmin(found.history["val_loss"][:first]))
    assert best + 12 == first - 1 or first == 48
    for ax in (found.plot(), plot.history(found)):
        marks = {line.get_label(): line.get_xdata()[0] for line in ax.get_lines()}
        assert marks[f"back to the weights of epoch {best + 1}"] == first + 0.5
    again = plot.history(found.history)  # a dict knows nothing of it
    assert not any("back" in str(line.get_label()) for line in again.get_lines())


@pytest.mark.parametrize("face", ["model", "estimator"])
@pytest.mark.parametrize("regression", [False, True])
def test_no_diagnosis_speaks_of_the_rate(face, regression):
    """It was found by trials; what is told is how training ended."""
    x, y = (FAR, Y) if regression else (X, LABELS)
    found = tuning.fit_automatically(made(face, regression), x, y, epochs=20)
    said = str(found.diagnosis)
    assert said == str(tuning.diagnose(found)) and "learning rate" not in said
    assert found.diagnosis.verdict in ("converged", "improving", "overfitting")
    trained = found.model.history if face == "model" else found.model
    assert str(tuning.diagnose(trained)) == said
    if face == "model":
        assert plot.history(found.model.history).get_title().replace("\n", " ") == said


def test_another_fit_of_an_estimator_is_diagnosed_by_itself():
    estimator = made("estimator", False)
    tuning.fit_automatically(estimator, X, LABELS, epochs=20)
    estimator = pickle.loads(pickle.dumps(estimator))
    assert "rate has fallen" in str(tuning.diagnose(estimator))
    estimator.set_params(learning_rate_init=1e-6).fit(X, LABELS)
    assert tuning.diagnose(estimator).verdict == "slow"


def ended(costs, valid, epochs, baseline=None):
    """A history of `fit_automatically`, as long as costs like these let it train."""
    history, cooling = keras.callbacks.History(), Cooling(0.1, epochs)
    n = next(k for k, cost in enumerate(valid) if cooling.end(k, cost)[2]) + 1
    history.record(list(range(n)), {"loss": list(costs[:n]), "val_loss": list(valid[:n])})
    history.cooling, history.baseline = cooling, baseline
    return history


def test_how_it_ended():
    """Still better when the epochs ran out; nothing learned; overfitting; else converged."""
    falling = np.exp(-np.arange(20) / 20)
    found = tuning.diagnose(ended(falling, falling, 20))
    assert (found.verdict, found.advice) == ("improving", "give it more epochs")
    still = 1 + 0.02 * RNG.normal(size=20)
    found = tuning.diagnose(ended(still, still, 20, baseline=1.0))
    assert found.verdict == "not_learning" and "another net" in found.advice
    turned = np.r_[np.linspace(1, 0.4, 10), np.linspace(0.45, 0.9, 30)]
    found = tuning.diagnose(ended(np.linspace(1, 0.05, 40), turned, 40))
    assert (found.verdict, found.epoch) == ("overfitting", 10) and "are kept" in found.advice
    flat = np.r_[np.geomspace(1, 0.1, 10), np.full(30, 0.1)]
    assert tuning.diagnose(ended(flat, flat, 40)).verdict == "converged"


def test_another_fit_of_the_model_is_diagnosed_by_itself():
    model = net()
    tuning.fit_automatically(model, X, LABELS, epochs=10)
    assert model.history.cooling is not None
    assert model.fit(X, LABELS, epochs=9, verbose=0).cooling is None


def test_the_model_trains_on_with_x_and_y_as_they_are():
    """Its layers scale them."""
    model = net("linear", 1)
    found = tuning.fit_automatically(model, FAR, Y, epochs=40)
    model.fit(FAR, Y, epochs=10, verbose=0)
    after = np.mean((model.predict(FAR, verbose=0)[:, 0] - Y) ** 2)
    assert after < 0.2 * Y.var()
    with pytest.raises(TypeError, match="got a Sequential, whose layers scale"):
        found.pipeline()


def test_an_estimator_is_fitted_again_by_the_pipeline():
    """`fit` alone begins anew with x and y as they are, of which it warns, once."""
    estimator = MLPRegressor(hidden_layer_sizes=(16,), random_state=0)
    found = tuning.fit_automatically(estimator, FAR, Y)
    assert estimator.score(FAR, Y) > 0.95
    assert "pipeline()" in found.reasons["fit again"] and "fit again" in str(found)
    pipeline = found.pipeline()
    assert pipeline is not found.pipeline()
    assert pipeline[-1].regressor.learning_rate_init == found.learning_rate
    assert cross_val_score(pipeline, FAR, Y, cv=3).min() > 0.9
    assert pipeline.fit(FAR, Y).score(FAR, Y) > 0.95
    with pytest.warns(UserWarning, match="was chosen by fit_automatically for data") as caught:
        estimator.fit(FAR, Y)
    assert [w.filename for w in caught if "chosen" in str(w.message)] == [__file__]
    clone(estimator).set_params(max_iter=2).fit(FAR, Y)


def test_the_tools_and_another_rate_do_not_warn():
    estimator = MLPRegressor(hidden_layer_sizes=(4,), random_state=0)
    for _ in range(2):
        tuning.fit_automatically(estimator, FAR, Y, epochs=3)
    tuning.learning_rate_range(estimator, FAR, Y, trials=False)
    estimator.set_params(learning_rate_init=1e-5).fit(FAR, Y)


@pytest.mark.parametrize(
    ("x", "step"), [(X, "standardscaler"), (np.tile(X / X.max(0), 5) * 7, "functiontransformer")]
)
def test_pipelines_scale_as_the_call_did(x, step):
    estimator = MLPClassifier((16,), random_state=0)
    found = tuning.fit_automatically(estimator, x, LABELS, epochs=40)
    pipeline = found.pipeline().fit(x, LABELS)
    assert [name for name, _ in pipeline.steps] == [step, "mlpclassifier"]
    assert pipeline.score(x, LABELS) > 0.9


def test_diagnosis_of_estimators():
    """Costs of training and, where there are some, of validation; the mean square by R squared."""
    x = (FAR - FAR.mean(0)) / FAR.std(0)
    y = (Y - Y.mean()) / Y.std()
    slow = MLPRegressor(learning_rate_init=1e-6, max_iter=20, random_state=0).fit(x, y)
    assert tuning.diagnose(slow).verdict == "slow"
    assert tuning.diagnose(slow) == tuning.diagnose({"loss": slow.loss_curve_})
    valid = x[:50], y[:50]
    given = MLPRegressor(max_iter=20, random_state=0).fit(x, y, validation_data=valid)
    columns = {"loss": given.loss_curve_, "val_loss": given.validation_loss_curve_}
    assert tuning.diagnose(given) == tuning.diagnose(columns)
    stopped = MLPRegressor(max_iter=30, early_stopping=True, random_state=0).fit(x, y)
    errors = [1 - score for score in stopped.validation_scores_]
    columns = {"loss": stopped.loss_curve_, "val_loss": errors}
    assert tuning.diagnose(stopped) == tuning.diagnose(columns)
    scored = MLPClassifier(max_iter=12, early_stopping=True, random_state=0).fit(X, LABELS)
    assert tuning.diagnose(scored) == tuning.diagnose({"loss": scored.loss_curve_})
    for estimator in (MLPClassifier(), MLPClassifier(solver="lbfgs").fit(X, LABELS)):
        with pytest.raises(ValueError, match="a fitted estimator with a loss_curve_"):
            tuning.diagnose(estimator)


@pytest.mark.parametrize("face", ["model", "one-hot", "sigmoid", "estimator", "names"])
@pytest.mark.parametrize("kept", [False, True])
def test_a_class_of_one_row_is_trained_and_told(face, kept):
    """Wherever the row would have been drawn to."""
    x, names = RNG.normal(size=(60, 4)), {0: "a", 1: "b", 2: "c"}
    train, valid = held_out(60)
    y, alone = np.arange(60) % 2 * (face != "sigmoid"), 1 if face == "sigmoid" else 2
    y[(valid if kept else train)[3]] = alone
    given, model, label = y, made("estimator"), alone
    if face in ("model", "one-hot", "sigmoid"):
        model = net("sigmoid", 1) if face == "sigmoid" else net()
    if face == "one-hot":
        given = np.eye(3)[y]
    if face == "names":
        given, label = np.array([names[k] for k in y]), "c"
    found = tuning.fit_automatically(model, x, given, epochs=2)
    assert found.reasons["classes"] == f"class {label}: no row to validate on"
    assert found.reasons["validation"].startswith(f"{12 - kept} of 60 rows")


def test_classes_of_given_validation_data():
    few = LABELS < 2
    found = tuning.fit_automatically(
        net(), X[few], LABELS[few], validation_data=(X, LABELS), epochs=2
    )
    assert found.reasons["classes"] == "class 2: no row to train with"
    found = tuning.fit_automatically(net(), X, LABELS, epochs=2)
    assert "classes" not in found.reasons


@pytest.mark.parametrize("face", ["model", "estimator"])
@pytest.mark.parametrize(
    "tool",
    [tuning.fit_automatically, tuning.learning_rate_range, tuning.batch_size,
     tuning.gradient_noise],
)  # fmt: skip
def test_what_makes_batches_is_refused_in_plain_words(tool, face):
    model = made(face)
    if face == "model" and tool is not tuning.fit_automatically:
        model.compile("sgd", "sparse_categorical_crossentropy")
    for given in [(iter([(X, LABELS)]),), (iter([(X, LABELS)]), None)]:
        with pytest.raises(TypeError, match="which makes batches, expected arrays x and y"):
            tool(model, *given)
    with pytest.raises(TypeError, match="y: got None, expected an array"):
        tool(model, X)
