"""A foreign glTF file becomes elements, surfaces and repeats of a model.

Every node that draws, or that holds one that does, becomes an element; its key is the path of node names
from the root, taken from the file's JSON. glTF says metres and Y up; the model is metres and Z up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.package.model import NO_ROW, Element, Model, Scalar, Surface
from walkdown_server.importers.creases import find_lines
from walkdown_server.importers.gltf_copies import copy_matrices
from walkdown_server.importers.gltf_file import GltfFile, open_gltf
from walkdown_server.importers.gltf_materials import Palette, transform_uvs
from walkdown_server.importers.gltf_meshes import Triangles, read_mesh
from walkdown_server.importers.gltf_tree import Tree, read_tree
from walkdown_server.importers.placement import F64, Placements, make_repeat, place, separable
from walkdown_server.importers.report import ImportReport, Note

MIN_COPIES = 3
MIN_REPEATED_TRIANGLES = 200
MAX_TRIANGLES = 100_000_000
FAR_METRES = 10_000.0
"""Coordinates beyond it lose millimetres in float32, so the model gets an origin of its own."""

MAX_PROPERTIES = 200
MAX_TEXT = 1000

Progress = Callable[[float], None]


def add_gltf(model: Model, path: Path, *, prefix: str, report: ImportReport, progress: Progress) -> None:
    """Read a file and add all of it to ``model``.

    Args:
        model: grows.
        path: a .glb or .gltf file.
        prefix: what the keys of its elements start with.
        report: is told what came in, what was left out and what was assumed.
        progress: is told the part that is done, from 0 to 1.

    Raises:
        ImportFailed: one sentence says why.
    """
    file = open_gltf(path)
    tree = read_tree(file.document)
    _Import(model, file, tree, report=report, prefix=prefix).run(progress)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    about = {"file": path.name, "sha256": digest, "schema": "glTF 2.0"}
    if file.document.asset.copyright:
        about["licence"] = file.document.asset.copyright[:MAX_TEXT]
    model.sources.append(about)


@dataclass(slots=True)
class _Import:
    """One file on its way into a model."""

    model: Model
    file: GltfFile
    tree: Tree
    report: ImportReport
    prefix: str
    shapes: dict[int, Surface] = field(default_factory=dict)
    places: dict[int, list[Placements]] = field(default_factory=dict)

    def run(self, progress: Progress) -> None:
        self._read_shapes(progress)
        self._add_elements()
        placements = {mesh: _stack(places) for mesh, places in sorted(self.places.items())}
        self._check_size(placements)
        self._move_near_origin(placements)
        for mesh, stacked in placements.items():
            self._draw(self.shapes[mesh], stacked)
        self._note()

    def _read_shapes(self, progress: Progress) -> None:
        """Turn every mesh that is used into one shape."""
        palette = Palette(self.file, self.model.materials, self.model.images)
        meshes = sorted({node.mesh for node in self.tree.nodes if node.mesh is not None})
        for done, mesh in enumerate(meshes):
            triangles, skipped = read_mesh(self.file, mesh)
            for reason in skipped:
                self.report.skip(reason)
            if triangles:
                self.shapes[mesh] = _join(triangles, palette)
            progress((done + 1) / len(meshes))
        for note in palette.notes:
            self.report.note(note)

    def _check_size(self, placements: dict[int, Placements]) -> None:
        total = sum(len(self.shapes[mesh].triangles) * len(p.elements) for mesh, p in placements.items())
        if total > MAX_TRIANGLES:
            raise ImportFailed(
                _("a model may draw {limit} triangles, but this one draws {count}: split it").format(
                    limit=MAX_TRIANGLES, count=total
                )
            )
        self.report.triangles += total

    def _add_elements(self) -> None:
        """Add one element for the file and one for each node that draws or holds one that does."""
        drawing = self.tree.ancestors_of(
            [i for i, node in enumerate(self.tree.nodes) if node.mesh in self.shapes]
        )
        root = len(self.model.elements)
        name = self.file.name[:200]
        self.model.elements.append(Element(self.prefix, name, kind="model"))
        keys = self.tree.keys(self.prefix)
        rows: dict[int, int] = {}
        for number in self.tree.order:
            if number not in drawing:
                self.report.skip(mark("a node that draws nothing"))
                continue
            node = self.tree.nodes[number]
            parent = self.tree.parents[number]
            drawn = node.mesh is not None and node.mesh in self.shapes
            rows[number] = len(self.model.elements)
            self.model.elements.append(
                Element(
                    key=keys[number],
                    name=self.tree.names[number][:200],
                    kind="part" if drawn else "group",
                    parent=root if parent == NO_ROW else rows[parent],
                    layer="glass" if drawn and self._see_through(node.mesh) else "content",
                    properties=_properties(node.extras),
                )
            )
            if node.mesh is not None and drawn:
                matrices = self.tree.matrices[number] @ copy_matrices(self.file, node)
                elements = np.full(len(matrices), rows[number], np.uint32)
                self.places.setdefault(node.mesh, []).append(Placements(elements, matrices))
        self.report.elements_in += len(self.tree.nodes)
        if outside := len(self.tree.nodes) - len(self.tree.order):
            self.report.skip(mark("a node outside the scene that the file shows"), outside)
        self.report.elements_out += len(rows)
        if not rows:
            raise self._nothing_to_draw()

    def _nothing_to_draw(self) -> ImportFailed:
        reasons = "; ".join(f"{count} × {_(reason)}" for reason, count in sorted(self.report.skipped.items()))
        text = _("nothing in the file can be drawn ({reasons})")
        return ImportFailed(text.format(reasons=reasons or _("it has no meshes")))

    def _see_through(self, mesh: int | None) -> bool:
        if mesh is None:
            return False
        used = np.unique(self.shapes[mesh].materials).tolist()
        return all(self.model.materials[m].base_color[3] < 1 for m in used)

    def _move_near_origin(self, placements: dict[int, Placements]) -> None:
        """Move a model that stands far from zero, and say where it stood."""
        points = np.concatenate([_centres(self.shapes[mesh], p.matrices) for mesh, p in placements.items()])
        middle = (points.min(0) + points.max(0)) / 2
        if not np.isfinite(middle).all():
            raise ImportFailed(_("the nodes of the file place their meshes infinitely far away"))
        if np.abs(middle).max() > FAR_METRES and not (self.model.surfaces or self.model.repeats):
            x, y, z = np.round(middle).tolist()
            self.model.origin = (x, y, z)
            text = mark("The model stands far from zero; its origin is now ({x}, {y}, {z}) m.")
            self.report.note(Note(text, {"x": f"{x:.0f}", "y": f"{y:.0f}", "z": f"{z:.0f}"}))
        for stacked in placements.values():
            stacked.matrices[:, :3, 3] -= self.model.origin

    def _draw(self, shape: Surface, placements: Placements) -> None:
        """Add copies as a repeat where they are many and heavy enough, in place otherwise."""
        alike = separable(placements.matrices)
        if alike.sum() >= MIN_COPIES and len(shape.triangles) > MIN_REPEATED_TRIANGLES:
            self.model.repeats.append(make_repeat(shape, placements.take(alike)))
            self.report.copies += int(alike.sum())
            placements = placements.take(~alike)
        if len(placements.elements):
            self.model.surfaces.append(place(shape, placements))

    def _note(self) -> None:
        document = self.file.document
        text = mark("{name}: metres and Y up, as glTF says; no reference system is given.")
        self.report.note(Note(text, {"name": self.file.name}))
        if document.animations:
            self.report.skip(mark("animations are not shown"), len(document.animations))
        if document.skins:
            self.report.skip(mark("skins are not shown"), len(document.skins))


def _join(parts: list[Triangles], palette: Palette) -> Surface:
    """Return the primitives of a mesh as one shape with its feature lines."""
    bases = np.cumsum([0, *(len(p.positions) for p in parts)]).astype(np.uint32)
    textured = any(palette.texture_of(p.material) is not None and p.uvs is not None for p in parts)
    colored = any(p.colors is not None for p in parts)
    return Surface(
        positions=np.concatenate([p.positions for p in parts]),
        normals=np.concatenate([p.normals for p in parts]),
        elements=np.zeros(bases[-1], np.uint32),
        materials=np.repeat(
            np.array([palette.row(p.material) for p in parts], np.uint32), [len(p.positions) for p in parts]
        ),
        triangles=np.concatenate([p.faces + base for p, base in zip(parts, bases, strict=False)]),
        lines=np.concatenate(
            [find_lines(p.positions, p.faces) + b for p, b in zip(parts, bases, strict=False)]
        ),
        uvs=np.concatenate([_uvs_of(p, palette) for p in parts]) if textured else None,
        colors=np.concatenate([_colors_of(p) for p in parts]) if colored else None,
    )


def _uvs_of(part: Triangles, palette: Palette) -> Any:
    texture = palette.texture_of(part.material)
    if part.uvs is None:
        return np.zeros((len(part.positions), 2), np.float32)
    return part.uvs if texture is None else transform_uvs(part.uvs, texture)


def _colors_of(part: Triangles) -> Any:
    return np.full((len(part.positions), 4), 255, np.uint8) if part.colors is None else part.colors


def _stack(places: list[Placements]) -> Placements:
    elements = np.concatenate([p.elements for p in places])
    return Placements(elements, np.concatenate([p.matrices for p in places]))


def _centres(shape: Surface, matrices: F64) -> F64:
    middle = (shape.positions.min(0).astype(np.float64) + shape.positions.max(0)) / 2
    return np.asarray(matrices[:, :3, :3] @ middle + matrices[:, :3, 3])


def _properties(extras: Any) -> dict[str, Scalar]:
    """Return a node's extras as flat properties: nested names are joined by dots, lists become text."""
    found: dict[str, Scalar] = {}
    stack: list[tuple[str, Any]] = [("", extras)] if isinstance(extras, dict) else []
    while stack and len(found) < MAX_PROPERTIES:
        name, value = stack.pop(0)
        if isinstance(value, dict):
            stack += [(f"{name}.{key}" if name else str(key), inner) for key, inner in value.items()]
        elif value is not None:
            found[name[:MAX_TEXT]] = _scalar(value)
    return found


def _scalar(value: Any) -> Scalar:
    if isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 2**63):
        return value
    return (value if isinstance(value, str) else json.dumps(value))[:MAX_TEXT]
