"""What the page opens: the tour, numbers, surface, rates, the program, files, kept runs."""

import json
import math
import subprocess
import sys

import pytest

for needed in ("uvicorn", "websockets", "playwright"):
    pytest.importorskip(needed)


from trilobite.models import load_model  # noqa: E402
from trilobite.playground.tour import STEPS  # noqa: E402

STOPS = {
    "data": {"noise": 50, "rows": 60},
    "hidden": [8, 8],
    "optimizer": {"name": "adam", "learning_rate": 0.1},
    "early_stopping": {"on": True, "patience": 15},
}


def cells(page, table, row):
    """Texts of a row of a table in the dialog."""
    found = page.page.locator("dialog table").nth(table).locator("tbody tr").nth(row)
    return found.locator("th, td").all_inner_texts()


def test_tour(page):
    page.page.click("#tour-open")
    for k, (title, sentence, spec, epochs) in enumerate(STEPS):
        page.page.wait_for_selector(f"text={title}")
        assert page.text(".tour [aria-live]") == sentence
        assert page.text(".tour .count") == f"{k + 1} of {len(STEPS)}"
        page.until(lambda spec=spec: {"hidden": spec["hidden"]}.items() <= page.spec.items())
        page.until(lambda epochs=epochs: page.state["epochs_per_frame"] == epochs)
        rate = spec["optimizer"]["learning_rate"]
        assert page.spec["optimizer"]["learning_rate"] == rate
        field = page.field("optimizer.learning_rate")
        page.until(lambda field=field, rate=rate: float(field.input_value()) == rate)
        if k in (1, 4):
            page.page.click(".tour button:has-text('Play')")
            page.until(lambda: page.epoch > 2)
        page.page.click(".tour .primary")
    page.page.wait_for_selector(".tour", state="hidden")
    assert page.page.evaluate("document.activeElement.id") == "tour-open"


def test_a_step_with_numbers(page):
    page.page.click("#net button[data-layer='0'][data-neuron='2']")
    page.page.click("dialog .buttons button")
    page.page.wait_for_selector("dialog table")
    assert page.page.input_value("dialog select") == "0 2"
    assert "Round 1 of 25" in page.text(".big-numbers")
    assert len(cells(page, 0, 0)) == 5  # row, x1, x2, y, output
    for row in range(3):
        _, before, gradient, change, after = cells(page, 1, row)
        before, gradient, change, after = map(float, (before, gradient, change, after))
        assert math.isclose(change, -0.03 * gradient, rel_tol=2e-3, abs_tol=1e-7)
        assert math.isclose(after, before + change, rel_tol=2e-3, abs_tol=1e-4)
    assert "w <- w - learning_rate * gradient" in page.text("dialog code")
    page.page.click("dialog .primary")
    page.page.wait_for_selector("text=Round 2 of 25")
    page.until(lambda: page.state["rounds"] == 2)


def test_cost_surface(page):
    page.train(4)
    page.page.click("#surface")
    page.page.wait_for_selector("dialog .told:has-text('The cost goes from')")
    assert "path of training has" in page.page.get_attribute("dialog canvas", "aria-label")
    places = [(x, y) for x in (0.02, 0.98) for y in (0.02, 0.98)]
    page.until(lambda: len({tuple(page.pixels("dialog canvas", *at)) for at in places}) > 1)


def test_range_test(page):
    page.page.click("#range-test")
    use = page.page.locator("dialog .primary")
    use.wait_for()
    rate = float(use.inner_text().split()[1])
    use.click()
    page.until(lambda: page.spec["optimizer"]["learning_rate"] == rate)
    page.page.wait_for_selector("dialog", state="detached")


def test_the_program_gives_the_costs_of_the_page(page, tmp_path):
    page.field("data.noise").fill("20")
    page.until(lambda: page.spec["data"]["noise"] == 20)
    page.train(6)
    train, test = page.text("#train-cost"), page.text("#test-cost")
    page.page.click("#program")
    for face in ("keras", "sklearn"):
        page.page.check(f"input[value={face}]")
        begins = "import trilobite as keras" if face == "keras" else "log_loss"
        page.page.wait_for_selector(f"#program-text:has-text('{begins}')")
        with page.page.expect_download() as download:
            page.page.click("text=Save as playground.py")
        path = tmp_path / face / download.value.suggested_filename
        download.value.save_as(path)
        ran = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True)
        printed = [float(each) for each in ran.stdout.split()]
        assert [f"{value:.4g}" for value in printed] == pytest.approx([train, test]) or (
            printed == pytest.approx([float(train), float(test)], rel=1e-3)
        )


