"""A header of C99: compiled without a warning, run here and on an emulated ARM, small."""

import os
import shutil
import subprocess

import export_nets
import numpy as np
import pytest
from export_nets import ESTIMATORS, MODELS, NAMES, activated, assert_same, made

import trilobite as keras
from trilobite import layers
from trilobite.export import export

STRICT = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"]
ARM = shutil.which("arm-none-eabi-gcc")
EMULATOR = next(filter(None, map(shutil.which, ("qemu-arm", "qemu-arm-static"))), None)
# Rows as raw floats in, outputs out; a Cortex-A core has the memory that qemu-user expects.
MAIN = """#include <stdio.h>
#include "net.h"
int main(void)
{
    static float x[NET_INPUTS], y[NET_OUTPUTS];
    FILE *in = fopen("x.raw", "rb"), *out = fopen("y.raw", "wb");
    if (!in || !out) return 2;
    while (fread(x, sizeof x, 1, in) == 1) {
        predict(x, y);
        fwrite(y, sizeof y, 1, out);
        CLASSIFY
    }
    return fclose(out);
}
"""
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc")


def build(folder, options=("-O2",), compiler="gcc", classify=""):
    """Compile a program that reads rows and writes outputs."""
    (folder / "main.c").write_text(MAIN.replace("CLASSIFY", classify))
    command = [compiler, *STRICT, *options, "main.c", "-o", "net", "-lm"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def run(folder, x, command=("./net",)):
    """The outputs of the program for rows x, and what it printed."""
    np.asarray(x, "<f4").tofile(folder / "x.raw")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return np.fromfile(folder / "y.raw", "<f4").reshape(len(x), -1), done.stdout


@needs_gcc
@pytest.mark.parametrize("net", [*MODELS, *ESTIMATORS])
def test_predicts_the_same(net, tmp_path):
    model, x, y = made(net)
    export(model, tmp_path / "net.h")
    classify = ""
    if "MLPClassifier" in net:
        kind = "%s" if "strings" in net else "%ld"
        classify = f'printf("{kind}\\n", net_labels[classify(x)]);'
        if "several" in net:
            classify = 'printf("%d %d %d\\n", classify(x, 0), classify(x, 1), classify(x, 2));'
    build(tmp_path, classify=classify)
    outputs, printed = run(tmp_path, x)
    assert_same(outputs, y)
    if classify:
        labels = model.predict(x)
        lines = [" ".join(map(str, row)) for row in np.reshape(labels, (len(x), -1))]
        assert printed.splitlines() == lines


@needs_gcc
def test_all_activations(tmp_path):
    """In one program: each network has names of its own."""
    code, expected = ["#include <stdio.h>"], []
    for name in NAMES:
        model, x, y = activated(name)
        model.export(tmp_path / f"{name}.h", name=name)
        expected.append(y)
        code += [f"#define predict predict_{name}", f'#include "{name}.h"', "#undef predict"]
    code += ["int main(void) {", "int row, k; static float x[40][6], y[8];"]
    code += ["if (fread(x, sizeof x, 1, stdin) != 1) return 2;"]
    for name, y in zip(NAMES, expected, strict=True):
        code.append(f"for (row = 0; row < 40; row++) {{ predict_{name}(x[row], y);")
        code.append(f'for (k = 0; k < {y.shape[1]}; k++) printf("%.9g\\n", (double)y[k]); }}')
    (tmp_path / "main.c").write_text("\n".join([*code, "return 0; }\n"]))
    command = ["gcc", *STRICT, "-O1", "main.c", "-o", "net", "-lm"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    done = subprocess.run("./net", cwd=tmp_path, input=x.tobytes(), capture_output=True)
    found = np.array(done.stdout.split(), np.float64)
    for y in expected:
        assert_same(found[: y.size], y)
        found = found[y.size :]


# ---- small machines ----


@pytest.fixture(scope="module")
def digits():
    """64-16-10 of the digits, their rows, labels."""
    (x, y), (x_test, y_test) = keras.datasets.digits.load_data()
    keras.utils.set_random_seed(0)
    hidden, output = layers.Dense(16, "relu"), layers.Dense(10, "softmax")
    stack = [keras.Input((8, 8)), layers.Rescaling(1 / 16), layers.Flatten(), hidden, output]
    model = keras.Sequential(stack)
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=32, epochs=15, verbose=0)
    return model, x, np.concatenate([x, x_test]), np.concatenate([y, y_test])


# Bytes of text and data, and of stack.
LIMITS = {"float32": (6 * 1024, 200), "int8": (2 * 1024, 200)}


def export_digits(digits, dtype, folder):
    model, x, *_ = digits
    calibration = {"calibration_data": x} if dtype == "int8" else {}
    model.export(folder / "net.h", dtype=dtype, **calibration)


@needs_gcc
@pytest.mark.parametrize("dtype", LIMITS)
def test_size_and_stack(dtype, digits, tmp_path):
    export_digits(digits, dtype, tmp_path)
    assert_small(tmp_path, "gcc", "size", *LIMITS[dtype])


def assert_small(folder, compiler, size, most, stack, options=()):
    (folder / "only.c").write_text(
        '#include "net.h"\nvoid net(const float x[], float y[]);\n'
        "void net(const float x[], float y[]) { predict(x, y); }\n"
    )
    command = [compiler, *STRICT, *options, "-Os", "-fstack-usage", "-c", "only.c"]
    subprocess.run(command, cwd=folder, check=True)
    done = subprocess.run([size, "only.o"], cwd=folder, capture_output=True, text=True)
    text, data, bss = map(int, done.stdout.splitlines()[1].split()[:3])
    assert text + data + bss <= most
    used = [int(line.split("\t")[1]) for line in (folder / "only.su").read_text().splitlines()]
    assert sum(used) <= stack


@needs_gcc
def test_bytes_are_nearly_as_accurate(digits, tmp_path):
    """Of all 1,797 digits, 0.2 points."""
    model, _, x, y = digits
    export_digits(digits, "int8", tmp_path)
    build(tmp_path)
    outputs, _ = run(tmp_path, x)
    exact = model.predict(x, verbose=0)
    accuracy = [np.mean(p.argmax(axis=1) == y) for p in (outputs, exact)]
    assert accuracy[1] > 0.95
    assert abs(accuracy[0] - accuracy[1]) <= 0.002
    assert 0 < np.abs(outputs - exact).mean() < 0.01


@needs_gcc
@pytest.mark.parametrize("net", MODELS)
def test_bytes_of_other_nets(net, tmp_path):
    """Each product is off by half a step of each of its inputs and weights at most."""
    model, x, y = made(net)
    model.export(tmp_path / "net.h", dtype="int8", calibration_data=x)
    build(tmp_path)
    outputs, _ = run(tmp_path, x)
    spread = np.abs(y - y.mean(axis=0)).mean()
    assert 0 < np.abs(outputs - y).mean() < 0.1 * spread


@needs_gcc
def test_inputs_beyond_the_calibration(digits, tmp_path):
    """They are taken for the limit that is next, also if they are infinite or NaN."""
    export_digits(digits, "int8", tmp_path)
    build(tmp_path, ["-O1", "-fsanitize=undefined", "-fno-sanitize-recover"])
    x = np.zeros((4, 64), "f4")
    x[:, 5] = 16, 1e30, np.inf, np.nan
    outputs, _ = run(tmp_path, x)
    assert np.isfinite(outputs).all()
    assert (outputs[:3] == outputs[0]).all()


@pytest.mark.skipif(not (ARM and EMULATOR), reason="no arm-none-eabi-gcc with qemu-arm")
@pytest.mark.parametrize("dtype", LIMITS)
def test_on_an_arm(dtype, digits, tmp_path):
    """Bare metal: newlib, files by semihosting; the sizes for a Cortex-M4."""
    model, _, x, _ = digits
    export_digits(digits, dtype, tmp_path)
    build(tmp_path)
    here, _ = run(tmp_path, x[:50])
    specs = os.environ.get("ARM_SPECS", "rdimon.specs")
    options = ["-O2", "-mcpu=cortex-a9", "-marm", "-mfloat-abi=soft", f"--specs={specs}"]
    build(tmp_path, options, ARM)
    there, _ = run(tmp_path, x[:50], (EMULATOR, "-cpu", "cortex-a9", "./net"))
    np.testing.assert_allclose(there, here, 1e-6, 1e-6)
    if dtype == "float32":
        assert_same(there, model.predict(x[:50], verbose=0))
    cpu = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]
    assert_small(tmp_path, ARM, ARM.replace("gcc", "size"), *LIMITS[dtype], cpu)


