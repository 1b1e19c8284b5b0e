"""The IDX reader: every type of the format, and every way in which a file can be wrong."""

import gzip
import io
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from trilobite.datasets import idx

MATRIX = np.arange(6, dtype=np.uint8).reshape(2, 3)
DTYPES = [f"{order}{kind}" for order in "<>" for kind in ("u1", "i1", "i2", "i4", "f4", "f8")]
PLAIN = b"\0\0\x08\x02" + b"\0\0\0\2" + b"\0\0\0\3" + bytes(range(6))


def header(*shape, code=0x08):
    return bytes([0, 0, code, len(shape)]) + np.array(shape, ">u4").tobytes()


def test_bytes_are_those_of_the_format():
    assert idx.to_bytes(MATRIX) == PLAIN
    assert idx.to_bytes(np.array([-2], "<i2")) == b"\0\0\x0b\1\0\0\0\1\xff\xfe"
    assert idx.to_bytes(np.array([1.0], ">f8")) == b"\0\0\x0e\1\0\0\0\1\x3f\xf0" + bytes(6)


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@settings(deadline=None)
@given(
    array=npst.arrays(
        st.sampled_from(DTYPES), npst.array_shapes(min_dims=1, max_dims=5, min_side=0, max_side=4)
    )
)
def test_round_trip(compress, array):
    read = idx.read(compress(idx.to_bytes(array)))
    assert read.dtype == array.dtype.newbyteorder("=")
    assert read.dtype.isnative and read.flags.writeable and read.flags.c_contiguous
    assert read.shape == array.shape
    assert read.tobytes() == array.astype(read.dtype).tobytes()  # NaN's payload included


@pytest.mark.parametrize("as_source", [bytes, bytearray, memoryview])
def test_reads_contents(as_source):
    np.testing.assert_array_equal(idx.read(as_source(PLAIN)), MATRIX)


@pytest.mark.parametrize("as_path", [str, lambda path: path], ids=["str", "Path"])
@pytest.mark.parametrize("data", [PLAIN, gzip.compress(PLAIN)], ids=["plain", "gzip"])
def test_reads_files_whatever_their_suffix(tmp_path, data, as_path):
    path = tmp_path / "matrix"
    path.write_bytes(data)
    np.testing.assert_array_equal(idx.read(as_path(path)), MATRIX)


def test_reads_gzip_of_several_members():
    data = gzip.compress(PLAIN[:7]) + gzip.compress(b"") + gzip.compress(PLAIN[7:])
    np.testing.assert_array_equal(idx.read(data), MATRIX)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an IDX file.*none"),
        (PLAIN[:3], "not an IDX file.*00 00 08"),
        (b"<!DOCTYPE html>", "not an IDX file.*3c 21 44 4f"),
        (b"\1" + PLAIN[1:], "not an IDX file"),
        (b"\0\1" + PLAIN[2:], "not an IDX file"),
        (header(6, code=0x0A) + bytes(6), "not an IDX file.*element type"),
        (header() + b"\1", "1 to 32 dimensions, got 0"),
        (header(*[1] * 33) + b"\1", "1 to 32 dimensions, got 33"),
        (b"\0\0\x08\xff", "1 to 32 dimensions, got 255"),
        (PLAIN[:11], "ends within its header: 2 sizes"),
        (PLAIN[:12], r"expected 6 bytes.*uint8.*\(2, 3\).*found 0"),
        (PLAIN[:-1], "expected 6 bytes.*found 5"),
        (PLAIN + b"\0", "expected 6 bytes.*found more"),
        (header(2, code=0x0E) + bytes(15), "expected 16 bytes.*float64.*found 15"),
        (header(2**32 - 1, 2**32 - 1), "exceeds 2147483648 bytes"),
        (header(2**31 + 1), "exceeds"),
        (header(2**30, code=0x0C), "exceeds"),
        (header(0, *[2**32 - 1] * 31), "exceeds"),
    ],
)
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_refuses(tmp_path, data, message, compress):
    path = tmp_path / "wrong.idx"
    path.write_bytes(compress(data))
    with pytest.raises(ValueError, match=f"(?s)wrong.idx: .*{message}"):
        idx.read(path)


