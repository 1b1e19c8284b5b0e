"""The compiled engine: one Cython source, one extension module per dtype and instruction set."""

import copy
import os
import platform

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ENGINE = "src/trilobite/engine"

# package: compiler's flags, bytes of a register, rows of a tile (see products.pxd)
VARIANTS = {
    "x86_64": ([], 16, 6),
    "x86_64_v3": (["-march=x86-64-v3"], 32, 6),
    "x86_64_v4": (["-march=x86-64-v4", "-mprefer-vector-width=512"], 64, 14),
}
if platform.machine().lower() not in ("x86_64", "amd64"):
    VARIANTS = {"baseline": ([], 16, 6)}


class BuildVariants(build_ext):
    """One source in several extensions, side by side, each with a folder of object files."""

    def finalize_options(self):
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    def build_extension(self, ext):
        alone = copy.copy(self)
        alone.build_temp = os.path.join(self.build_temp, ext.name)
        build_ext.build_extension(alone, ext)


sources = cythonize(
    [
        Extension("trilobite.engine.cpu", [f"{ENGINE}/cpu.pyx"]),
        Extension("trilobite.engine.network", [f"{ENGINE}/network.pyx"]),
    ],
    include_path=["src"],
    compiler_directives={
        "language_level": 3,
        "boundscheck": False,
        "wraparound": False,
        "cdivision": True,
        "initializedcheck": False,
        "embedsignature": True,
    },
)
cpu, network = sources

extensions = [cpu]
for variant, (flags, vector_bytes, tile_rows) in VARIANTS.items():
    for bits in (32, 64):
        extensions.append(
            Extension(
                f"trilobite.engine.{variant}.float{bits}.network",
                network.sources,
                include_dirs=[ENGINE],
                depends=[f"{ENGINE}/kernels/vector.h", f"{ENGINE}/run/team.h"],
                define_macros=[
                    ("REAL_BITS", bits),
                    ("VECTOR_BYTES", vector_bytes),
                    ("TILE_ROWS", tile_rows),
                    # `inline` must mean it: tiles are registers only once inlined
                    ("CYTHON_INLINE", "inline __attribute__((always_inline))"),
                ],
                extra_compile_args=[
                    "-O3",
                    "-g0",
                    "-fno-math-errno",
                    "-Wno-unused-function",
                    *flags,
                ],
                extra_link_args=["-pthread"],
            )
        )

setup(ext_modules=extensions, cmdclass={"build_ext": BuildVariants})