# ---- what is refused, and what cannot break out ----


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "int4"}, "dtype: got 'int4', expected one of 'float32', 'int8'"),
        ({"dtype": "int8"}, "calibration_data: got none"),
        ({"calibration_data": np.ones((3, 6))}, "calibration_data: got some"),
        (
            {"dtype": "int8", "calibration_data": np.ones((3, 5))},
            r"calibration_data: got shape \(3",
        ),
        ({"dtype": "int8", "calibration_data": np.full((3, 6), np.inf)}, "got NaN or infinity"),
        ({"name": "a b"}, "name: got 'a b', expected letters, digits"),
        ({"name": "x; int y"}, "name: got"),
    ],
)
def test_what_is_refused(options, message, tmp_path):
    model, *_ = made("Dense, relu, softmax")
    with pytest.raises(ValueError, match=message):
        model.export(tmp_path / "net.h", **options)
    assert not list(tmp_path.iterdir())


@needs_gcc
def test_labels_stay_strings(tmp_path):
    """Whatever they are made of."""
    labels = ['"}; int evil(void); /*', "*/ back\\slash\n\x00", "trigraph ??/ é"]
    model = export_nets.classifier(labels)
    export(model, tmp_path / "net.h")
    classify = 'printf("%s\\n", net_labels[classify(x)]);'
    build(tmp_path, classify=classify)
    x = np.random.default_rng(9).normal(0, 2, (40, 6)).astype("f4")
    _, printed = run(tmp_path, x)
    said = [label.split("\0")[0] for label in model.predict(x)]
    assert printed == "".join(f"{label}\n" for label in said)