def test_what_scikit_learn_has_no_words_for_is_told(page):
    page.page.click("#more")
    page.field("batch_normalization").check()
    page.until(lambda: page.spec["batch_normalization"])
    page.page.click("#program")
    page.page.check("input[value=sklearn]")
    page.page.wait_for_selector("dialog .error:has-text('no batch normalization')")
    page.page.check("input[value=keras]")
    page.page.wait_for_selector("#program-text:has-text('BatchNormalization')")
    assert not page.page.locator("dialog .error").count()


def test_export(page, tmp_path):
    page.page.click("#export")
    page.page.click("[data-what=history]")
    page.page.wait_for_selector("dialog .error:has-text('train first')")
    page.page.keyboard.press("Escape")
    page.train(3)
    page.page.click("#export")
    found = {}
    for what in ("history", "model", "js"):
        with page.page.expect_download() as download:
            page.page.click(f"[data-what={what}]")
        found[what] = tmp_path / download.value.suggested_filename
        download.value.save_as(found[what])
    lines = found["history"].read_text().splitlines()
    assert lines[0] == "epoch,train,test,learning_rate" and len(lines) == 4
    model = load_model(found["model"])
    assert [w.shape for w in model.get_weights()][:2] == [(2, 4), (4,)]


def test_runs_are_kept_beside_the_present_one(page):
    page.page.click("#keep-run")
    page.page.wait_for_selector(".keep .error:has-text('train first')")
    page.train(3)
    page.page.fill(".keep input", "the first")
    page.page.click("#keep-run")
    page.page.wait_for_selector(".runs li:has-text('the first')")
    page.field("activation").select_option("relu")
    page.until(lambda: page.spec["activation"] == "relu")
    page.page.click("#reset")
    page.until(lambda: page.epoch == 0)
    with_run = page.pixels("#curve canvas")
    page.page.click("[aria-label='Forget the run the first']")
    page.until(lambda: page.state["runs"] == [])
    page.until(lambda: page.pixels("#curve canvas") != with_run)


def test_diagnosis(page):
    assert page.text("#diagnosis") == "Nothing yet: press play."
    page.field("optimizer.learning_rate").fill("0.0001")
    page.field("optimizer.learning_rate").press("Enter")
    page.until(lambda: page.spec["optimizer"]["learning_rate"] == 0.0001)
    page.page.click("#play")
    page.until(lambda: page.epoch >= 40)
    page.page.click("#play")
    page.until(lambda: not page.state["running"])
    page.page.click("#diagnose")
    page.page.wait_for_selector("#diagnosis small:has-text('The rule')")
    assert "learning rate" in page.text("#diagnosis")


def test_early_stopping_marks_the_best_epoch(page):
    page.page.evaluate(f"location.hash = '#s=' + btoa('{json.dumps(STOPS)}')")
    page.until(lambda: page.spec["hidden"] == [8, 8])
    page.page.click("#play")
    page.until(lambda: page.state["stopped"] and page.state["best_epoch"])
    told = f"at epoch {page.state['best_epoch']}"
    page.waits_for(f"document.querySelector('#curve canvas').ariaLabel.includes('{told}')")
    page.until(lambda: page.text("#play .sr") == "Play")


def test_the_curve_is_read_by_keys(page):
    page.train(3)
    page.page.focus("#curve canvas")
    page.page.keyboard.press("Home")
    assert page.text("#curve-readout").startswith("Epoch 1: training cost 0.")
    page.page.keyboard.press("ArrowRight")
    assert page.text("#curve-readout").startswith("Epoch 2: training cost 0.")
    before = page.pixels("#curve canvas")
    page.page.check("#log-scale")
    page.until(lambda: page.pixels("#curve canvas") != before)
