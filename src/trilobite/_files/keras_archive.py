"""Files of Keras 3 (.keras): an archive of a description, the weights in HDF5, and who wrote it.

Beside what Keras reads there is a file of ours with the whole state, so that training goes on bit
for bit; it counts as long as the weights are those that it was written with.
"""

import io
import json
import zipfile
import zlib
from contextlib import suppress

from trilobite._declare.declaration import arguments_of
from trilobite._declare.layer import Input
from trilobite._files import keras_config, keras_weights
from trilobite._model import chain

MAGIC = b"PK\x03\x04"
WEIGHTS = "model.weights.h5"
_VERSION = "3.5.0"  # of Keras, whose form this is
# What a damaged archive makes Python raise.
_WRONG = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)
_LARGEST = 2**31  # bytes of what is packed


def own_name(crc):
    """The name of our file beside weights of this checksum."""
    return f"trilobite-{crc:08x}.safetensors"


def write(model, architecture, compiled, state, own):
    """The bytes of an archive.

    Parameters
    ----------
    model : Model
        Built.
    architecture : dict
        Our description, with "class_name".
    compiled : dict or None
        That of the arguments of `compile`.
    state : dict
        Of `get_state`.
    own : bytes
        Of our file.
    """
    shapes = {model.name: model.input_shape[1:]} | dict(_shapes(model, model.input_shape[1:]))
    config = keras_config.to_keras(architecture, shapes, model.dtype)
    if keras_weights.optimizer_variables(model, state) is not None:
        with suppress(ValueError):  # something that Keras has not: it is compiled anew there
            config["compile_config"] = keras_config.compile_to_keras(compiled)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in {
            "metadata.json": json.dumps({"keras_version": _VERSION, "date_saved": ""}),
            "config.json": json.dumps(config),
            WEIGHTS: keras_weights.write(model, state),
        }.items():
            archive.writestr(zipfile.ZipInfo(name), content)
        crc = archive.getinfo(WEIGHTS).CRC
        archive.writestr(zipfile.ZipInfo(own_name(crc)), own)
    return buffer.getvalue()


def _shapes(model, shape):
    """Of the rows that each layer is handed, with its name."""
    links = [link for link in model.declared if not isinstance(link, Input)]
    for link, given in zip(links, chain.shapes(shape, links), strict=False):
        yield link.name, given
        if hasattr(link, "declared"):
            yield from _shapes(link, given)


class Archive:
    """What is in the file of these bytes.

    Attributes
    ----------
    own : bytes or None
        Our file.
    config : dict
        Keras's description.
    weights : bytes

    Raises
    ------
    ValueError
        It is damaged, or no such archive.
    """

    def __init__(self, content):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                sizes = {info.filename: info.file_size for info in archive.infolist()}
                if sum(sizes.values()) > min(
                    max(100 * len(content), 2**20), _LARGEST + len(content)
                ):
                    raise ValueError("got members that are much larger than the file")
                if "config.json" not in sizes or WEIGHTS not in sizes:
                    raise ValueError(
                        f"got {', '.join(sizes) or 'nothing'}, expected config.json and {WEIGHTS}"
                    )
                own = own_name(archive.getinfo(WEIGHTS).CRC)
                self.weights = archive.read(WEIGHTS)
                self.own = archive.read(own) if own in sizes else None
                self.config = json.loads(archive.read("config.json"))
        except _WRONG as error:
            raise ValueError(f"damaged, or no .keras file: {error}") from error
        if not isinstance(self.config, dict):
            raise ValueError("config.json: got no object, expected a description of a model")

    def described(self):
        """Our description of the model, and of the arguments of `compile`, or None."""
        reader = keras_config.Reader(arguments_of)
        architecture = reader.model(self.config)
        dtypes = reader.dtypes or {"float32"}
        if len(dtypes) != 1 or not dtypes <= {"float32", "float64"}:
            raise ValueError(
                f"dtype: got {', '.join(sorted(map(str, dtypes)))}, expected float32 or float64"
            )
        (dtype,) = dtypes
        for layer in architecture["layers"][:1]:
            if layer["class_name"] == "Input":
                layer["config"]["dtype"] = dtype
        return architecture, reader.compiled(self.config.get("compile_config"))
