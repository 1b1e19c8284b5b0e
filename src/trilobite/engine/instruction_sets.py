"""The instruction sets that the engine is compiled for: a row each, and nowhere else.

Read by setup.py, which runs this file by itself, by the choice at import, and by the tests. A row
more is a variant more that is built, chosen where the CPU has it, tested and benchmarked.
"""

from collections import namedtuple

InstructionSet = namedtuple(
    "InstructionSet", "name package machines flags vector_bytes tile_rows feature cpuinfo"
)
InstructionSet.__doc__ = """One variant of the engine.

Parameters
----------
name : str
    What TRILOBITE_ISA takes.
package : str
    Of the extension modules, below trilobite.engine.
machines : tuple of str
    What platform.machine() is where it is built; empty: where no other row is built.
flags : tuple of str
    The compiler's.
vector_bytes : int
    Of a register.
tile_rows : int
    Rows of a tile: see kernels/products.pxd.
feature : str or None
    Of the CPU and the operating system, as __builtin_cpu_supports of GCC 12 and Clang 18 knows it;
    None: any CPU of these machines will do.
cpuinfo : frozenset of str
    Flags in Linux's /proc/cpuinfo: where all are, `feature` must be found, which the tests check.
"""

_X86 = ("x86_64", "amd64")
_V3 = frozenset({"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"})
_V4 = _V3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}

# Worst to best.
TABLE = (
    InstructionSet("baseline", "baseline", (), (), 16, 6, None, frozenset()),
    InstructionSet("x86-64", "x86_64", _X86, ("-O2", "-fpeel-loops"), 16, 6, None, frozenset()),
    InstructionSet(
        "x86-64-v3", "x86_64_v3", _X86, ("-march=x86-64-v3",), 32, 6, "x86-64-v3", _V3
    ),
    InstructionSet(
        "x86-64-v4", "x86_64_v4", _X86, ("-march=x86-64-v4", "-mprefer-vector-width=512"), 64, 14,
        "x86-64-v4", _V4,
    ),
)  # fmt: skip


def of_machine(machine=None):
    """The rows that are built for a machine; for this one by default."""
    import platform  # here: only the build asks

    machine = (machine or platform.machine()).lower()
    own = tuple(row for row in TABLE if machine in row.machines)
    return own or tuple(row for row in TABLE if not row.machines)
