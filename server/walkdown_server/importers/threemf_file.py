"""The parts of a 3MF file: objects with their triangles or components, colours, and what is built."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from lxml import etree

from walkdown.errors import ImportFailed
from walkdown.i18n import _
from walkdown_server.importers.threemf_groups import GROUPS, Group, read_group
from walkdown_server.importers.xml_file import Node, local, parse_xml, place_numbers
from walkdown_server.importers.zips import check_archive, read_entry

UNITS = {
    "micron": 1e-6,
    "millimeter": 1e-3,
    "centimeter": 1e-2,
    "inch": 0.0254,
    "foot": 0.3048,
    "meter": 1.0,
}
MODEL_TYPE = "3dmodel"
MAX_PARTS = 10_000
IDENTITY = [1.0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]

Ref = tuple[str, str]
"""An object: the part of the file that holds it, and its id there."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An object in its place: within another object, or in the build."""

    object: Ref
    matrix: npt.NDArray[np.float64]


@dataclass(slots=True)
class Object:
    """One object.

    Attributes:
        points: (n, 3). triangles: (m, 3).
        groups: (m,) rows of ``ThreeMf.group_ids``, −1 for none. picks: (m, 3) which property of the group.
    """

    name: str
    points: npt.NDArray[np.float64]
    triangles: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]
    picks: npt.NDArray[np.int64]
    components: list[Placed] = field(default_factory=list)


@dataclass(slots=True)
class ThreeMf:
    """All of a file; units are applied by who reads it."""

    unit: str
    objects: dict[Ref, Object]
    groups: list[Group]
    items: list[Placed]
    images: dict[str, bytes]


