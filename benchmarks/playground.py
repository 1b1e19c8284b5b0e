"""Measure: python benchmarks/playground.py [--seconds 3]

How many epochs and pictures a second the playground makes of a net 2-8-8 on 250 rows in batches of
10, over a WebSocket of this machine, for a page that draws 60 pictures a second at most. Needs
`pip install '.[playground]'`.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import time

from websockets.sync.client import connect

from trilobite.playground.frames import decode

PACES = (1, 10, 30, 100, 200)  # epochs from one picture to the next
PICTURES = 60  # a second


def frames(socket, seconds):
    """Take frames for so long, as a page that draws; yield their headers."""
    end = time.perf_counter() + seconds
    drawn = 0.0
    while time.perf_counter() < end:
        message = socket.recv()
        if isinstance(message, bytes):
            header, _ = decode(message)
            time.sleep(max(0.0, drawn + 1 / PICTURES - time.perf_counter()))
            drawn = time.perf_counter()
            ask(socket, "frame_taken", frame=header["frame"])
            yield header


def ask(socket, kind, **fields):
    socket.send(json.dumps({"type": kind} | fields))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3, help="of each pace")
    seconds = parser.parse_args().seconds
    command = [sys.executable, "-m", "trilobite", "playground", "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        address = re.search(r"http(://\S+)/(\?\S+)", server.stdout.readline())
        with connect(f"ws{address[1]}/ws{address[2]}", max_size=None) as socket:
            print("epochs a picture  pictures/s  epochs/s")
            for pace in PACES:
                ask(socket, "configure", spec={"hidden": [8, 8]})
                ask(socket, "pace", epochs_per_frame=pace)
                ask(socket, "play")
                list(frames(socket, 0.5))
                began = time.perf_counter()
                headers = list(frames(socket, seconds))
                passed = time.perf_counter() - began
                epochs = headers[-1]["epoch"] - headers[0]["epoch"]
                print(f"{pace:16}  {len(headers) / passed:10.1f}  {epochs / passed:8.0f}")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


if __name__ == "__main__":
    main()
