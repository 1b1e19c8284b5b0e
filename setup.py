"""The compiled engine: one Cython source, one extension module per dtype and instruction set."""

import copy
import gzip
import os
import runpy
import shlex
import sysconfig
import tarfile

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

ENGINE = "src/trilobite/engine"
INSTRUCTION_SETS = runpy.run_path(f"{ENGINE}/instruction_sets.py")["of_machine"]()
# names separated by commas: for a quick build of a few variants, while one works on the engine
if wanted := os.environ.get("TRILOBITE_BUILD_ISA"):
    INSTRUCTION_SETS = [row for row in INSTRUCTION_SETS if row.name in wanted.split(",")]
    if not INSTRUCTION_SETS:
        raise SystemExit(f"TRILOBITE_BUILD_ISA: got {wanted!r}, expected names of the table")
# Half of a module is what Cython makes for Python, in six modules: it is kept small. What must be
# inlined says so itself (kernels/vector.pxd).
SMALL = [
    "--param=max-inline-insns-single=20",
    "-fno-ipa-cp-clone",
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",
    "-Wno-attributes",  # a formula's result, in the C that Cython makes, has the formula's type
]
# the last word to the compiler: for a build that tests something, as .ci/sanitize makes
FLAGS = shlex.split(os.environ.get("TRILOBITE_BUILD_FLAGS", ""))


class BuildVariants(build_ext):
    """One source in several extensions, side by side, each with a folder of object files."""

    def finalize_options(self):
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    def build_extension(self, ext):
        alone = copy.copy(self)
        alone.build_temp = os.path.join(self.build_temp, ext.name)
        build_ext.build_extension(alone, ext)


class SameBytes(sdist):
    """With SOURCE_DATE_EPOCH: the same files, the same archive; wheels are so by themselves."""

    def make_archive(self, base_name, format, root_dir=None, base_dir=None, **owner):
        date = os.environ.get("SOURCE_DATE_EPOCH")
        if date is None or format != "gztar":
            return super().make_archive(base_name, format, root_dir, base_dir, **owner)

        def plain(member):
            member.mtime, member.uid, member.gid, member.uname, member.gname = (
                int(date),
                0,
                0,
                "",
                "",
            )
            member.mode = 0o755 if member.mode & 0o100 else 0o644
            return member

        path = f"{base_name}.tar.gz"
        with (
            open(path, "wb") as file,
            gzip.GzipFile("", "wb", fileobj=file, mtime=int(date)) as packed,
            tarfile.open(fileobj=packed, mode="w") as archive,
        ):
            archive.add(base_dir, filter=plain)
        return path


# One wheel for all versions of CPython; those without the GIL have no limited API yet. Beside a
# build for one version a prediction of one row takes 1.02 times as long by `predict`, 1.12 by
# `model(x)` (1.9 for 1.7 microseconds; 64-16-10, Cython 3.3.1, AMD Zen 4, 2026-12-01).
LIMITED = not sysconfig.get_config_var("Py_GIL_DISABLED")
MACROS = [("CYTHON_LIMITED_API", "1"), ("Py_LIMITED_API", "0x030B0000")] if LIMITED else []

features = " ".join(f'TEST("{row.feature}")' for row in INSTRUCTION_SETS if row.feature)
sources = cythonize(
    [
        Extension(
            "trilobite.engine.cpu",
            [f"{ENGINE}/cpu.pyx"],
            define_macros=[("FEATURES", features), *MACROS],
            py_limited_api=LIMITED,
            extra_compile_args=["-Os", "-g0"],
        ),
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
for row in INSTRUCTION_SETS:
    for bits in (32, 64):
        extensions.append(
            Extension(
                f"trilobite.engine.{row.package}.float{bits}.network",
                network.sources,
                include_dirs=[ENGINE],
                depends=[
                    f"{ENGINE}/kernels/vector.h",
                    f"{ENGINE}/run/team.h",
                    f"{ENGINE}/instruction_sets.py",
                    "setup.py",
                ],
                define_macros=[
                    ("REAL_BITS", bits),
                    ("VECTOR_BYTES", row.vector_bytes),
                    ("TILE_ROWS", row.tile_rows),
                    *MACROS,
                ],
                py_limited_api=LIMITED,
                extra_compile_args=[
                    "-O3",
                    "-g0",
                    "-fno-math-errno",
                    "-Wno-unused-function",
                    *SMALL,
                    *row.flags,
                    *FLAGS,
                ],
                extra_link_args=["-pthread", *FLAGS],
            )
        )

setup(
    ext_modules=extensions,
    cmdclass={"build_ext": BuildVariants, "sdist": SameBytes},
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if LIMITED else {},
)
