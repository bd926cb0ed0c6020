"""The XML of a COLLADA file: what has an id, and what each scene node says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from lxml import etree

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown_server.importers.xml_file import Node, local, numbers, parse_xml, place_numbers

F64 = npt.NDArray[np.float64]

UPS = {"X_UP": "X", "Y_UP": "Y", "Z_UP": "Z"}
Y_FROM_X_UP = np.array([[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], np.float64)
IDENTITY = [float(i == j) for i in range(4) for j in range(4)]


@dataclass(frozen=True, slots=True)
class DaeFile:
    """An opened document.

    Attributes:
        root: the document. by_id: every element that has an id. nodes: all elements, kept so that each
            stays one object and its identity can serve as a key.
        metres: of one unit; None when the file does not say. up: ``X``, ``Y`` or ``Z``.
        linear: whether its colours are linear: Blender writes them so, other programs as sRGB.
    """

    root: Node
    by_id: dict[str, Node]
    nodes: list[Node]
    metres: float | None
    up: str
    linear: bool = False

    def find(self, url: str) -> Node | None:
        """Return what a reference within the file means."""
        return self.by_id.get(url.removeprefix("#")) if url.startswith("#") else None

    def scene(self) -> Node | None:
        """Return the visual scene that is shown, or the first."""
        for instance in children(self.root, "scene", "instance_visual_scene"):
            if (found := self.find(instance.get("url", ""))) is not None:
                return found
        return next(children(self.root, "library_visual_scenes", "visual_scene"), None)


def open_dae(data: bytes) -> DaeFile:
    """Return a parsed document.

    Raises:
        ImportFailed: it is no COLLADA document.
    """
    root = parse_xml(data)
    if local(root) != "COLLADA":
        raise ImportFailed(
            _("the file should be a COLLADA document, but holds {name!r}").format(name=local(root)[:50])
        )
    nodes, by_id = list(root.iter(etree.Element)), dict[str, Node]()
    for node in nodes:
        if (identity := node.get("id")) is not None:
            by_id.setdefault(identity, node)
    unit = next(children(root, "asset", "unit"), None)
    up = next(children(root, "asset", "up_axis"), None)
    metres = None if unit is None else _positive(unit.get("meter"))
    axis = UPS.get((up.text or "").strip() if up is not None else "", "Y")
    tools = [(tool.text or "") for tool in children(root, "asset", "contributor", "authoring_tool")]
    return DaeFile(root, by_id, nodes, metres, axis, any("blender" in tool.lower() for tool in tools))


def _positive(text: str | None) -> float | None:
    (metres,) = numbers(text, [0.0])
    return metres if 0 < metres <= 1e6 else None


def children(node: Node, *path: str) -> Iterator[Node]:
    """Yield what lies below a node along a path of names."""
    for child in node:
        if local(child) == path[0]:
            if len(path) == 1:
                yield child
            else:
                yield from children(child, *path[1:])


def transform_of(node: Node) -> F64:
    """Return the (4, 4) matrix of a scene node: its transforms, in their order."""
    matrix = np.eye(4)
    for child in node:
        make = _TRANSFORMS.get(local(child))
        if make is not None:
            matrix = matrix @ make(child.text or "")
    return matrix


def _matrix(text: str) -> F64:
    return np.array(place_numbers(text, IDENTITY)).reshape(4, 4)


def _translate(text: str) -> F64:
    matrix = np.eye(4)
    matrix[:3, 3] = place_numbers(text, [0.0] * 3)
    return matrix


def _scale(text: str) -> F64:
    return np.diag([*place_numbers(text, [1.0] * 3), 1.0])


def _rotate(text: str) -> F64:
    *axis, degrees = place_numbers(text, [0.0, 0.0, 1.0, 0.0])
    length = math.hypot(*axis)
    matrix = np.eye(4)
    if length > 0:
        matrix[:3, :3] = axis_rotation(np.array(axis) / length, math.radians(degrees))
    return matrix


def axis_rotation(axis: F64, angle: float) -> F64:
    """Return the (3, 3) rotation about a unit axis (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * (cross @ cross))


def _look_at(text: str) -> F64:
    values = np.array(place_numbers(text, [0, 0, 0, 0, 0, -1, 0, 1, 0])).reshape(3, 3)
    eye, target, up = values
    back = eye - target
    side = np.cross(up, back)
    if not np.linalg.norm(side) > 0:
        return np.eye(4)
    back, side = back / np.linalg.norm(back), side / np.linalg.norm(side)
    matrix = np.eye(4)
    matrix[:3] = np.stack([side, np.cross(back, side), back, eye], 1)
    return matrix


_TRANSFORMS = {
    "matrix": _matrix,
    "translate": _translate,
    "rotate": _rotate,
    "scale": _scale,
    "lookat": _look_at,
}