@pytest.mark.parametrize("end", range(2, len(gzip.compress(PLAIN))))
def test_refuses_truncated_gzip(end):
    with pytest.raises(ValueError, match="^IDX data: damaged or truncated gzip"):
        idx.read(gzip.compress(PLAIN)[:end])


@pytest.mark.parametrize("end", [b"garbage", PLAIN, gzip.compress(b"\0")])
def test_refuses_what_follows_gzip(end):
    with pytest.raises(ValueError, match="gzip|found more"):
        idx.read(gzip.compress(PLAIN) + end)


def test_refuses_wrong_checksum_of_gzip():
    data = bytearray(gzip.compress(PLAIN))
    data[-8] ^= 1
    with pytest.raises(ValueError, match="CRC"):
        idx.read(bytes(data))


def peak(source):
    """Return the peak memory of reading a file that is refused."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="found more|exceeds|found 0"):
            idx.read(source)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_gzip_bomb_is_not_inflated():
    deflate = zlib.compressobj(9, wbits=31)
    zeros = bytes(1 << 20)
    parts = [deflate.compress(header(10))] + [deflate.compress(zeros) for _ in range(256)]
    bomb = b"".join(parts) + deflate.flush()
    assert len(bomb) < 1 << 19
    idx.read(gzip.compress(PLAIN))  # so that imports do not count
    assert peak(bomb) < 1 << 21


def test_memory_follows_the_data_not_the_header():
    assert peak(header(2**31)) < 1 << 21
    assert peak(header(2**31 + 1)) < 1 << 21


def test_limit_is_on_the_array():
    np.testing.assert_array_equal(idx.read(PLAIN, limit=6), MATRIX)
    with pytest.raises(ValueError, match=r"shape \(2, 3\) exceeds 5 bytes"):
        idx.read(PLAIN, limit=5)


def test_name_in_messages():
    with pytest.raises(ValueError, match="^labels: "):
        idx.read(b"", name="labels")


def test_other_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing"):
        idx.read(tmp_path / "nothing")
    for source in (3, None, io.BytesIO(PLAIN)):
        with pytest.raises(TypeError, match="source: expected a path or bytes, got"):
            idx.read(source)
    for array in (np.zeros(3, "u2"), np.zeros(3, bool), np.zeros(3, "f2"), ["a"]):
        with pytest.raises(TypeError, match="array: IDX has no dtype .* expected one of uint8"):
            idx.to_bytes(array)
    for shape in ((), (1,) * 33):
        with pytest.raises(ValueError, match="array: expected 1 to 32 dimensions"):
            idx.to_bytes(np.zeros(shape))


def array_or_value_error(data):
    try:
        array = idx.read(data, limit=1 << 20)
    except ValueError as error:
        assert str(error).startswith("IDX data: ")
    else:
        assert idx.to_bytes(array) in (data, gzip.decompress(data) if data[:1] == b"\x1f" else b"")


SIZES = st.sampled_from([0, 1, 2, 3, 255, 2**31, 2**32 - 1])
HEADERS = st.builds(
    lambda shape, code: header(*shape, code=code),
    st.lists(SIZES, max_size=34),
    st.integers(7, 15),
)


@settings(deadline=None)
@given(st.one_of(st.binary(), st.builds(lambda *parts: b"".join(parts), HEADERS, st.binary())))
def test_any_bytes(data):
    array_or_value_error(data)
    array_or_value_error(gzip.compress(data))
    array_or_value_error(b"\x1f\x8b" + data)
    array_or_value_error(b"\x1f\x8b\x08\0\0\0\0\0\0\0" + data)


@settings(deadline=None)
@given(st.data())
def test_any_damage(data):
    whole = bytearray(data.draw(st.sampled_from([PLAIN, gzip.compress(PLAIN)])))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    array_or_value_error(bytes(whole))
