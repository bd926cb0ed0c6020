"""COLLADA: unit and axes applied, nodes become elements, geometry that occurs often stays an instance."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.package.model import Element, Model
from walkdown_server.importers.assembly import Assembly, nothing_to_draw, root_element
from walkdown_server.importers.dae_file import Y_FROM_X_UP, DaeFile, children, open_dae, transform_of
from walkdown_server.importers.dae_materials import DaeMaterials, Look
from walkdown_server.importers.dae_meshes import Corners, read_primitives
from walkdown_server.importers.frame import F64, site_from_file
from walkdown_server.importers.keys import Keys
from walkdown_server.importers.looks import Textures, linear_colors
from walkdown_server.importers.mesh_file import read_bytes, source_of
from walkdown_server.importers.report import Note
from walkdown_server.importers.shapes import Shape
from walkdown_server.importers.task import ReadTask
from walkdown_server.importers.welding import number_points, unique_rows
from walkdown_server.importers.xml_file import Node, local, numbers

SCHEME = "dae"
MAX_DEPTH = 256
MAX_NODES = 100_000

FRAME = mark("{file}: one unit is {metres} m and {up} is up, as the file says.")
NO_UNIT = mark("{file} does not say its unit; one unit is taken to be a metre, as COLLADA says.")
ELSEWHERE = mark("a part of another file, or one that is not there")
EMPTY_NODE = mark("a node that draws nothing")
SKIN = mark("skins are not shown")
ANIMATION = mark("animations are not shown")

Array = npt.NDArray[Any]


def read_dae(task: ReadTask) -> Model:
    """Read a .dae file.

    Raises:
        ImportFailed: one sentence says why.
    """
    data = read_bytes(task.path)
    file = open_dae(data)
    scene = file.scene()
    if scene is None:
        raise nothing_to_draw(task)
    assembly = Assembly(task, Model(task.path.stem))
    assembly.model.sources.append(source_of(task, data, "COLLADA " + file.root.get("version", "")[:20]))
    root = assembly.add_element(root_element(SCHEME, task))
    geometries = sum(1 for _geometry in children(file.root, "library_geometries", "geometry"))
    reading = _Reading(assembly, file, DaeMaterials(assembly, file, Textures(assembly)), max(geometries, 1))
    reading.add_below(scene, _Place(root, _site_from(file, task), ()))
    task.report.elements_in += reading.nodes
    task.report.elements_out += len(assembly.model.elements) - 1
    if any(True for _animation in children(file.root, "library_animations", "animation")):
        task.report.skip(ANIMATION)
    task.progress(1.0)
    return assembly.finish()


def _site_from(file: DaeFile, task: ReadTask) -> F64:
    """Return site_from_file, and report what was assumed."""
    if task.options.unit is None:
        about = {"file": task.path.name, "metres": f"{file.metres or 1:g}", "up": file.up}
        task.report.note(Note(FRAME if file.metres else NO_UNIT, about))
    matrix = site_from_file(task.options, unit=file.metres or 1.0, up="Z" if file.up == "Z" else "Y")
    return matrix @ Y_FROM_X_UP if file.up == "X" and task.options.up is None else matrix


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node hangs: the row of its parent, site from parent, and the nodes above it."""

    row: int
    matrix: F64
    above: tuple[int, ...]


