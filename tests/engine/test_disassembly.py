"""No spills: in the machine code of the tiles every accumulator is a register, first to last.

A tile's loop is known by what no other loop has: it is innermost, asks for a cache line, and
multiplies vectors. A spill is a vector's operand on the stack, anywhere in the loop's function, or
a vector stored inside the loop.
"""

import platform
import re
import shutil
import subprocess
from importlib.util import find_spec

import pytest
from compare import IMPLEMENTATIONS

from trilobite.engine import instruction_sets

STORE = re.compile(r"%[xyz]mm\d+,[^%]*\([^)]*\)({%k\d})?$")


def tile_loops(disassembly, multiplication):
    """(number of multiplications, instructions that spill) of each of the tiles' loops."""
    for function in re.split(r"^[0-9a-f]+ <.*>:$", disassembly, flags=re.MULTILINE):
        if "prefetch" not in function:
            continue
        code = re.findall(r"^ *([0-9a-f]+):\s+(.*?)\s*$", function, re.MULTILINE)
        code = {int(address, 16): instruction for address, instruction in code}
        # without a frame %rbp is a register like any other
        frame = any(re.match(r"mov +%rsp,%rbp", instruction) for instruction in code.values())
        stack = re.compile(r"\(%r[sb]p" if frame else r"\(%rsp")
        jumps = [
            (int(jump[1], 16), address)
            for address, instruction in code.items()
            if (jump := re.match(r"j\w+ +(?:0x)?([0-9a-f]+)\b", instruction))
        ]
        vectors = [text for text in code.values() if re.search("%[xyz]mm", text)]
        loops = [(first, last) for first, last in jumps if first in code and first <= last]
        for first, last in loops:
            if any(first <= a <= b < last for a, b in loops):
                continue
            body = [code[address] for address in code if first <= address <= last]
            products = sum(bool(re.match(multiplication, text)) for text in body)
            if products and any("prefetch" in text for text in body):
                yield (
                    products,
                    [t for t in vectors if stack.search(t) or (STORE.search(t) and t in body)],
                )


@pytest.mark.skipif(not shutil.which("objdump"), reason="objdump is not installed")
@pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="knows x86-64's instructions only"
)
@pytest.mark.parametrize(
    ("name", "dtype"), [pair for pair in IMPLEMENTATIONS if pair[0] != "reference"]
)
def test_tile_stays_in_registers(name, dtype):
    row = next(row for row in instruction_sets.TABLE if row.name == name)
    module = find_spec(f"trilobite.engine.{row.package}.{dtype}.network").origin
    disassembly = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", module], capture_output=True, text=True, check=True
    ).stdout
    register = {16: "xmm", 32: "ymm", 64: "zmm"}[row.vector_bytes]
    element = {"float32": "s", "float64": "d"}[dtype]
    loops = list(
        tile_loops(disassembly, rf"v?(mul|fmadd132|fmadd213|fmadd231)p{element} .*%{register}")
    )
    assert [spilled for _, spilled in loops if spilled] == []
    # every height and width of a tile, in two products; the compiler may unroll some
    expected = sorted(
        2 * [r * v for r in range(1, row.tile_rows + 1) for v in (1, 2)], reverse=True
    )
    found = sorted((products for products, _ in loops), reverse=True)
    assert len(found) >= len(expected)
    assert all(f >= e for f, e in zip(found, expected, strict=False)), found


LISTING = """
0000000000001000 <product>:
    1000:\tpush   %rbp
    1001:\t{start}
    1004:\tvmovups 0x20(%rcx),%ymm11
    1008:\tvmovups (%rdx),%ymm1
    100c:\tprefetcht1 (%rdi)
    100f:\tje     1018 <product+0x18>
    1012:\t{inside}
    1018:\tvfmadd231ps %ymm2,%ymm1,%ymm11
    101d:\tjne    1008 <product+0x8>
    101f:\tvmovups %ymm11,0x20(%rcx)
    1024:\tjmp    1004 <product+0x4>

0000000000002000 <other>:
    2000:\tvfmadd231ps 0x20(%rsp),%ymm1,%ymm3
    2008:\tjne    2000 <other>
"""
FRAME = "mov    %rsp,%rbp"


@pytest.mark.parametrize(
    ("start", "inside", "spills"),
    [
        ("vmovups %ymm11,0x20(%rsp)", "nop", True),  # before the loop
        ("nop", "vmovaps %ymm11,0x40(%rsp)", True),
        ("nop", "vmovaps 0x40(%rsp),%ymm2", True),
        ("nop", "vfmadd231ps (%rsp,%rax,8),%ymm1,%ymm3", True),
        (FRAME, "vfmadd231ps -0x30(%rbp),%ymm1,%ymm3", True),
        ("nop", "vfmadd231ps -0x30(%rbp),%ymm1,%ymm3", False),  # an element of an array
        (FRAME, "vbroadcastss 0x3c(%rax),%ymm2", False),
        ("nop", "vmovups %ymm11,(%rax)", True),  # the stack may have other names
        ("nop", "vmovups %zmm11,0x40(%rax,%rcx,4){%k1}", True),
        ("nop", "vmovaps %ymm11,%ymm3", False),
        ("nop", "mov    0x8(%rsp),%rax", False),  # an address, not a vector
    ],
)
def test_spills_are_seen(start, inside, spills):
    loops = list(tile_loops(LISTING.format(start=start, inside=inside), "vfmadd231ps .*%ymm"))
    products = 1 + inside.startswith("vfmadd231ps")
    spilled = inside if start in ("nop", FRAME) else start
    assert loops == [(products, [spilled] if spills else [])]
