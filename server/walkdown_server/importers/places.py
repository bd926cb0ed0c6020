"""Where a file's references may be looked for, beyond its own folder: found before rights are given up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from walkdown_server.importers.formats import MODEL_FILES, SDF, is_model_folder

BESIDE_MESHES = ("materials", "textures", "Textures", "images", "maps")
"""Folders beside a mesh's folder in which its textures usually lie."""

MODEL_PATHS = ("GZ_SIM_RESOURCE_PATH", "SDF_PATH", "GAZEBO_MODEL_PATH", "IGN_GAZEBO_RESOURCE_PATH")
LEVELS_UP = 2
MAX_FOLDERS = 2000
MESH_SUFFIXES = (".obj", ".dae", ".gltf", ".ply")


def search_folders(path: Path, *, within: Path | None = None) -> list[Path]:
    """Return folders to be searched for what ``path`` refers to, as absolute paths.

    For a simulator's world they are the folders of models beside and above it and those that the
    simulator's own environment variables name; for a mesh, the folders of textures beside its folder.

    Args:
        path: of the model. within: a folder beyond which nothing counts, for what was unpacked from a zip.
    """
    if path.suffix.lower() in SDF.suffixes or is_model_folder(path):
        return list(dict.fromkeys(_model_folders(path, within)))[:MAX_FOLDERS]
    if path.suffix.lower() in MESH_SUFFIXES and path.parent != within:
        return [f for name in BESIDE_MESHES if (f := path.parent.parent / name).is_dir()]
    return []


def _model_folders(path: Path, within: Path | None) -> Iterator[Path]:
    """Yield model folders, those beside the file first."""
    if within is not None:
        files = sorted(file for name in MODEL_FILES for file in within.rglob(name))
        yield from (file.parent.resolve() for file in files)
        return
    bases: list[Path] = []
    for folder in list(path.parents)[: LEVELS_UP + 1]:
        bases += [folder, folder / "models"]
    for variable in MODEL_PATHS:
        bases += [Path(entry) for entry in os.environ.get(variable, "").split(os.pathsep) if entry]
    bases.append(Path.home() / ".gazebo" / "models")
    for base in bases:
        yield from (folder.resolve() for folder in _subfolders(base) if is_model_folder(folder))


def _subfolders(base: Path) -> list[Path]:
    try:
        return sorted(entry for entry in base.iterdir() if entry.is_dir())
    except OSError:
        return []
