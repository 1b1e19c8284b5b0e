"""Controls of the page, in a browser: effects are read from the server's state and from pixels."""

import json

import pytest

for needed in ("uvicorn", "websockets", "playwright"):
    pytest.importorskip(needed)


CHOICES = [
    ("activation", "relu", {"activation": "relu"}),
    ("regularization.kind", "l2", {"regularization": {"kind": "l2", "rate": 0.001}}),
    ("optimizer.name", "adam", {"optimizer": {"name": "adam", "learning_rate": 0.03}}),
    ("loss", "squared_error", {"loss": "squared_error"}),
    ("schedule", "cosine", {"schedule": "cosine"}),
]
NUMBERS = [
    ("optimizer.learning_rate", "0.7", 0.7),
    ("regularization.rate", "0.2", 0.2),
    ("schedule_epochs", "55", 55),
    ("seed", "8", 8),
    ("early_stopping.patience", "7", 7),
    ("data.rows", "120", 120),
    ("data.seed", "3", 3),
]
RANGES = [("data.noise", "35", 35), ("data.test_share", "0.3", 0.3), ("dropout", "0.25", 0.25)]
CHECKS = ["batch_normalization", "early_stopping.on", "show_test", "discretize"]
A_POINT_ON_LINE_9 = """() => { // that no other line hides: from the first to the second neuron
    const line = document.querySelector("path.target[data-line='9']");
    const box = document.querySelector("#net").getBoundingClientRect();
    for (let share = 0.1; share < 1; share += 0.02) {
        const at = line.getPointAtLength(share * line.getTotalLength());
        const [x, y] = [at.x + box.x, at.y + box.y];
        if (document.elementFromPoint(x, y) === line) return [x, y];
    }
}"""
SETS = {
    "classification": ["circle", "xor", "gauss", "spiral", "three_classes"],
    "regression": ["plane", "gauss_regression"],
}


def at(spec, path):
    for name in path.split("."):
        spec = spec[name]
    return spec


# ---- the spec ----


def test_fields(page):
    page.page.click("#more")
    for path, value, expected in CHOICES:
        page.field(path).select_option(value)
        page.until(lambda expected=expected: expected.items() <= page.spec.items())
    page.field("early_stopping.on").check()
    page.until(lambda: page.spec["early_stopping"]["on"])
    for path, text, value in NUMBERS:
        page.field(path).fill(text)
        page.field(path).press("Enter")
        page.until(lambda path=path, value=value: at(page.spec, path) == value)
    for path, text, value in RANGES:
        page.field(path).fill(text)
        page.until(lambda path=path, value=value: at(page.spec, path) == value)
    page.field("early_stopping.on").uncheck()
    for path in CHECKS:
        page.field(path).check()
        page.until(lambda path=path: at(page.spec, path) is True)
    page.field("epochs_per_frame").fill("40")
    page.field("epochs_per_frame").press("Enter")
    page.until(lambda: page.state["epochs_per_frame"] == 40)


def test_ladders_of_rates(page):
    rate = page.field("optimizer.learning_rate")
    page.page.click("text=+ >> nth=0")
    page.until(lambda: page.spec["optimizer"]["learning_rate"] == 0.1)
    rate.press("ArrowUp")
    page.until(lambda: page.spec["optimizer"]["learning_rate"] == 0.3)
    for _ in range(3):
        rate.press("ArrowDown")
    page.until(lambda: page.spec["optimizer"]["learning_rate"] == 0.01)
    assert rate.input_value() == "0.01"


def test_batch_size(page):
    slider, number, full = (page.field("batch_size").nth(k) for k in range(3))
    slider.fill("17")
    page.until(lambda: page.spec["batch_size"] == 17 and number.input_value() == "17")
    number.fill("200")
    number.press("Enter")
    page.until(lambda: page.spec["batch_size"] == 200 and slider.input_value() == "30")
    full.check()
    page.until(lambda: page.spec["batch_size"] == "full" and number.input_value() == "250")
    full.uncheck()
    page.until(lambda: page.spec["batch_size"] == 200)


def test_many_moves_of_a_slider_end_where_it_is(page):
    noise = page.field("data.noise")
    for value in range(0, 50, 5):
        noise.fill(str(value))
    page.until(lambda: page.spec["data"]["noise"] == 45)
    assert noise.input_value() == "45"


@pytest.mark.parametrize("problem", SETS)
def test_data_sets(page, problem):
    page.field("problem").select_option(problem)
    page.until(lambda: page.spec["problem"] == problem)
    seen = set()
    for name in SETS[problem]:
        page.page.click(f'.set[data-name="{name}"]')
        page.until(lambda name=name: page.spec["data"]["name"] == name)
        page.page.wait_for_selector(f'.set[data-name="{name}"][aria-pressed="true"]')
        page.until(lambda: page.pixels("#map canvas:last-child") not in seen)
        seen.add(page.pixels("#map canvas:last-child"))
    assert len(seen) == len(SETS[problem])
    assert page.page.locator(".net-column:last-child .node").count() == (
        3 if problem == "classification" else 1
    )


def test_between_problems_the_points_of_the_data_before_are_not_drawn(page):
    for problem in ("regression", "classification", "regression", "classification"):
        page.field("problem").select_option(problem)
        page.until(lambda problem=problem: page.spec["problem"] == problem)
        page.page.wait_for_timeout(100)
    assert page.mistakes == []


