"""Where a file's references may be looked for, beyond its own folder: found before rights are given up."""

from __future__ import annotations

import os
from pathlib import Path

from walkdown_server.importers.formats import MODEL_CONFIG, SDF

BESIDE_MESHES = ("materials", "textures", "Textures", "images", "maps")
"""Folders beside a mesh's folder in which its textures usually lie."""

MODEL_PATHS = ("GZ_SIM_RESOURCE_PATH", "SDF_PATH", "GAZEBO_MODEL_PATH", "IGN_GAZEBO_RESOURCE_PATH")
LEVELS_UP = 2
MAX_FOLDERS = 2000
MESH_SUFFIXES = (".obj", ".dae", ".gltf", ".ply")


def search_folders(path: Path) -> list[Path]:
    """Return folders to be searched for what ``path`` refers to, as absolute paths.

    For a simulator's world they are the folders of models beside and above it and those that the
    simulator's own environment variables name; for a mesh, the folders of textures beside its folder.
    """
    if path.suffix.lower() in SDF.suffixes or (path / MODEL_CONFIG).is_file():
        return _model_folders(path)[:MAX_FOLDERS]
    if path.suffix.lower() in MESH_SUFFIXES:
        return [f for name in BESIDE_MESHES if (f := path.parent.parent / name).is_dir()]
    return []


def _model_folders(path: Path) -> list[Path]:
    """Return model folders, those beside the file first."""
    bases: list[Path] = []
    for folder in list(path.parents)[: LEVELS_UP + 1]:
        bases += [folder, folder / "models"]
    for variable in MODEL_PATHS:
        bases += [Path(entry) for entry in os.environ.get(variable, "").split(os.pathsep) if entry]
    bases.append(Path.home() / ".gazebo" / "models")
    found: dict[Path, None] = {}
    for base in bases:
        for folder in _subfolders(base):
            if (folder / MODEL_CONFIG).is_file():
                found[folder.resolve()] = None
    return list(found)


def _subfolders(base: Path) -> list[Path]:
    try:
        return sorted(entry for entry in base.iterdir() if entry.is_dir())
    except OSError:
        return []
