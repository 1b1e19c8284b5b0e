"""Pages of the playground in a real browser, and what the server told each."""

import json
import shutil
import time
from contextlib import contextmanager

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = [
    *("--no-sandbox", "--headless", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--disable-quic",
]
SIZES = {"desk": (1280, 800), "phone": (390, 844)}


@contextmanager
def browser():
    """A headless Chromium; tests are skipped where there is none, or no Playwright."""
    api = pytest.importorskip("playwright.sync_api")
    if BROWSER is None:
        pytest.skip("needs chromium")
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=BROWSER, args=OPTIONS)
        try:
            yield found
        finally:
            found.close()


class Tab:
    """A page, opened and ready.

    Attributes
    ----------
    page : playwright.sync_api.Page
    state : dict
        The last one that the server sent.
    sent : list of dict
        Messages to the server.
    asked : list of str
        Addresses that the page asked for.
    mistakes : list of str
        Errors of its scripts.
    """

    def __init__(self, context, address=None):
        self.context, self.page, self.address = context, context.new_page(), address
        self.state, self.sent, self.asked, self.mistakes = None, [], [], []
        self.page.set_default_timeout(60_000)
        self.page.on("websocket", self._listen)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.mistakes.append(str(error)))
        self.page.on("console", self._console)
        if address:
            self.open(address)

    def _console(self, message):
        if message.type == "error" and "WebSocket" not in message.text:
            self.mistakes.append(message.text)

    def _listen(self, socket):
        self.asked.append(socket.url)
        socket.on("framereceived", self._received)
        socket.on("framesent", lambda text: self.sent.append(json.loads(text)))

    def _received(self, text):
        if isinstance(text, str) and (message := json.loads(text))["type"] == "state":
            self.state = message

    def open(self, address):
        """Go there, and wait until the page shows what the server says."""
        self.page.goto(address)
        self.page.wait_for_selector("body[data-ready]")

    @property
    def spec(self):
        return self.state["spec"]

    @property
    def epoch(self):
        return int(self.text("#epoch").split(" ")[0].replace(",", ""))

    def text(self, selector):
        return self.page.text_content(selector)

    def until(self, done, seconds=60):
        """Wait until `done()`."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, (self.spec, self.text("#status"), self.mistakes)
            self.page.wait_for_timeout(20)

    def waits_for(self, expression):
        """Wait until an expression of JavaScript is true."""
        self.until(lambda: self.page.evaluate(expression))

    def field(self, path):
        """The inputs of a field of the spec."""
        return self.page.locator(f'[data-path="{path}"] :is(input, select)')

    def train(self, epochs=1):
        """Step by step."""
        for _ in range(epochs):
            before = self.epoch
            self.page.click("#step")
            self.until(lambda before=before: self.epoch > before)

    def pixels(self, selector, x=None, y=None):
        """Red, green and blue of a canvas at a share of its width and height, or a sum of all."""
        script = """([selector, x, y]) => {
            const canvas = document.querySelector(selector), {width: w, height: h} = canvas;
            const all = canvas.getContext("2d").getImageData(0, 0, w, h).data;
            if (x === null) return all.reduce((sum, value) => (sum * 31 + value) % 1000003, 7);
            const at = 4 * (Math.floor(y * h) * w + Math.floor(x * w));
            return [...all.slice(at, at + 3)];
        }"""
        return self.page.evaluate(script, [selector, x, y])


@contextmanager
def tab(browser, address, size="desk", scheme="light", **options):
    """A page that nothing else shares anything with."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, **options
    )
    found = Tab(context, address)
    try:
        yield found
    finally:
        context.close()
    assert found.mistakes == []
