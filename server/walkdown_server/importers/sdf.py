"""SDF worlds and models: models become elements with their links below; what is seen, not what collides."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown.package.model import Element, Model, Scalar
from walkdown_server.importers.assembly import Assembly, nothing_to_draw, root_element
from walkdown_server.importers.dae_file import children
from walkdown_server.importers.frame import F64, site_from_file
from walkdown_server.importers.keys import Keys
from walkdown_server.importers.looks import Textures
from walkdown_server.importers.mesh_file import read_bytes, source_of
from walkdown_server.importers.report import Note
from walkdown_server.importers.sdf_file import Library, ModelFile, model_file_in, model_from, pose_of, text_of
from walkdown_server.importers.sdf_visuals import Visuals
from walkdown_server.importers.task import ReadTask
from walkdown_server.importers.xml_file import Node, local

SCHEME = "sdf"
UP = "Z"
MAX_DEPTH = 32
MAX_ELEMENTS = 50_000

FRAME = mark("{file}: metres and Z up, as SDF says; collision shapes are not shown.")
NO_MODEL = mark("a model that is not there")
BUILT_IN = {
    "sun": mark("a light"),
    "ground_plane": mark("the endless ground of a simulator, for which there is ours"),
}
"""Models that nearly every world includes and that lie in no folder, by name."""

NOT_SHOWN = {"actor": mark("an actor, which moves"), "population": mark("a population of models")}


def read_sdf(task: ReadTask) -> Model:
    """Read a .sdf or .world file, or the folder of a model.

    Raises:
        ImportFailed: one sentence says why.
    """
    path = model_file_in(task.path) if task.path.is_dir() else task.path
    if path is None:
        raise ImportFailed(_("the folder has no model.sdf, and its model.config names none that is there"))
    data = read_bytes(path)
    library = Library(path.parent, task.folders)
    root = library.open(path)
    assembly = Assembly(task, Model(task.path.stem))
    assembly.model.sources.append(source_of(task, data, "SDF " + root.get("version", "")[:20]))
    reading = _Reading(assembly, library, Visuals(assembly, library, Textures(assembly)))
    top = assembly.add_element(root_element(SCHEME, task))
    place = _Place(top, site_from_file(task.options, unit=1.0, up=UP), path.parent)
    worlds = list(children(root, "world")) or [root]
    for world in worlds:
        reading.add_scope(world, place)
    if local(root) == "model":
        reading.add_model(ModelFile(root, path.parent), place, matrix=pose_of(root))
    task.report.note(Note(FRAME, {"file": task.path.name}))
    task.report.elements_in += reading.parts
    task.report.elements_out += len(assembly.model.elements) - 1
    if len(assembly.model.elements) == 1:
        raise nothing_to_draw(task)
    return assembly.finish()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something stands: the row above it, site from there, and the folder its references count from."""

    row: int
    matrix: F64
    folder: Path
    depth: int = 0