def test_features_and_layers(page):
    more, fewer = (f"#layer-count button:{each}" for each in ("last-of-type", "first-of-type"))
    page.page.click('[aria-label="Feature sin(x1)"]')
    page.until(lambda: page.spec["features"] == ["x1", "x2", "sin(x1)"])
    page.page.click('[aria-label="Feature x2"]')
    page.until(lambda: page.spec["features"] == ["x1", "sin(x1)"])
    for count in range(3, 7):
        page.page.click(more)
        page.until(lambda count=count: len(page.spec["hidden"]) == count)
    assert page.page.is_disabled(more)
    page.page.click('[aria-label="More neurons in layer 6"]')
    page.until(lambda: page.spec["hidden"] == [4, 2, 2, 2, 2, 3])
    page.page.click('[aria-label="Fewer neurons in layer 1"]')
    page.until(lambda: page.spec["hidden"] == [3, 2, 2, 2, 2, 3])
    page.waits_for("document.querySelectorAll('.net-column').length === 8")
    weights = 2 * 3 + 3 * 2 + 3 * 2 * 2 + 2 * 3 + 3
    assert page.page.locator("path.target").count() == weights
    for count in range(5, -1, -1):
        page.page.click(fewer)
        page.until(lambda count=count: len(page.spec["hidden"]) == count)
    assert page.page.is_disabled(fewer)
    page.train()
    assert page.page.locator("path.target").count() == 2


# ---- training ----


def test_play_pause_step_and_reset(page):
    assert page.text("#play .sr") == "Play"
    page.page.click("#play")
    page.until(lambda: page.epoch >= 20 and page.text("#play .sr") == "Pause")
    page.page.click("#play")
    page.until(lambda: not page.state["running"] and page.epoch == page.state["epoch"])
    stopped = page.epoch
    page.train()
    assert page.epoch == stopped + 1
    assert float(page.text("#train-cost")) < 0.7
    page.page.click("#reset")
    page.until(lambda: page.epoch == 0 and page.text("#train-cost") == "–")


def test_the_map_learns_the_circle(page):
    def orange(x, y):
        red, _, blue = page.pixels(".heat", x, y)
        return red - blue

    page.field("optimizer.name").select_option("adam")
    page.until(lambda: page.spec["optimizer"]["name"] == "adam")
    before = page.pixels("#curve canvas")
    page.page.click("#play")
    page.until(lambda: page.epoch >= 60)
    page.page.click("#play")
    page.until(lambda: not page.state["running"])
    assert orange(0.5, 0.5) < -60  # blue inside
    assert min(orange(0.04, 0.5), orange(0.5, 0.04), orange(0.96, 0.5)) > 60
    assert page.pixels("#curve canvas") != before
    label = "document.querySelector('#map canvas:last-child').ariaLabel"
    page.waits_for(f"{label}.includes('% of the test rows are right')")
    assert page.page.locator("#net .negative").count() > 0
    page.field("discretize").check()
    page.until(lambda: page.spec["discretize"])
    page.until(lambda: len({tuple(page.pixels(".heat", x / 20, 0.5)) for x in range(20)}) == 2)


def test_show_test_data_draws_more_points(page):
    before = page.pixels("#map canvas:last-child")
    page.field("show_test").check()
    page.until(lambda: page.spec["show_test"])
    page.until(lambda: page.pixels("#map canvas:last-child") != before)


def test_weights_are_changed_by_a_click_on_a_line(page):
    page.page.mouse.click(*page.page.evaluate(A_POINT_ON_LINE_9))
    page.page.wait_for_selector("dialog .weights input:focus")
    page.page.keyboard.type("2.5")
    page.page.keyboard.press("Enter")
    page.until(lambda: any(each["type"] == "set_weight" for each in page.sent))
    message = next(each for each in page.sent if each["type"] == "set_weight")
    assert {"layer": 1, "row": 0, "column": 1, "value": 2.5}.items() <= message.items()
    page.until(lambda: page.state["can_undo"])
    page.page.keyboard.press("Escape")
    page.page.click("#net button[data-layer='1'][data-neuron='1']")
    page.waits_for("document.querySelector('dialog .weights input').value === '2.5'")
    page.page.locator("dialog .weights input").last.fill("-1")
    page.page.keyboard.press("Tab")
    page.until(lambda: any(each.get("row") == -1 for each in page.sent))


def test_a_neuron_that_is_pointed_at_is_shown_large(page):
    whole = page.pixels(".heat")
    page.page.hover("#net button[data-layer='0'][data-neuron='1']")
    page.until(lambda: page.pixels(".heat") != whole)
    page.page.hover("h1")
    page.until(lambda: page.pixels(".heat") == whole)


def test_undo_and_redo(page):
    assert page.page.is_disabled("#undo")
    page.train(2)
    page.page.click('[aria-label="More neurons in layer 1"]')
    page.until(lambda: page.spec["hidden"] == [5, 2] and page.epoch == 0)
    page.page.click("#undo")
    page.until(lambda: page.spec["hidden"] == [4, 2] and page.epoch == 2)
    page.page.click("#redo")
    page.until(lambda: page.spec["hidden"] == [5, 2] and page.epoch == 0)


def test_what_is_refused_is_said_beside_its_control(page):
    seed = page.page.locator('[data-path="data.seed"]')
    seed.locator("input").fill("-4")
    seed.locator("input").press("Enter")
    page.page.wait_for_selector('[data-path="data.seed"] [role="alert"]')
    assert seed.locator(".error").inner_text() == "got -4, expected an integer >= 0"
    assert seed.locator("input").input_value() == "0"
    seed.locator("input").fill("4")
    seed.locator("input").press("Enter")
    page.until(lambda: page.spec["data"]["seed"] == 4 and not seed.locator(".error").count())
    page.page.click('[aria-label="Feature x2"]')
    page.until(lambda: page.spec["features"] == ["x1"])
    page.page.click('[aria-label="Feature x1"]')  # none would be left
    page.page.wait_for_selector("#network > .error")
    assert json.dumps(page.spec["features"]) == '["x1"]'
