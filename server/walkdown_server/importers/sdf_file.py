"""SDF documents: where models and meshes lie, and how poses add up."""

from __future__ import annotations

import math
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown_server.importers.beside import find_file
from walkdown_server.importers.dae_file import axis_rotation, children
from walkdown_server.importers.formats import MODEL_FILES, is_model_folder
from walkdown_server.importers.xml_file import Node, local, numbers, parse_xml, place_numbers

F64 = npt.NDArray[np.float64]

MAX_SDF_BYTES = 64 << 20
MAX_CHAIN = 64
SCHEMES = ("model", "package", "file")
OTHER_SCOPES = ("world", "__model__", "__root__", "")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model as it lies in a file: the ``model`` element and the folder from which its references count."""

    node: Node
    folder: Path


class Library:
    """Where models are looked for: a file's own folder, and the folders of models that can be read."""

    def __init__(self, folder: Path, folders: tuple[Path, ...]) -> None:
        self._folder = folder
        self._folders = folders
        self._opened: dict[Path, Node] = {}

    def find_model(self, uri: str, folder: Path) -> ModelFile | None:
        """Return the model that an ``include`` means, or None."""
        found = self._find(uri, folder)
        if found is None:
            return None
        file = model_file_in(found) if found.is_dir() else found
        if file is None:
            return None
        root = self.open(file)
        node = root if local(root) == "model" else next(children(root, "model"), None)
        return None if node is None else ModelFile(node, file.parent)

    def find_mesh(self, uri: str, folder: Path) -> Path | None:
        """Return the mesh file that is meant, or None."""
        found = self._find(uri, folder)
        return found if found is not None and found.is_file() else None

    def open(self, path: Path) -> Node:
        """Return the root of a document; each is read once.

        Raises:
            ImportFailed: it is no SDF, or too large.
        """
        if path not in self._opened:
            if path.stat().st_size > MAX_SDF_BYTES:
                raise ImportFailed(_("an SDF file may have {limit} bytes").format(limit=MAX_SDF_BYTES))
            root = parse_xml(path.read_bytes())
            if local(root) not in ("sdf", "gazebo", "world", "model"):
                raise ImportFailed(
                    _("the file should be an SDF document, but holds {name!r}").format(name=local(root)[:50])
                )
            self._opened[path] = root
        return self._opened[path]

    def _find(self, uri: str, folder: Path) -> Path | None:
        text = urllib.parse.unquote(uri.strip())
        scheme, separator, rest = text.partition("://")
        if separator and scheme not in SCHEMES:
            return None
        parts = [
            part
            for part in (rest if separator else text).replace("\\", "/").split("/")
            if part not in ("", ".")
        ]
        if not parts:
            return None
        for base in self._bases(parts[0], scheme if separator else ""):
            inner = "/".join(parts[1:])
            found = base if not inner else find_file(inner, base)
            if found is not None:
                return found
        within = folder.joinpath(*parts) if ".." not in parts else None
        if within is not None and is_model_folder(within):
            return within
        name = "/".join(parts[1:] if parts[0] == "models" and separator else parts)
        return find_file(name, folder)

    def _bases(self, name: str, scheme: str) -> list[Path]:
        """Return the folders of models of a name, those beside the file first."""
        if scheme == "file":
            return []
        return [place for place in (*self._folders, self._folder) if place.name == name]


def model_file_in(folder: Path) -> Path | None:
    """Return the SDF file of a model's folder: the newest that its ``model.config`` names."""
    config, plain = (folder / name for name in MODEL_FILES)
    named: list[tuple[list[int], str]] = []
    if config.is_file() and config.stat().st_size < MAX_SDF_BYTES:
        for node in children(parse_xml(config.read_bytes()), "sdf"):
            version = [int(part) for part in node.get("version", "0").split(".") if part.isdigit()]
            named.append((version, (node.text or "").strip()))
    for _version, name in sorted(named, reverse=True):
        found = find_file(name, folder) if name else None
        if found is not None:
            return found
    return plain if plain.is_file() else None


def text_of(node: Node, *path: str) -> str:
    """Return the text of the first element along a path, "" when there is none."""
    found = next(children(node, *path), None)
    return "" if found is None else (found.text or "").strip()


def vector_of(node: Node, path: tuple[str, ...], default: list[float]) -> F64:
    """Return the numbers of the first element along a path."""
    return np.array(numbers(text_of(node, *path), default))


def pose_of(node: Node) -> F64:
    """Return the (4, 4) matrix of an element's own ``pose``.

    After SDFormat: metres, then roll, pitch and yaw in radians about axes that stand still.
    """
    pose = next(children(node, "pose"), None)
    if pose is None:
        return np.eye(4)
    if pose.get("rotation_format") == "quat_xyzw":
        return _quaternion_pose(place_numbers(pose.text, [0, 0, 0, 0, 0, 0, 1]))
    values = place_numbers(pose.text, [0.0] * 6)
    factor = math.pi / 180 if pose.get("degrees") in ("true", "1") else 1.0
    roll, pitch, yaw = (angle * factor for angle in values[3:])
    x, y, z = np.eye(3)
    matrix = np.eye(4)
    matrix[:3, :3] = axis_rotation(z, yaw) @ axis_rotation(y, pitch) @ axis_rotation(x, roll)
    matrix[:3, 3] = values[:3]
    return matrix


def _quaternion_pose(values: list[float]) -> F64:
    x, y, z, w = values[3:]
    matrix = np.eye(4)
    length = math.hypot(x, y, z)
    if length > 0:
        matrix[:3, :3] = axis_rotation(np.array([x, y, z]) / length, 2 * math.atan2(length, w))
    matrix[:3, 3] = values[:3]
    return matrix


def model_from(scope: Node, node: Node, chain: int = 0) -> F64:
    """Return the pose of a part of a model (or world) in that model's frame, ``relative_to`` followed.

    Raises:
        ImportFailed: frames refer to each other in a circle.
    """
    pose = next(children(node, "pose"), None)
    base = "" if pose is None else pose.get("relative_to", "")
    if local(node) == "joint" and not base:
        base = text_of(node, "child")
    elif local(node) == "frame" and not base:
        base = node.get("attached_to", "")
    if base in OTHER_SCOPES:
        return pose_of(node)
    if chain > MAX_CHAIN:
        raise ImportFailed(_("the frame {name!r} refers to itself").format(name=base[:100]))
    other = next((child for child in scope if child.get("name") == base.split("::")[0]), None)
    return pose_of(node) if other is None else model_from(scope, other, chain + 1) @ pose_of(node)