@dataclass(slots=True)
class _Reading:
    """One world on its way into an assembly."""

    assembly: Assembly
    library: Library
    visuals: Visuals
    parts: int = 0
    keys: Keys = field(default_factory=lambda: Keys(SCHEME))

    def add_scope(self, scope: Node, place: _Place) -> None:
        """Add the models that a world or a model holds."""
        for done, node in enumerate(scope):
            kind = local(node)
            if not place.depth:
                self.assembly.task.progress((done + 1) / len(scope))
            if kind == "model":
                self.add_model(ModelFile(node, place.folder), place, matrix=model_from(scope, node))
            elif kind == "include":
                self._include(scope, node, place)
            elif kind in NOT_SHOWN:
                self.assembly.task.report.skip(NOT_SHOWN[kind], name=node.get("name", ""))

    def _include(self, scope: Node, node: Node, place: _Place) -> None:
        uri = text_of(node, "uri")
        found = self.library.find_model(uri, place.folder)
        if found is None:
            self.parts += 1
            known = BUILT_IN.get(uri.rstrip("/").rpartition("/")[2])
            self.assembly.task.report.skip(known or NO_MODEL, name="" if known else uri)
            return
        given = next(children(node, "pose"), None) is not None
        matrix = model_from(scope, node) if given else pose_of(found.node)
        self.add_model(found, place, matrix=matrix, include=node)

    def add_model(self, model: ModelFile, place: _Place, *, matrix: F64, include: Node | None = None) -> None:
        """Add a model with its links, and the models within it."""
        if place.depth > MAX_DEPTH or self.parts > MAX_ELEMENTS:
            raise ImportFailed(_("a model includes itself, or there are too many models"))
        self.parts += 1
        before, links = len(self.assembly.model.elements), list(children(model.node, "link"))
        name = (text_of(include, "name") if include is not None else "") or model.node.get("name", "")
        inner = None if links else self._only_include(model, place)
        uri = text_of(include, "uri") if include is not None else ""
        if inner is not None:
            wrapped, uri = inner
            matrix = matrix @ (_inner_pose(model, wrapped))
            model = wrapped
            links = list(children(model.node, "link"))
        row = self.assembly.add_element(self._element(name, model, place, uri=uri))
        here = _Place(row, place.matrix @ matrix, model.folder, place.depth + 1)
        for link in links:
            self._add_link(model.node, link, here)
        self.add_scope(model.node, here)
        if len(self.assembly.model.elements) == before + 1:
            self.assembly.model.elements.pop()
            self.assembly.task.report.skip(mark("a model in which nothing can be seen"), name=name)

    def _only_include(self, model: ModelFile, place: _Place) -> tuple[ModelFile, str] | None:
        """Return the model that a model is nothing but a name for, and its address."""
        inner = [node for node in model.node if local(node) in ("include", "model")]
        if len(inner) != 1 or local(inner[0]) != "include":
            return None
        uri = text_of(inner[0], "uri")
        found = self.library.find_model(uri, place.folder)
        return None if found is None or found.node is model.node else (found, uri)

    def _element(self, name: str, model: ModelFile, place: _Place, *, uri: str) -> Element:
        properties: dict[str, Scalar] = {}
        if static := text_of(model.node, "static"):
            properties["static"] = static in ("true", "1")
        if uri:
            properties["uri"] = uri[:1000]
        kind = uri.rstrip("/").rpartition("/")[2] if uri else ""
        return Element(
            key=self.keys.path(self.assembly.model.elements[place.row].key, name),
            name=name[:200],
            kind=(kind or "model")[:200],
            parent=place.row,
            properties=properties,
        )

    def _add_link(self, scope: Node, link: Node, place: _Place) -> None:
        """Add a link and all its visuals; a link in which nothing can be seen is left out."""
        self.parts += 1
        name = link.get("name", "link")
        shapes = [
            (shape, pose_of(visual) @ matrix)
            for visual in children(link, "visual")
            for found, matrix in [self.visuals.add(visual, place.folder)]
            for shape in found
        ]
        if not shapes:
            return
        see_through = all(self.assembly.see_through(shape) for shape, _matrix in shapes)
        row = self.assembly.add_element(
            Element(
                key=self.keys.path(self.assembly.model.elements[place.row].key, name),
                name=name[:200],
                kind="link",
                parent=place.row,
                layer="glass" if see_through else "content",
            )
        )
        site_from_link = place.matrix @ model_from(scope, link)
        for shape, matrix in shapes:
            self.assembly.place(shape, row, site_from_link @ matrix)


def _inner_pose(outer: ModelFile, inner: ModelFile) -> F64:
    """Return outer_from_inner of a model that holds nothing but an include."""
    include = next(children(outer.node, "include"))
    given = next(children(include, "pose"), None) is not None
    return model_from(outer.node, include) if given else pose_of(inner.node)