@dataclass(slots=True)
class _Reading:
    """One file on its way into an assembly; each geometry with each set of materials is one shape."""

    assembly: Assembly
    file: DaeFile
    materials: DaeMaterials
    geometries: int
    nodes: int = 0
    keys: Keys = field(default_factory=lambda: Keys(SCHEME))
    shapes: dict[tuple[Any, ...], int | None] = field(default_factory=dict)
    primitives: dict[int, list[Corners]] = field(default_factory=dict)
    draws: dict[int, bool] = field(default_factory=dict)

    def add_below(self, parent: Node, place: _Place) -> None:
        """Add the nodes that hang below a node or a scene."""
        for node in parent:
            kind = local(node)
            if kind == "node":
                self._add_node(node, place)
            elif kind == "instance_node":
                target = self.file.find(node.get("url", ""))
                if target is None:
                    self.assembly.task.report.skip(ELSEWHERE, name=node.get("url", ""))
                else:
                    self._add_node(target, place)

    def _add_node(self, node: Node, place: _Place) -> None:
        self.nodes += 1
        name = node.get("name") or node.get("id") or node.get("sid") or "node"
        if id(node) in place.above or len(place.above) > MAX_DEPTH or self.nodes > MAX_NODES:
            raise ImportFailed(
                _("the node {name!r} is below itself, or there are too many").format(name=name[:100])
            )
        if not self._draws_something(node, place.above):
            self.assembly.task.report.skip(EMPTY_NODE)
            return
        matrix = place.matrix @ transform_of(node)
        shapes = [shape for shape in self._shapes_of(node) if shape is not None]
        row = self.assembly.add_element(
            Element(
                key=self.keys.path(self.assembly.model.elements[place.row].key, name),
                name=name[:200],
                kind="part" if shapes else "group",
                parent=place.row,
                layer="glass" if shapes and all(map(self.assembly.see_through, shapes)) else "content",
            )
        )
        for shape in shapes:
            self.assembly.place(shape, row, matrix)
        self.add_below(node, _Place(row, matrix, (*place.above, id(node))))

    def _draws_something(self, node: Node, above: tuple[int, ...]) -> bool:
        """Return whether a node or one below it refers to geometry; each is asked once."""
        if id(node) not in self.draws:
            self.draws[id(node)] = False  # what is below itself draws nothing more there
            self.draws[id(node)] = any(self._child_draws(child, above) for child in node)
        return self.draws[id(node)]

    def _child_draws(self, child: Node, above: tuple[int, ...]) -> bool:
        kind = local(child)
        if kind in ("instance_geometry", "instance_controller"):
            return True
        if kind == "instance_node":
            target = self.file.find(child.get("url", ""))
            return target is None or id(target) in above or self._draws_something(target, above)
        return kind == "node" and self._draws_something(child, above)

    def _shapes_of(self, node: Node) -> list[int | None]:
        """Return the shapes that a node itself draws."""
        found = []
        for instance in node:
            if local(instance) not in ("instance_geometry", "instance_controller"):
                continue
            geometry, shift = self._geometry(instance)
            if geometry is None:
                self.assembly.task.report.skip(ELSEWHERE, name=instance.get("url", ""))
                continue
            found.append(self._shape(geometry, instance, shift))
        return found

    def _geometry(self, instance: Node) -> tuple[Node | None, F64]:
        """Return the geometry that is drawn; of a skin, that which it binds, as it stands before it moves."""
        target, matrix = self.file.find(instance.get("url", "")), np.eye(4)
        for _step in range(4):
            if target is None or local(target) == "geometry":
                return target, matrix
            inner = next((child for child in target if local(child) in ("skin", "morph")), None)
            if inner is None:
                return None, matrix
            if local(inner) == "skin":
                self.assembly.task.report.skip(SKIN)
                for bind in children(inner, "bind_shape_matrix"):
                    matrix = np.array(numbers(bind.text, np.eye(4).reshape(-1).tolist())).reshape(4, 4)
            target = self.file.find(inner.get("source", ""))
        return None, matrix

    def _shape(self, geometry: Node, instance: Node, shift: F64) -> int | None:
        looks, sets = self._bound(instance)
        key = (id(geometry), tuple(sorted(looks.items())), tuple(sorted(sets.items())), shift.tobytes())
        if key not in self.shapes:
            self.shapes[key] = self._make(geometry, looks, sets, shift=shift)
        return self.shapes[key]

    def _bound(self, instance: Node) -> tuple[dict[str, str], dict[tuple[str, str], int]]:
        """Return the material of each symbol, and the set of each name of texture coordinates."""
        looks: dict[str, str] = {}
        sets: dict[tuple[str, str], int] = {}
        for bound in children(instance, "bind_material", "technique_common", "instance_material"):
            symbol = bound.get("symbol", "")
            looks[symbol] = bound.get("target", "")
            for name in children(bound, "bind_vertex_input"):
                number = name.get("input_set", "0")
                sets[symbol, name.get("semantic", "")] = int(number) if number.isdigit() else 0
        return looks, sets

    def _make(
        self, geometry: Node, looks: dict[str, str], sets: dict[tuple[str, str], int], *, shift: F64
    ) -> int | None:
        if id(geometry) not in self.primitives:
            report = self.assembly.task.report
            meshes = list(children(geometry, "mesh"))
            self.primitives[id(geometry)] = [c for m in meshes for c in read_primitives(self.file, m, report)]
            self.assembly.task.progress(len(self.primitives) / self.geometries)
        parts = self.primitives[id(geometry)]
        if not parts:
            return None
        found = [self.materials.look(looks.get(part.symbol, f"#{part.symbol}")) for part in parts]
        names = [sets.get((part.symbol, look.texcoord)) for part, look in zip(parts, found, strict=True)]
        shape = _join(parts, found, names, shift=shift)
        textured = any(self.assembly.model.materials[look.row].texture is not None for look in found)
        return self.assembly.add_shape(shape if textured else replace(shape, uvs=None))


def _join(parts: list[Corners], looks: list[Look], sets: list[int | None], *, shift: F64) -> Shape:
    """Return the primitives of a geometry as one shape; equal corners are one vertex."""
    normals = None if any(p.normals is None for p in parts) else np.concatenate([p.normals for p in parts])
    uvs = [_uvs_of(part, chosen) for part, chosen in zip(parts, sets, strict=True)]
    colors = [_colors_of(part) for part in parts] if any(p.colors is not None for p in parts) else None
    materials = np.repeat([look.row for look in looks], [len(p.points) for p in parts])
    columns = [materials, number_points(np.concatenate([p.positions for p in parts]))]
    together: list[Array] = [] if normals is None else [normals]
    together += [np.concatenate(uvs)] + ([] if colors is None else [np.concatenate(colors)])
    columns += [number_points(values.astype(np.float64)) for values in together]
    first, number = unique_rows(columns)
    positions = np.concatenate([p.positions for p in parts])[first] @ shift[:3, :3].T + shift[:3, 3]
    return Shape(
        positions=positions,
        triangles=number.reshape(-1, 3),
        materials=materials[first],
        normals=None if normals is None else normals[first] @ shift[:3, :3].T,
        uvs=np.concatenate(uvs)[first] * (1, -1) + (0, 1),
        colors=None if colors is None else linear_colors(np.concatenate(colors)[first]),
    )


def _uvs_of(part: Corners, chosen: int | None) -> Array:
    """Return (n, 2) texture coordinates: of the set that is bound, or the first."""
    if not part.uvs:
        return np.zeros((len(part.points), 2))
    found = part.uvs.get(min(part.uvs) if chosen is None else chosen, part.uvs[min(part.uvs)])
    return found if found.shape[1] == 2 else np.pad(found, ((0, 0), (0, 2 - found.shape[1])))


def _colors_of(part: Corners) -> Array:
    """Return (n, 4) uint8 sRGB colours; white where there are none."""
    out = np.full((len(part.points), 4), 255, np.uint8)
    if part.colors is not None and part.colors.shape[1] >= 3:
        width = min(part.colors.shape[1], 4)
        out[:, :width] = np.rint(np.nan_to_num(part.colors[:, :width]) * 255).clip(0, 255)
    return out
