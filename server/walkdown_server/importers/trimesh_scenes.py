"""OFF, 3DXML and XAML, read by trimesh: every node that draws becomes an element, copies stay copies."""

from __future__ import annotations

import io
import logging
import re
from typing import Any

import numpy as np
import trimesh

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.package.model import Element, Material, Model
from walkdown_server.importers.assembly import Assembly, nothing_to_draw, root_element
from walkdown_server.importers.keys import Keys
from walkdown_server.importers.looks import linear_colors
from walkdown_server.importers.mesh_file import frame_of_mesh, read_bytes, source_of
from walkdown_server.importers.shapes import Shape
from walkdown_server.importers.task import ReadTask
from walkdown_server.importers.welding import unique_rows

UNITS_IN = {"3dxml": "mm", "xaml": "m"}
"""What files of these kinds count in, although they do not say it: Dassault's programs and WPF's."""

NAME_END = "#"
"""trimesh puts the way to a node behind its name, so that names are unique."""

UNREADABLE = mark("a part that is stored in a way that cannot be read")

_OFF_COMMENT = re.compile(rb"#[^\r\n]*")


def read_scene(task: ReadTask) -> Model:
    """Read an .off, .3dxml or .xaml file.

    Raises:
        ImportFailed: one sentence says why. UnitMissing: nothing says in which unit it counts.
    """
    data = read_bytes(task.path)
    kind = task.path.suffix[1:].lower()
    if kind == "off":
        _check_off(data)
    scene = _load(data, kind, task)
    nodes = sorted(scene.graph.nodes_geometry)
    task.report.elements_in += len(nodes)
    meshes = {name: mesh for name, mesh in scene.geometry.items() if len(getattr(mesh, "faces", ()))}
    if not meshes:
        raise nothing_to_draw(task)
    points = [np.asarray(mesh.vertices) for mesh in meshes.values()]
    matrix = frame_of_mesh(task, points, up="Z", words=kind.upper(), unit=UNITS_IN.get(kind))
    assembly, keys = Assembly(task, Model(task.path.stem)), Keys(kind)
    assembly.model.sources.append(source_of(task, data, kind.upper()))
    grey = assembly.add_material(Material(kind.upper(), double_sided=True))
    white = assembly.add_material(
        Material(f"{kind.upper()} colours", base_color=(1, 1, 1, 1), double_sided=True)
    )
    task.progress(0.5)
    shapes = {
        name: assembly.add_shape(_shape(mesh, plain=grey, coloured=white)) for name, mesh in meshes.items()
    }
    root = assembly.add_element(root_element(kind, task))
    for node in nodes:
        site_from_node, name = scene.graph[node]
        shape = shapes.get(name)
        if shape is not None:
            words = str(node).partition(NAME_END)[0] if kind in UNITS_IN else ""
            row = assembly.add_element(
                Element(keys.path(f"{kind}:/", words), (words or task.path.stem)[:200], parent=root)
            )
            assembly.place(shape, row, matrix @ np.asarray(site_from_node, np.float64))
            task.report.elements_out += 1
    task.progress(1.0)
    return assembly.finish()


def _check_off(data: bytes) -> None:
    """Check that an OFF file has all the lines that it announces, which trimesh does not.

    Raises:
        ImportFailed: it is cut off, or no OFF file.
    """
    lines = [line for line in _OFF_COMMENT.sub(b"", data).splitlines() if line.strip()]
    head = lines[0].split() if lines else []
    counts = head[1:] or (lines[1].split() if len(lines) > 1 else [])
    if (
        not head
        or head[0].upper() not in (b"OFF", b"COFF")
        or len(counts) < 2
        or not b"".join(counts[:2]).isdigit()
    ):
        raise ImportFailed(
            _(
                "an OFF file starts with OFF and the numbers of vertices and faces, this one with {start!r}"
            ).format(start=data[:16])
        )
    expected = sum(map(int, counts[:2]))
    found = len(lines) - (1 if head[1:] else 2)
    if found < expected:
        raise ImportFailed(
            _("the file announces {expected} vertices and faces, but has {found}: it is cut off").format(
                expected=expected, found=max(found, 0)
            )
        )


class _Warnings(logging.Handler):
    """Tells the report what trimesh passes over and only writes to its log."""

    def __init__(self, task: ReadTask) -> None:
        super().__init__(logging.WARNING)
        self._task = task

    def emit(self, record: logging.LogRecord) -> None:
        self._task.report.skip(UNREADABLE, name=record.getMessage()[:100])


def _load(data: bytes, kind: str, task: ReadTask) -> Any:
    log, warnings = logging.getLogger("trimesh"), _Warnings(task)
    log.addHandler(warnings)
    try:
        return trimesh.load_scene(io.BytesIO(data), file_type=kind, process=False)
    except (MemoryError, RecursionError):
        raise
    except Exception as error:
        raise ImportFailed(
            _("expected a sound {kind} file, but reading it ended with: {reason}").format(
                kind=kind.upper(), reason=str(error)[:200] or type(error).__name__
            )
        ) from error
    finally:
        log.removeHandler(warnings)


def _shape(mesh: Any, *, plain: int, coloured: int) -> Shape:
    """Return a mesh with the colours of its faces, if it has any."""
    faces, vertices = np.asarray(mesh.faces, np.int64), np.asarray(mesh.vertices, np.float64)
    colors = _face_colors(mesh)
    if colors is None:
        return Shape(vertices, faces, plain)
    corners = faces.reshape(-1)
    packed = np.repeat(np.ascontiguousarray(colors).view("<u4").reshape(-1), 3).astype(np.int64)
    first, number = unique_rows([corners, packed])
    return Shape(
        vertices[corners[first]],
        number.reshape(-1, 3),
        coloured,
        colors=linear_colors(colors[first // 3]),
    )


def _face_colors(mesh: Any) -> Any:
    """Return (m, 4) uint8 sRGB, None where the file gives no colours."""
    if mesh.visual.kind not in ("face", "vertex"):
        return None
    return np.asarray(mesh.visual.face_colors, np.uint8)
