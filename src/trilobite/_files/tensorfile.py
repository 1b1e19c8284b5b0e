"""Files of named arrays and JSON: safetensors, written at once or not at all, and checked.

The layout is described in docs/model-file.md. What the arrays mean is the matter of `saving`.
"""

import os
import stat

import numpy as np

_DTYPES = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
_LONGEST_HEADER = 100_000_000  # bytes, safetensors' own limit
_TEMPORARY = (".trilobite-", ".tmp")  # around random digits


def write(path, tensors, content, overwrite=True):
    """Write arrays and a JSON object; whatever happens, `path` is the old file or the whole new.

    Parameters
    ----------
    path : str or os.PathLike
    tensors : dict of str and ndarray of float32 or float64
    content : dict
        Of which strict JSON can be made.
    overwrite : bool

    Raises
    ------
    FileExistsError
        There is such a file and `overwrite` is false.
    OSError
        It cannot be written, or is something else than a file.
    ValueError
        `content` is too large for the header.
    """
    path = os.path.realpath(path)  # a link stays a link
    folder, mode = os.path.dirname(path), None
    if os.path.exists(path):
        if not overwrite:
            raise FileExistsError(f"{path} exists, and overwrite is False")
        if not os.path.isfile(path):
            raise OSError(f"{path}: got a folder or a device, expected a file or a new name")
        mode = stat.S_IMODE(os.stat(path).st_mode)
    arrays = {name: _little_endian(a) for name, a in sorted(tensors.items())}
    header = _header(path, arrays, content)
    temporary = os.path.join(folder, os.urandom(8).hex().join(_TEMPORARY))
    # 0o666 less the umask, as open() would make it
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with open(descriptor, "wb") as file:
            if mode is not None:
                os.fchmod(descriptor, mode)
            file.write(header)
            for a in arrays.values():
                file.write(a.reshape(-1).view(np.uint8))
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _header(path, arrays, content):
    """The length of the header and the header, padded to a multiple of 8 bytes."""
    import json

    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    header = {"__metadata__": {"trilobite": text, "sha256": _digest(text, arrays)}}
    start = 0
    for name, a in arrays.items():
        end = start + a.nbytes
        dtype = next(key for key, dtype in _DTYPES.items() if dtype == a.dtype)
        header[name] = {"dtype": dtype, "shape": a.shape, "data_offsets": (start, end)}
        start = end
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    if len(encoded) > _LONGEST_HEADER:
        raise ValueError(
            f"{path}: got {len(encoded)} bytes of history and description, expected at most "
            f"{_LONGEST_HEADER}"
        )
    return len(encoded).to_bytes(8, "little") + encoded


def read(path):
    """What `write` was given: the arrays and the JSON object.

    Raises
    ------
    OSError
        It cannot be read.
    ValueError
        It is no such file, truncated or changed; the message names the file.
    """
    import json  # here, as below: it takes a while

    with open(path, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError(f"{path}: got a device or pipe, expected a file")
        data = file.read()
    if len(data) < 8:
        raise ValueError(f"{path}: got {len(data)} bytes, expected a file of trilobite: too short")
    end = 8 + int.from_bytes(data[:8], "little")
    if end > min(len(data), 8 + _LONGEST_HEADER):
        raise ValueError(
            f"{path}: got {len(data)} bytes, the header alone says {end}; the file is truncated "
            "or none of trilobite's"
        )
    tensors = _tensors(path, data)
    try:
        metadata = json.loads(data[8:end])["__metadata__"]
        text, digest = metadata["trilobite"], metadata["sha256"]
        found = _digest(text, tensors)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path}: got no metadata of trilobite, expected a file of it") from error
    if digest != found:
        raise ValueError(f"{path} is damaged: got SHA-256 {found}, expected {digest}")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: got metadata that is no JSON, expected an object") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path}: got metadata {text[:50]!r}, expected a JSON object")
    return tensors, content


def _tensors(path, data):
    """The arrays in the bytes of a safetensors file."""
    import safetensors  # here: not at the import of trilobite

    try:
        found = safetensors.deserialize(data)
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path}: truncated, damaged or no safetensors file: {error}") from error
    tensors = {}
    for name, tensor in sorted(found, key=lambda item: item[0]):
        dtype = _DTYPES.get(tensor["dtype"])
        if dtype is None:
            raise ValueError(
                f"{path}: got {name!r} of dtype {tensor['dtype']}, expected one of "
                f"{', '.join(_DTYPES)}"
            )
        tensors[name] = np.frombuffer(tensor["data"], dtype).reshape(tensor["shape"])
    return tensors


def _digest(text, arrays):
    """SHA-256 of the JSON text and, in the order of their names, of the arrays."""
    import hashlib  # here: it loads OpenSSL
    import json

    digest = hashlib.sha256(text.encode())
    for name, a in sorted(arrays.items()):
        head = json.dumps([name, a.dtype.itemsize, a.shape], separators=(",", ":"))
        digest.update(head.encode())
        digest.update(a.reshape(-1).view(np.uint8))
    return digest.hexdigest()


def _little_endian(a):
    return np.asarray(a, a.dtype.newbyteorder("<"), order="C")


def _sync_folder(folder):
    """Let the new name in a folder outlive a power failure."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # a folder that may be written to but not read
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_leftovers(folder):
    """Delete what writers that were killed left in a folder."""
    start, end = _TEMPORARY
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if name.startswith(start) and name.endswith(end):
            os.unlink(os.path.join(folder, name))
