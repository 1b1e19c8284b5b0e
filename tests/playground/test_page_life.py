"""The page's life: links, reloads, two pages at once, a server that goes and comes back."""

import base64
import json
import random

import pytest

for needed in ("uvicorn", "websockets", "playwright"):
    pytest.importorskip(needed)

from browsing import Tab, tab  # noqa: E402
from played import serving_at  # noqa: E402


def csv(n=90, classes=("ash", "birch", "cedar"), seed=0):
    rng, lines = random.Random(seed), ["height,width,age,kind"]
    for k in range(n):
        c = k % len(classes)
        values = [rng.gauss(10 * c, 2), rng.gauss(5 * c * c, 2), rng.gauss(40, 9)]
        lines.append(",".join(f"{v:.3f}" for v in values) + f",{classes[c]}")
    return "\n".join(lines) + "\n"


def hand_over(page, text, name="trees.csv"):
    file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    page.page.set_input_files("input[type=file]", [file])


def spec_of(page):
    """What the page's address says."""
    coded = page.page.evaluate("location.hash").removeprefix("#s=")
    return json.loads(base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)))


def test_the_address_holds_the_state(opened, page):
    chromium, _ = opened
    page.field("activation").select_option("sigmoid")
    page.page.click('.set[data-name="spiral"]')
    page.until(lambda: page.spec["data"]["name"] == "spiral")
    page.until(lambda: "#s=" in page.page.url and spec_of(page) == page.spec)
    with tab(chromium, page.page.url) as other:
        other.until(lambda: other.spec == page.spec)
        assert other.field("activation").input_value() == "sigmoid"
        other.page.wait_for_selector('.set[data-name="spiral"][aria-pressed="true"]')


@pytest.mark.parametrize(
    "coded, told",
    [
        ("!!!", "cannot be read"),
        ("eyJoaWRkZW4iOls5OV19", "spec.hidden"),  # {"hidden":[99]}
        ("eyJkYXRhIjp7Im5hbWUiOiJvd24ifX0", "hand it over again"),  # {"data":{"name":"own"}}
    ],
)
def test_a_bad_address_is_told(opened, coded, told):
    chromium, server = opened
    with tab(chromium, f"{server.address}#s={coded}") as page:
        assert told in page.text("#status")
        assert page.spec["hidden"] == [4, 2]
        page.train()


def test_reload_while_training(page):
    page.field("optimizer.name").select_option("adam")
    page.until(lambda: page.spec["optimizer"]["name"] == "adam")
    page.page.click("#play")
    page.until(lambda: page.epoch >= 5)
    page.page.reload()
    page.page.wait_for_selector("body[data-ready]")
    page.until(lambda: page.spec["optimizer"]["name"] == "adam" and page.epoch == 0)
    assert not page.state["running"]
    page.train(2)


def test_two_pages_at_once(opened, page):
    chromium, server = opened
    with tab(chromium, server.address) as other:
        page.field("activation").select_option("relu")
        page.page.click("#play")
        other.page.click("#play")
        for each in (page, other):
            each.until(lambda each=each: each.epoch >= 10)
        assert (page.spec["activation"], other.spec["activation"]) == ("relu", "tanh")
        other.page.click("#play")
        other.until(lambda: not other.state["running"])
        before = page.epoch
        page.until(lambda: page.epoch > before)


def test_the_server_goes_and_comes_back(opened):
    chromium, _ = opened
    with serving_at() as server:
        port = server.port
        context = chromium.new_context()
        page = Tab(context, server.address)
        hand_over(page, csv())
        page.until(lambda: page.spec["data"]["name"] == "own")
        page.field("activation").select_option("relu")
        page.until(lambda: page.spec["activation"] == "relu")
        page.page.click("#play")
        page.until(lambda: page.epoch > 3)
    page.until(lambda: "Trying again" in page.text("#status"))
    assert page.text("#play .sr")  # is still there
    page.page.click("#reset")  # says that nobody answers, breaks nothing
    with serving_at(port=port):
        page.until(lambda: "there again" in page.text("#status"))
        page.until(lambda: page.spec["data"]["name"] == "own" and page.spec["activation"] == "relu")
        page.until(lambda: page.epoch == 0)
        page.train(2)
        assert page.state["classes"] == ["ash", "birch", "cedar"]
        context.close()
    assert not page.mistakes


# ---- own data ----


def test_own_file(page):
    hand_over(page, csv() + "1,,3,ash\n")
    page.until(lambda: page.state["file"] == "trees.csv")
    page.page.wait_for_selector("#own-target")
    assert "90 rows, 3 classes" in page.text(".file-name")
    assert "1 rows are left out" in page.text(".file-name")
    assert page.state["columns"] == ["height", "width", "age"]
    assert page.page.locator(".net-column:last-child .node").count() == 3
    assert "class birch" in page.text("#legend")
    page.page.click("#play")
    page.until(lambda: page.epoch >= 150)
    page.page.click("#play")
    page.until(lambda: not page.state["running"])
    assert float(page.text("#test-metric").split()[0]) > 90
    page.page.uncheck("#own-feature-2")
    page.until(lambda: page.spec["features"] == ["height", "width"])
    page.page.click("#own-data details button")
    page.until(lambda: len(page.spec["features"]) == 3)
    page.page.select_option("#own-view-1", "age")
    page.until(lambda: page.state["axes"] == ["height", "age"])
    page.page.check("#own-pca")
    page.until(lambda: page.state["axes"][0] == "first principal component")
    page.page.select_option("#own-target", "age")
    page.until(lambda: page.state["target"] == "age" and page.spec["problem"] == "regression")
    assert "kind=ash" in page.state["columns"]
    page.page.wait_for_selector(".net-column:last-child .node:only-child")
    page.page.click('.set[data-name="plane"]')
    page.until(lambda: page.spec["data"]["name"] == "plane")
    page.page.click('.set[data-name="own"]')
    page.until(lambda: page.spec["data"]["name"] == "own" and len(page.spec["features"]) > 2)


def test_own_file_is_dropped_and_lives_through_a_reload(page):
    page.page.evaluate(
        """(text) => {
            const given = new DataTransfer();
            given.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
            const drop = new DragEvent("drop", { dataTransfer: given, bubbles: true });
            document.body.dispatchEvent(drop);
        }""",
        csv(40, ("no", "yes")),
    )
    page.until(lambda: page.state["file"] == "dropped.csv" and page.state["classes"])
    page.page.reload()
    page.page.wait_for_selector("body[data-ready]")
    page.until(lambda: page.state["file"] == "dropped.csv")
    page.train()


def test_a_bad_file_is_refused_beside_it(page):
    hand_over(page, "a\n1\n2\n")
    page.page.wait_for_selector("#own-data .error")
    assert page.spec["data"]["name"] == "circle"
    hand_over(page, csv())
    page.until(lambda: page.spec["data"]["name"] == "own")
    page.until(lambda: not page.page.locator("#own-data .error").count())
