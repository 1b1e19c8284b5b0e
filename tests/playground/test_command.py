"""The command: what it prints, what it refuses, how it ends; a thousand connections."""

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest
from commands import refuse

pytest.importorskip("uvicorn")
pytest.importorskip("websockets")

from played import Page  # noqa: E402

from trilobite.playground import limits  # noqa: E402

CSV = "a,b,y\n" + "".join(f"{k},{k % 7},{k % 2}\n" for k in range(40))


class Running:
    """A server in a process of its own."""

    def __init__(self, process):
        self.process, self.line = process, process.stdout.readline()
        assert process.stdout.readline() == "Ctrl-C ends it.\n"
        self.address = re.search(r"http://\S+", self.line)[0]
        self.port = int(re.search(r":(\d+)/", self.address)[1])
        self.origin = f"http://127.0.0.1:{self.port}"

    def page(self, **options):
        address = self.address.replace("http", "ws").replace("/?", "/ws?")
        return Page(address, self.origin, **options)

    def memory(self):
        """Bytes of the process, now."""
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()


@contextmanager
def running(*arguments, **environment):
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "trilobite", "playground", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.communicate()


def end(server):
    """Ctrl-C: status, seconds, and what was printed after the address."""
    began = time.monotonic()
    server.process.send_signal(signal.SIGINT)
    out, err = server.process.communicate(timeout=60)
    return server.process.returncode, time.monotonic() - began, out, err


def test_the_address_is_whole_and_ctrl_c_ends_it():
    with running("--no-browser") as server:
        assert re.fullmatch(
            r"The playground is at http://127\.0\.0\.1:\d+/\?token=[\w-]{22}\n", server.line
        )
        with urllib.request.urlopen(server.address, timeout=30) as answer:
            assert answer.status == 200
        status, _, out, err = end(server)
        assert (status, out, err) == (0, "\n", "")
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", server.port), 5)


def test_ctrl_c_while_all_train_and_one_searches():
    with running("--no-browser") as server:
        pages = [server.page(takes=False) for _ in range(4)]
        for page in pages:
            page.ask("pace", epochs_per_frame=1000)
            page.ask("configure", spec={"hidden": [32] * 6, "batch_size": 1})
            page.ask("play")
        pages[0].send({"type": "range_test", "id": 9})
        status, seconds, _, err = end(server)
        assert (status, err) == (0, "")
        assert seconds < 20  # about 0.3: this only says that it does not wait for them
        for page in pages:
            page.close()


def test_the_browser_is_opened(tmp_path):
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    with running(BROWSER=f"{browser} %s") as server:
        deadline = time.monotonic() + 60
        while not (opened.exists() and opened.read_text().strip()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert opened.read_text().strip() == server.address


def test_own_data_and_a_port(tmp_path):
    (tmp_path / "own.csv").write_text(CSV)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    arguments = ("--no-browser", "--data", str(tmp_path / "own.csv"), "--port", str(port))
    with running(*arguments) as server:
        assert server.port == port
        with server.page() as page:
            assert page.state["columns"] == ["a", "b"] and page.state["file"] == "own.csv"
            page.ask("step", epochs=3)


def test_what_is_refused(capsys, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        line = refuse(capsys, "playground", "--no-browser", "--port", port)
        assert f"cannot listen at 127.0.0.1:{port}" in line and "in use" in line
    line = refuse(capsys, "playground", "--no-browser", "--host", "192.0.2.77")
    assert "cannot listen at 192.0.2.77" in line
    line = refuse(capsys, "playground", "--no-browser", "--data", str(tmp_path / "none.csv"))
    assert "none.csv" in line
    (tmp_path / "bad.csv").write_text("a\n1\n")
    line = refuse(capsys, "playground", "--no-browser", "--data", str(tmp_path / "bad.csv"))
    assert "bad.csv: got 1 column" in line
    for port in ("0", "65536", "x"):
        assert "65535" in refuse(capsys, "playground", "--port", port)


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "websockets"])
def test_what_is_missing_is_named(missing):
    program = (
        f"import sys; sys.modules[{missing!r}] = None; from trilobite.__main__ import main;"
        "sys.exit(main(['playground', '--no-browser']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "trilobite: the playground needs starlette, uvicorn and websockets: "
        "pip install 'trilobite[playground]'\n"
    )


def test_nothing_of_the_web_is_imported_before_it_is_asked_for():
    program = (
        "import sys, trilobite, trilobite.playground.session, trilobite._cli.playground;"
        "print({'starlette', 'uvicorn', 'websockets', 'matplotlib', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "set()\n"


def test_a_thousand_connections():
    """Those beyond the limit are answered 503; memory is bounded; then all is as before."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2500:
        pytest.skip("too few open files are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2500), hard))
    try:
        with running("--no-browser") as server:
            page = server.page()
            page.ask("step", epochs=5)
            before, connections, refused = server.memory(), [], 0
            for _ in range(1000):
                connections.append(socket.create_connection(("127.0.0.1", server.port), 30))
            for each in connections[limits.CONNECTIONS :]:
                each.settimeout(30)
                refused += each.recv(100).startswith(b"HTTP/1.1 503 ")
            assert refused == 1000 - limits.CONNECTIONS
            page.ask("step", epochs=5)  # who is in does not notice
            assert server.memory() - before < 50e6
            for each in connections:
                each.close()
            deadline = time.monotonic() + 30
            while True:
                try:
                    with urllib.request.urlopen(server.address, timeout=30):
                        break
                except OSError:
                    assert time.monotonic() < deadline
            with server.page() as other:
                other.ask("step", epochs=2)
            page.close()
            assert end(server)[0] == 0
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_thousand_pages():
    """Sockets that shake hands: 16 visitors, the others are told so and cost nothing."""
    with running("--no-browser") as server:
        page = server.page()
        page.ask("pace", epochs_per_frame=100)
        page.ask("play")
        for _ in range(20):
            page.frame()
        before = server.memory()
        for _ in range(1000 // 50):
            pages = []
            for _ in range(50):
                raw = socket.create_connection(("127.0.0.1", server.port), 30)
                token = server.address.partition("=")[2]
                raw.sendall(
                    f"GET /ws?token={token} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
                )
                pages.append(raw)
            answers = [each.recv(20) for each in pages]
            assert all(a.startswith(b"HTTP/1.1 101") or b" 503 " in a for a in answers)
            for each in pages:
                each.close()
            page.frame()
        assert server.memory() - before < 60e6
        page.ask("pause")
        page.close()