def parse_3mf(data: bytes) -> ThreeMf:
    """Return what a 3MF file holds.

    Raises:
        ImportFailed: it is none, or damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_archive(archive, size=len(data))
            return _Reading(archive).run()
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, zlib.error) as error:
        raise ImportFailed(
            _("a 3MF file is a zip file, but this one cannot be opened: {reason}").format(reason=error)
        ) from None


class _Reading:
    """One archive, part by part."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {_plain(info.filename): info for info in archive.infolist()}
        self._found = ThreeMf("millimeter", {}, [], [], {})
        self._group_rows: dict[Ref, int] = {}
        self._groups: dict[str, dict[str, Group]] = {}
        self._textures: dict[Ref, tuple[str, tuple[str, str]]] = {}

    def run(self) -> ThreeMf:
        first = self._first_part()
        root = self._read(first)
        self._found.unit = root.get("unit", "millimeter")
        waiting, seen = [first], {first}
        while waiting:
            part = waiting.pop()
            for further in self._read_part(part, root if part == first else self._read(part)):
                if further not in seen and len(seen) < MAX_PARTS:
                    seen.add(further)
                    waiting.append(further)
        self._name_objects()
        return self._found

    def _first_part(self) -> str:
        if "_rels/.rels" in self._names:
            for node in parse_xml(self._bytes("_rels/.rels")):
                if node.get("Type", "").endswith(MODEL_TYPE):
                    return _plain(node.get("Target", ""))
        found = next((name for name in self._names if name.endswith(".model")), None)
        if found is None:
            raise ImportFailed(_("a 3MF file holds a part that ends in .model, but this one has none"))
        return found

    def _bytes(self, name: str) -> bytes:
        if name not in self._names:
            raise ImportFailed(
                _("the file refers to {name!r}, which it does not hold").format(name=name[:200])
            )
        return read_entry(self._archive, self._names[name])

    def _read(self, name: str) -> Node:
        return parse_xml(self._bytes(name))

    def _read_part(self, part: str, root: Node) -> Iterator[str]:
        """Read one part; yields those that it refers to."""
        objects = []
        for node in root.iter(etree.Element):
            kind = local(node)
            if kind == "object":
                objects.append(node)
            elif kind == "item":
                yield from self._add_item(node, part)
            elif kind in GROUPS:
                self._add_group(node, part)
            elif kind == "texture2d":
                wrap = (node.get("tilestyleu", "wrap"), node.get("tilestylev", "wrap"))
                self._textures[part, node.get("id", "")] = (_plain(node.get("path", "")), wrap)
        for node in objects:
            self._found.objects[part, node.get("id", "")] = found = self._object(node, part)
            yield from (component.object[0] for component in found.components)

    def _add_item(self, node: Node, part: str) -> Iterator[str]:
        placed = _placed(node, part)
        self._found.items.append(placed)
        yield placed.object[0]

    def _add_group(self, node: Node, part: str) -> None:
        known = self._groups.setdefault(part, {})
        group = read_group(node, known)
        path, wrap = self._textures.get((part, node.get("texid", "")), ("", ("wrap", "wrap")))
        if path:
            if path in self._names and path not in self._found.images:
                self._found.images[path] = self._bytes(path)
            group = replace(group, texture=path, wrap=wrap)
        self._group_rows[part, node.get("id", "")] = len(self._found.groups)
        self._found.groups.append(group)
        known[node.get("id", "")] = group

    def _object(self, node: Node, part: str) -> Object:
        points, rows, picks, components = _Rows(), list[int](), list[Any](), list[Placed]()
        default = (node.get("pid"), node.get("pindex") or "0")
        for inner in node.iter(etree.Element):
            kind = local(inner)
            if kind == "vertex":
                points.append([inner.get("x", "nan"), inner.get("y", "nan"), inner.get("z", "nan")])
            elif kind == "triangle":
                rows.append(self._group_rows.get((part, inner.get("pid") or default[0] or ""), -1))
                first = inner.get("p1") or default[1]
                picks.append([inner.get("v1", "-1"), inner.get("v2", "-1"), inner.get("v3", "-1"), first,
                              inner.get("p2") or first, inner.get("p3") or first])  # fmt: skip
            elif kind == "component":
                components.append(_placed(inner, part))
        whole = _whole_numbers(picks)
        return Object(
            name=node.get("name", ""),
            points=points.array(),
            triangles=whole[:, :3],
            groups=np.array(rows, np.int64),
            picks=whole[:, 3:],
            components=components,
        )

    def _name_objects(self) -> None:
        """Take names from the settings of the slicers that keep them beside the model."""
        settings = "Metadata/model_settings.config"
        if settings not in self._names:
            return
        for node in self._read(settings).iter("object"):
            names = [m.get("value", "") for m in node if m.get("key") == "name"]
            for (_part, number), found in self._found.objects.items():
                if names and number == node.get("id") and not found.name:
                    found.name = names[0]


class _Rows:
    """Rows of numbers as texts, converted together."""

    def __init__(self) -> None:
        self._texts: list[list[str]] = []

    def append(self, texts: list[str]) -> None:
        self._texts.append(texts)

    def array(self) -> npt.NDArray[np.float64]:
        try:
            return np.array(self._texts, np.float64).reshape(-1, 3)
        except ValueError:
            raise ImportFailed(_("a vertex should be three numbers, but one is not")) from None


def _whole_numbers(texts: list[Any]) -> npt.NDArray[np.int64]:
    try:
        return np.array(texts, np.float64).reshape(-1, 6).astype(np.int64)
    except (ValueError, OverflowError):
        raise ImportFailed(_("a triangle should name its corners by numbers, but one does not")) from None


def _placed(node: Node, part: str) -> Placed:
    """Return what a component or an item refers to; its matrix acts on columns."""
    path = next((value for name, value in node.attrib.items() if str(name).rpartition("}")[2] == "path"), "")
    rows = np.array(place_numbers(node.get("transform"), IDENTITY)).reshape(4, 3)
    matrix = np.eye(4)
    matrix[:3] = rows.T
    return Placed((_plain(str(path)) if path else part, node.get("objectid", "")), matrix)


def _plain(path: str) -> str:
    return path.replace("\\", "/").lstrip("/")
