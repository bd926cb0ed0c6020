"""The table of formats: which ending is read by whom, and what that needs."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown_server.importers.task import Reader

CITY_WORD = b"CityJSON"
SNIFFED_BYTES = 64 << 20
"""How far a JSON file is searched for the word that says what it is."""


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file.

    Attributes:
        words: what people call it.
        suffixes: endings of file names, lower case.
        reader: ``module:function``, imported when such a file comes.
        extra: which extra of the program brings what the reader needs.
        alone: a file that refers to no other.
    """

    words: str
    suffixes: tuple[str, ...]
    reader: str
    extra: str = "server"
    alone: bool = False


_HERE = "walkdown_server.importers"
CITYJSON = Format("CityJSON", (".json", ".jsonl", ".cityjson"), f"{_HERE}.cityjson:read_cityjson")
SDF = Format(mark("SDF world or model"), (".sdf", ".world"), f"{_HERE}.sdf:read_sdf")

FORMATS = (
    Format("GLB", (".glb",), f"{_HERE}.gltf:read_gltf", alone=True),
    Format("glTF", (".gltf",), f"{_HERE}.gltf:read_gltf"),
    Format("IFC", (".ifc", ".ifczip"), f"{_HERE}.ifc:read_ifc", extra="ifc", alone=True),
    CITYJSON,
    Format("OBJ", (".obj",), f"{_HERE}.obj:read_obj"),
    Format("STL", (".stl",), f"{_HERE}.stl:read_stl", alone=True),
    Format("PLY", (".ply",), f"{_HERE}.ply:read_ply"),
    Format("3MF", (".3mf",), f"{_HERE}.threemf:read_3mf", alone=True),
    Format("COLLADA", (".dae",), f"{_HERE}.dae:read_dae"),
    SDF,
    Format("OFF", (".off",), f"{_HERE}.trimesh_scenes:read_scene", alone=True),
    Format("3DXML", (".3dxml",), f"{_HERE}.trimesh_scenes:read_scene", alone=True),
    Format("XAML", (".xaml",), f"{_HERE}.trimesh_scenes:read_scene", alone=True),
)

ZIP_SUFFIXES = (".zip", ".zae")
"""A zip holds one model file and what it refers to."""

MODEL_FILES = ("model.config", "model.sdf")
"""One of these makes a folder a simulator's model."""


def suffixes() -> list[str]:
    """Return all endings that can be read, zip files among them."""
    return [*(suffix for known in FORMATS for suffix in known.suffixes), *ZIP_SUFFIXES]


def is_model_folder(path: Path) -> bool:
    """Return whether a folder is a simulator's model."""
    return any((path / name).is_file() for name in MODEL_FILES)


def format_of(path: Path) -> Format:
    """Return what kind of file ``path`` is, by its ending; a JSON file is looked into.

    Raises:
        ImportFailed: it is none that can be read; names those that can.
    """
    if is_model_folder(path):
        return SDF
    ending = path.suffix.lower()
    found = next((known for known in FORMATS if ending in known.suffixes), None)
    if found is None:
        raise ImportFailed(
            _("{name}: a file of this kind cannot be imported, but {suffixes} can").format(
                name=path.name, suffixes=", ".join(suffixes())
            )
        )
    if found is CITYJSON and not _mentions(path, CITY_WORD):
        raise ImportFailed(
            _("{name}: of JSON files only CityJSON can be imported, but nothing in it says that").format(
                name=path.name
            )
        )
    return found


def load_reader(kind: Format) -> Reader:
    """Return the function that reads files of a kind.

    Raises:
        ImportFailed: what it needs is not installed; says how to get it.
    """
    module, _colon, function = kind.reader.partition(":")
    try:
        reader: Reader = getattr(importlib.import_module(module), function)
    except ImportError as error:
        raise ImportFailed(
            _(
                "reading {words} needs {module}, which is not installed: pip install 'walkdown[{extra}]', "
                "or in a checkout python3 run.py add {extra}"
            ).format(words=kind.words, module=error.name or module, extra=kind.extra)
        ) from error
    return reader


def _mentions(path: Path, word: bytes) -> bool:
    """Return whether ``word`` stands in the file, as far as it is searched."""
    tail, left = b"", SNIFFED_BYTES
    with path.open("rb") as file:
        while left > 0 and (block := file.read(1 << 20)):
            if word in tail + block:
                return True
            tail, left = block[-len(word) :], left - len(block)
    return False
