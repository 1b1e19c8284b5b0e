"""Memory maps of arrays within files of several."""

import os
import struct
import zipfile

import numpy as np

# Of the header that stands before each file in an archive: all of it, and where it says how long
# the name and what comes after it are.
_LOCAL, _LENGTHS = 30, 26


def open_memmap(filepath, name=None, mode="r"):
    """A memory map of an array in a file: .npy, .npz or HDF5. Nothing is read.

    ``numpy.lib.format.open_memmap``, for files of several arrays as well.

    Parameters
    ----------
    filepath : str or os.PathLike
        A .npz must not be compressed (`numpy.savez`), nor a data set of an HDF5 file, or be in
        chunks. HDF5 needs h5py (``pip install 'trilobite[hdf5]'``).
    name : str, optional
        Which array of a .npz or HDF5 file; not needed if there is one alone. For .npy None.
    mode : {"r", "r+", "c"}
        Read, write, or change in memory alone.

    Returns
    -------
    ndarray
        A `numpy.memmap`.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is another kind of file, there is no such array, or it does not lie in the file as it
        would in memory; the message says what was found.
    """
    if mode not in ("r", "r+", "c"):
        raise ValueError(f"mode: got {mode!r}, expected 'r', 'r+' or 'c'")
    path = os.fspath(filepath)
    with open(path, "rb") as file:
        begin = file.read(8)
    if begin.startswith(b"\x93NUMPY"):
        if name is not None:
            raise ValueError(f"name: got {name!r} for a .npy file, which holds one array: {path}")
        form = _npy(path, 0)
    elif begin.startswith(b"PK"):
        form = _npz(path, name)
    elif begin == b"\x89HDF\r\n\x1a\n":
        form = _hdf5(path, name)
    else:
        raise ValueError(f"{path}: got {begin!r} at its beginning, expected .npy, .npz or HDF5")
    shape, order, dtype, offset = form
    if dtype.hasobject:
        raise ValueError(f"{path}: got an array of Python's objects, expected numbers")
    need = offset + int(np.prod(shape, dtype=object)) * dtype.itemsize
    if os.path.getsize(path) < need:
        raise ValueError(
            f"{path}: got {os.path.getsize(path)} bytes, expected at least {need}: the file ends "
            "early"
        )
    return np.memmap(path, dtype, mode, offset, shape, order)


def _npy(path, start):
    """Shape, order, dtype and offset of an array, of which the header begins at `start`."""
    with open(path, "rb") as file:
        file.seek(start)
        try:
            version = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0
            if version >= (2, 0):
                read = np.lib.format.read_array_header_2_0
            shape, fortran, dtype = read(file)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        return shape, "F" if fortran else "C", dtype, file.tell()


def _npz(path, name):
    try:
        with zipfile.ZipFile(path) as archive:
            members = {each.filename.removesuffix(".npy"): each for each in archive.infolist()}
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path}: {error}; does the file end early?") from None
    member = members[_chosen(path, name, members)]
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(
            f"{path}: {member.filename} is compressed, expected a file of numpy.savez, which "
            "does not compress"
        )
    with open(path, "rb") as file:
        file.seek(member.header_offset + _LENGTHS)
        lengths = struct.unpack("<HH", file.read(4))
    return _npy(path, member.header_offset + _LOCAL + sum(lengths))


def _hdf5(path, name):
    try:
        import h5py
    except ImportError as error:
        raise ImportError(
            "open_memmap: a HDF5 file needs h5py: pip install 'trilobite[hdf5]'"
        ) from error
    with h5py.File(path) as file:
        found = {}

        def visit(key, each):
            if isinstance(each, h5py.Dataset):
                found[key] = each

        file.visititems(visit)
        data = found[_chosen(path, name and name.strip("/"), found)]
        offset = data.id.get_offset()
        if data.chunks or data.external or offset is None or data.dtype.kind not in "biuf":
            how = f"chunks of {data.chunks}" if data.chunks else f"{data.dtype}, elsewhere or empty"
            raise ValueError(
                f"{path}: {data.name} is stored in another way ({how}), expected numbers one "
                "behind the other: create_dataset without chunks and compression"
            )
        return data.shape, "C", data.dtype, offset


def _chosen(path, name, found):
    """The name of one of the arrays of a file."""
    if name is None and len(found) == 1:
        return next(iter(found))
    if name not in found:
        names = ", ".join(map(repr, list(found)[:20])) or "none"
        raise ValueError(f"name: got {name!r}, expected one of the arrays of {path}: {names}")
    return name
