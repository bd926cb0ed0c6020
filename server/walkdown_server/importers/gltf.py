"""A foreign glTF file becomes elements, surfaces and repeats of a model.

Every node that draws, or that holds one that does, becomes an element; its key is the path of node names
from the root, taken from the file's JSON. glTF says metres and Y up; the model is metres and Z up.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from walkdown.i18n import mark
from walkdown.messages import ImportOptions
from walkdown.package.model import NO_ROW, Element, Model, Scalar
from walkdown_server.importers.assembly import Assembly, root_element
from walkdown_server.importers.creases import find_lines
from walkdown_server.importers.frame import F64, UP_FROM_Y, site_from_file
from walkdown_server.importers.gltf_copies import copy_matrices
from walkdown_server.importers.gltf_file import GltfFile, open_gltf
from walkdown_server.importers.gltf_materials import Palette, transform_uvs
from walkdown_server.importers.gltf_meshes import Triangles, read_mesh
from walkdown_server.importers.gltf_tree import Tree, read_tree
from walkdown_server.importers.report import Note
from walkdown_server.importers.shapes import Shape
from walkdown_server.importers.task import ReadTask

KEY_SCHEME = "gltf"
MAX_PROPERTIES = 200
MAX_TEXT = 1000

UNIT_METRES, UP = 1.0, "Y"
"""As glTF says."""


def read_gltf(task: ReadTask) -> Model:
    """Read a .glb or .gltf file.

    Raises:
        ImportFailed: one sentence says why.
    """
    file = open_gltf(task.path)
    model = _Import(task, file, read_tree(file.document), Assembly(task, Model(task.path.stem))).run()
    about = {
        "file": task.path.name,
        "sha256": hashlib.sha256(task.path.read_bytes()).hexdigest(),
        "schema": "glTF 2.0",
    }
    if file.document.asset.copyright:
        about["licence"] = file.document.asset.copyright[:MAX_TEXT]
    model.sources.append(about)
    return model


@dataclass(slots=True)
class _Import:
    """One file on its way into a model."""

    task: ReadTask
    file: GltfFile
    tree: Tree
    assembly: Assembly
    shapes: dict[int, int] = field(default_factory=dict)

    def run(self) -> Model:
        self._read_shapes()
        self._add_elements()
        model = self.assembly.finish()
        self._note()
        return model

    def _read_shapes(self) -> None:
        """Turn every mesh that is used into one shape."""
        model, report = self.assembly.model, self.task.report
        palette = Palette(self.file, model.materials, model.images)
        meshes = sorted({node.mesh for node in self.tree.nodes if node.mesh is not None})
        for done, mesh in enumerate(meshes):
            triangles, skipped = read_mesh(self.file, mesh, uv_set=palette.uv_set)
            for reason in skipped:
                report.skip(reason)
            if triangles and (shape := self.assembly.add_shape(_join(triangles, palette))) is not None:
                self.shapes[mesh] = shape
            self.task.progress((done + 1) / len(meshes))
        for note in palette.notes:
            report.note(note)

    def _add_elements(self) -> None:
        """Add one element for the file and one for each node that draws or holds one that does."""
        report = self.task.report
        drawing = self.tree.ancestors_of(
            [i for i, node in enumerate(self.tree.nodes) if node.mesh in self.shapes]
        )
        root = self.assembly.add_element(root_element(KEY_SCHEME, self.task))
        keys = self.tree.keys(f"{KEY_SCHEME}:/")
        turned = site_from_file(self.task.options, unit=UNIT_METRES, up=UP) @ UP_FROM_Y.T
        rows: dict[int, int] = {}
        for number in self.tree.order:
            if number not in drawing:
                report.skip(mark("a node that draws nothing"))
                continue
            parent = self.tree.parents[number]
            rows[number] = self._add_node(
                number, keys[number], parent=root if parent == NO_ROW else rows[parent], turned=turned
            )
        report.elements_in += len(self.tree.nodes)
        if outside := len(self.tree.nodes) - len(self.tree.order):
            report.skip(mark("a node outside the scene that the file shows"), outside)
        report.elements_out += len(rows)

    def _add_node(self, number: int, key: str, *, parent: int, turned: F64) -> int:
        """Return the row of a new element for a node; draws its mesh."""
        node = self.tree.nodes[number]
        shape = None if node.mesh is None else self.shapes.get(node.mesh)
        glass = shape is not None and self.assembly.see_through(shape)
        row = self.assembly.add_element(
            Element(
                key=key,
                name=self.tree.names[number][:200],
                kind="group" if shape is None else "part",
                parent=parent,
                layer="glass" if glass else "content",
                properties=_properties(node.extras),
            )
        )
        if shape is not None:
            matrices = turned @ self.tree.matrices[number] @ copy_matrices(self.file, node)
            self.assembly.place(shape, row, matrices)
        return row

    def _note(self) -> None:
        document, options = self.file.document, self.task.options
        if options == ImportOptions():
            text = mark("{name}: metres and Y up, as glTF says; no reference system is given.")
            self.task.report.note(Note(text, {"name": self.task.path.name.rsplit(".", 1)[0]}))
        if document.animations:
            self.task.report.skip(mark("animations are not shown"), len(document.animations))
        if document.skins:
            self.task.report.skip(mark("skins are not shown"), len(document.skins))


def _join(parts: list[Triangles], palette: Palette) -> Shape:
    """Return the primitives of a mesh as one shape with its feature lines."""
    bases = np.cumsum([0, *(len(p.positions) for p in parts)]).astype(np.uint32)
    textured = any(palette.is_textured(p.material) for p in parts)
    colored = any(p.colors is not None for p in parts)
    return Shape(
        positions=np.concatenate([p.positions for p in parts]),
        normals=np.concatenate([p.normals for p in parts]),
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
    texture = palette.mapped_by(part.material)
    if part.uvs is None:
        return np.zeros((len(part.positions), 2), np.float32)
    return part.uvs if texture is None else transform_uvs(part.uvs, texture)


def _colors_of(part: Triangles) -> Any:
    return np.full((len(part.positions), 4), 255, np.uint8) if part.colors is None else part.colors


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
