"""STL, as text and binary: solids become elements, and the colours that some programs add are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.package.model import U8, Element, Material, Model
from walkdown_server.importers.assembly import Assembly, nothing_to_draw, root_element
from walkdown_server.importers.keys import Keys
from walkdown_server.importers.looks import linear_colors
from walkdown_server.importers.mesh_file import frame_of_mesh, read_bytes, source_of
from walkdown_server.importers.report import Note
from walkdown_server.importers.shapes import Shape
from walkdown_server.importers.task import ReadTask
from walkdown_server.importers.units import unit_in
from walkdown_server.importers.welding import number_points, unique_rows

SCHEME = "stl"
UP = "Z"
HEADER, ROW = 80, 50
FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
VALID = 0x8000
"""The bit that says that a facet has a colour; in files of Magics, that it has that of the header."""

TAIL = 1000
NO_END = mark("{name} ends without 'endsolid': it may be cut off.")

GREY = Material("STL", double_sided=True)

_SOLID = re.compile(rb"^[ \t]*solid\b[ \t]*(.*?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_VERTEX = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Solid:
    """One solid: its name, (n, 3, 3) corners, and (n, 3 or 4) sRGB colours or None."""

    name: str
    corners: npt.NDArray[np.float32]
    colors: U8 | None = None


def read_stl(task: ReadTask) -> Model:
    """Read an .stl file.

    Raises:
        ImportFailed: one sentence says why. UnitMissing: nothing says in which unit it counts.
    """
    data = read_bytes(task.path)
    solids = [_binary(data)] if _is_binary(data) else _text(data)
    solids = [solid for solid in solids if len(solid.corners)]
    if not _is_binary(data) and b"endsolid" not in data[-TAIL:].lower():
        task.report.note(Note(NO_END, {"name": task.path.name}))
    if not solids:
        raise nothing_to_draw(task)
    points = [solid.corners.reshape(-1, 3) for solid in solids]
    matrix = frame_of_mesh(task, points, up=UP, words="STL", unit=unit_in(data[: HEADER * 2]))
    assembly, keys = Assembly(task, Model(task.path.stem)), Keys(SCHEME)
    assembly.model.sources.append(source_of(task, data, "STL"))
    root = assembly.add_element(root_element(SCHEME, task))
    grey = assembly.add_material(GREY)
    for done, solid in enumerate(solids):
        shape = assembly.add_shape(_shape(solid, grey))
        if shape is not None:
            key = keys.path(f"{SCHEME}:/", solid.name or "solid")
            row = assembly.add_element(Element(key, solid.name[:200] or task.path.stem[:200], parent=root))
            assembly.place(shape, row, matrix)
            task.report.elements_out += 1
        task.progress((done + 1) / len(solids))
    task.report.elements_in += len(solids)
    return assembly.finish()


def _is_binary(data: bytes) -> bool:
    if len(data) < HEADER + 4:
        return False
    count = int.from_bytes(data[HEADER : HEADER + 4], "little")
    if len(data) == HEADER + 4 + ROW * count:
        return True
    return not (data.lstrip()[:5].lower() == b"solid" and b"facet" in data[:4096].lower())


def _binary(data: bytes) -> _Solid:
    count = int.from_bytes(data[HEADER : HEADER + 4], "little")
    if len(data) < HEADER + 4 + ROW * count:
        raise ImportFailed(
            _(
                "the file should hold {count} triangles ({size} bytes), but has {found} bytes: it is cut off"
            ).format(count=count, size=HEADER + 4 + ROW * count, found=len(data))
        )
    facets = np.frombuffer(data, FACET, count, HEADER + 4)
    return _Solid("", facets["corners"], _colors(facets["attribute"], data[:HEADER]))


def _colors(attributes: npt.NDArray[np.uint16], header: bytes) -> U8 | None:
    """Return (n, 4) colours of the facets, in the manner of Magics or of VisCAM, or None."""
    place = header.find(b"COLOR=")
    default = np.frombuffer(header, np.uint8, 4, place + 6) if 0 <= place <= HEADER - 10 else None
    own = (attributes & VALID == 0) if default is not None else (attributes & VALID != 0)
    if default is None and not own.any():
        return None
    fifths = np.stack([attributes >> shift & 31 for shift in (0, 5, 10)], 1).astype(np.float64) * (255 / 31)
    colors = np.full((len(attributes), 4), 255, np.uint8)
    if default is None:
        fifths = fifths[:, ::-1]
        colors[:, :3] = 204
    else:
        colors[:] = default
        own &= attributes != 0  # a colour of nought is how other programs leave it empty
    colors[own, :3] = np.rint(fifths[own]).astype(np.uint8)
    return colors


def _text(data: bytes) -> list[_Solid]:
    starts = list(_SOLID.finditer(data))
    if not starts or b"vertex" not in data.lower():
        raise ImportFailed(
            _("an STL file is binary or starts with 'solid', but this one starts with {start!r}").format(
                start=data[:16]
            )
        )
    ends = [*(start.start() for start in starts[1:]), len(data)]
    return [
        _Solid(start.group(1).decode("utf-8", "replace"), _corners(data[start.end() : end]))
        for start, end in zip(starts, ends, strict=True)
    ]


def _corners(text: bytes) -> npt.NDArray[np.float32]:
    found: list[Any] = _VERTEX.findall(text)
    try:
        numbers = np.array(found, dtype="S").astype(np.float64) if found else np.zeros((0, 3))
    except ValueError:
        raise ImportFailed(_("a vertex should be three numbers, but one is not: it is damaged")) from None
    if len(numbers) % 3:
        raise ImportFailed(
            _(
                "the triangles should have three corners each, but there are {count}: the file is cut off"
            ).format(count=len(numbers))
        )
    return numbers.astype(np.float32).reshape(-1, 3, 3)


def _shape(solid: _Solid, material: int) -> Shape:
    points = np.ascontiguousarray(solid.corners).reshape(-1, 3)
    columns = [number_points(points)]
    if solid.colors is not None:
        columns.append(
            np.repeat(np.ascontiguousarray(solid.colors).view("<u4").reshape(-1), 3).astype(np.int64)
        )
    first, number = unique_rows(columns)
    colors = None if solid.colors is None else linear_colors(solid.colors[first // 3])
    return Shape(points[first], number.reshape(-1, 3), material, colors=colors)
