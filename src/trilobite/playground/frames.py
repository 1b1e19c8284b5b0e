"""Frames: a header in JSON, and arrays, as docs/playground-protocol.md describes them."""

import json
import struct

import numpy as np


def encode(header, arrays):
    """The bytes of a frame.

    Parameters
    ----------
    header : dict
        Plain data; numbers that are not finite become null.
    arrays : dict of ndarray
        Written as float32.
    """
    arrays = {name: np.ascontiguousarray(a, "<f4") for name, a in arrays.items()}
    header = header | {
        "arrays": [{"name": name, "shape": list(a.shape)} for name, a in arrays.items()]
    }
    text = dumps(header).encode()
    text += b" " * (-(4 + len(text)) % 4)
    return b"".join([struct.pack("<I", len(text)), text, *(a.tobytes() for a in arrays.values())])


def decode(frame):
    """Header and arrays of a frame."""
    (n,) = struct.unpack_from("<I", frame)
    header, at, arrays = json.loads(frame[4 : 4 + n]), 4 + n, {}
    for each in header["arrays"]:
        count = int(np.prod(each["shape"], dtype=int))
        arrays[each["name"]] = np.frombuffer(frame, "<f4", count, at).reshape(each["shape"])
        at += 4 * count
    return header, arrays


def dumps(message):
    """JSON in which NaN and infinities are null."""
    return json.dumps(_plain(message), allow_nan=False, separators=(",", ":"))


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value
