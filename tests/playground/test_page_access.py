"""For everybody, and on its own: axe, keyboard, phones, light and dark; nothing from elsewhere."""

import importlib.resources
import json

import pytest

for needed in ("uvicorn", "websockets", "playwright"):
    pytest.importorskip(needed)

from browsing import tab  # noqa: E402

PAGE = importlib.resources.files("trilobite.playground") / "page"
PANELS = {
    "": None,
    "#numbers": "dialog table",
    "#surface": "dialog .told:has-text('The cost goes')",
    "#range-test": "dialog .primary",
    "#program": "#program-text:has-text('import')",
    "#export": "dialog .files",
    "#keys-open": "dialog kbd",
    "#net button[data-layer='1']": "dialog .weights",
    "#tour-open": ".tour h2:has-text('rate')",
}
SOME = ["", "#numbers", "#program", "#tour-open"]
THREE = {"data": {"name": "three_classes", "noise": 20}, "hidden": [8, 6, 4, 4, 2, 2]}


@pytest.fixture(scope="module")
def axe():
    package = pytest.importorskip("axe_playwright_python")
    return (importlib.resources.files(package) / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "size, scheme, opening",
    [("desk", "light", PANELS), ("desk", "dark", SOME), ("phone", "light", SOME)],
    ids=["desk-light", "desk-dark", "phone-light"],
)
def test_axe_finds_nothing(opened, axe, size, scheme, opening):
    chromium, server = opened
    with tab(chromium, server.address, size, scheme, reduced_motion="reduce") as page:
        page.page.evaluate(axe)
        page.page.click("#more")
        page.train(3)
        page.page.click("#keep-run")
        for opens in opening:
            if opens:
                page.page.click(opens)
                page.page.wait_for_selector(PANELS[opens])
            found = page.page.evaluate("axe.run().then(({violations}) => violations)")
            assert not found, json.dumps(found, indent=1)[:3000]
            wide = page.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= page.page.viewport_size["width"]
            page.page.keyboard.press("Escape")


def test_a_phone_shows_the_largest_net_without_overflow(opened):
    chromium, server = opened
    with tab(chromium, server.address, "phone") as page:
        page.page.evaluate(f"location.hash = '#s=' + btoa('{json.dumps(THREE)}')")
        page.until(lambda: page.spec["hidden"] == THREE["hidden"])
        page.waits_for("document.querySelectorAll('.net-column').length === 8")
        wide = """[...document.querySelectorAll("main *")].filter((each) => {
            const box = each.getBoundingClientRect();
            return box.width && (box.right > innerWidth + 1 || box.left < -1)
                && !each.closest(".sr, .skip, svg");
        }).map((each) => each.outerHTML.slice(0, 200))"""
        assert page.page.evaluate(wide) == []


def test_every_control_has_the_focus_once(page):
    page.page.click("#more")
    wanted = page.page.evaluate(
        """[...document.querySelectorAll("button, input, select, summary, [tabindex='0']")]
            .filter((each) => !each.disabled && each.checkVisibility())
            .map((each, k) => each.dataset.number = k)"""
    )
    page.page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(len(wanted) + 5):
        page.page.keyboard.press("Tab")
        number, outline = page.page.evaluate(
            """(() => {
                const it = document.activeElement;
                const style = getComputedStyle(it.closest(".drop") ?? it);
                return [it.dataset.number, style.outlineStyle];
            })()"""
        )
        if number is not None:
            assert outline == "solid", number
            reached.add(int(number))
    assert reached == set(wanted)


def test_shortcuts(page):
    press = page.page.keyboard.press
    press("Space")
    page.until(lambda: page.state["running"])
    press("Space")
    page.until(lambda: not page.state["running"] and page.epoch == page.state["epoch"])
    before = page.epoch
    press("s")
    page.until(lambda: page.epoch == before + 1)
    press("r")
    page.until(lambda: page.epoch == 0)
    press("z")
    page.until(lambda: page.epoch == before + 1)
    press("Shift+Z")
    page.until(lambda: page.epoch == 0)
    press("?")
    page.page.wait_for_selector("dialog kbd")
    page.page.uncheck("dialog input")
    press("Escape")
    press("s")
    page.page.wait_for_timeout(200)
    assert page.epoch == 0 and not any(each["type"] == "step" for each in page.sent[-3:])
    page.page.focus('[aria-label="Feature x1*x2"]')
    press("Space")  # is the control's
    page.until(lambda: "x1*x2" in page.spec["features"])
    assert not page.state["running"]
    assert page.page.evaluate("document.activeElement.ariaLabel") == "Feature x1*x2"


def test_light_and_dark(page):
    light = page.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    heat = page.pixels(".heat", 0.5, 0.5)
    page.page.click("#theme")
    dark = page.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert light != dark and page.text("#theme") == "Light"
    assert sum(page.pixels(".heat", 0.5, 0.5)) < sum(heat)
    page.page.reload()
    page.page.wait_for_selector("body[data-ready]")
    assert page.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_nothing_comes_from_elsewhere(opened, page):
    _, server = opened
    page.train()
    assert page.asked
    for address in page.asked:
        assert address.startswith((server.origin, server.origin.replace("http", "ws"), "blob:"))


def test_the_page_is_small():
    files = [each for each in PAGE.iterdir() if each.is_file()]
    assert {"index.html", "style.css", "main.js"} <= {each.name for each in files}
    assert sum(len(each.read_bytes()) for each in files) < 500_000
    for each in files:
        text = each.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 400, each.name
        assert "https://" not in text, each.name


def test_frames_are_taken_when_they_are_drawn(page):
    page.page.click("#play")
    page.until(lambda: page.epoch > 10)
    page.page.click("#play")
    page.until(lambda: not page.state["running"])
    taken = [each["frame"] for each in page.sent if each["type"] == "frame_taken"]
    assert taken == sorted(set(taken)) and len(taken) > 5
