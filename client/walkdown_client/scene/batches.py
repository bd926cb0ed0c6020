"""Nodes of the model: one parent for each batch key, one child for each chunk.

A node is made by :func:`prepare_chunk` and attached by :meth:`Batches.attach`, both on the main thread.
What an element's flags demand of a whole chunk (outline pass, ghost pass, not drawn at all) is decided
here for all chunks at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from panda3d.core import BoundingBox, GeomNode, NodePath, Shader, Texture, TransparencyAttrib

from walkdown_client.render import masks
from walkdown_client.render.buffers import BufferTexture
from walkdown_client.render.engine import NEAR_FIRST
from walkdown_client.render.geometry import U32, box_of, fix_bounds, make_geom, make_node, make_vertices
from walkdown_client.scene.chunks import CONTENT, BatchKey, Chunk
from walkdown_client.scene.element_state import GHOST, HIDDEN, MARKED
from walkdown_client.scene.programs import STILL, Pass, placement_of, program

PLACEMENT_TAG = "placement"
_EDGE_BIN_SORT, _GLASS_SORT, _GHOST_SORT = 5, 10, 20


@dataclass
class PreparedChunk:
    """A chunk on its way to the scene.

    Attributes:
        lines: node of the feature lines, sharing the vertices, or None.
        instances: buffer of the instances, or None.
    """

    chunk: Chunk
    surface: GeomNode
    lines: GeomNode | None
    instances: BufferTexture | None
    texture: Texture | None = None


@dataclass
class _Attached:
    """A chunk in the scene; ``ghost`` is made when it is first needed."""

    key: BatchKey
    surface: NodePath
    lines: NodePath | None
    line_node: GeomNode | None
    members: U32
    rest_lo: npt.NDArray[np.float32]
    rest_hi: npt.NDArray[np.float32]
    ghost: NodePath | None = None


def prepare_chunk(chunk: Chunk, texture: Texture | None = None) -> PreparedChunk:
    """Copy the arrays of a chunk into geometry."""
    bounds = box_of(chunk.lo, chunk.hi)
    columns: dict[str, npt.NDArray[np.generic]] = {"vertex": chunk.positions, "normal": chunk.normals}
    if chunk.instances is None:
        columns["element"] = chunk.slots
    columns["material"] = chunk.materials
    if chunk.uvs is not None:
        columns["texcoord"] = chunk.uvs
    if chunk.colors is not None:
        columns["packed_color"] = chunk.colors
    vertices = make_vertices(columns)
    surface = make_node("surface", make_geom(vertices, chunk.triangles, bounds), bounds)
    lines = make_node("lines", make_geom(vertices, chunk.lines, bounds), bounds) if len(chunk.lines) else None
    return PreparedChunk(chunk, surface, lines, _instance_buffer(chunk), texture)


def _instance_buffer(chunk: Chunk) -> BufferTexture | None:
    if chunk.instances is None:
        return None
    buffer = BufferTexture("instances", "f4", capacity=4 * len(chunk.instances))
    buffer.rows[: 4 * len(chunk.instances)] = chunk.instances.reshape(-1, 4)
    buffer.upload()
    return buffer


class Batches:
    """All chunks of the scene.

    Attributes:
        root: the node below which they hang; shader inputs belong there.
    """

    def __init__(self, parent: NodePath) -> None:
        self.root = parent.attach_new_node("model")
        self._groups: dict[tuple[Pass, BatchKey], NodePath] = {}
        self._chunks: list[_Attached] = []
        self._members: U32 = np.zeros(0, np.uint32)
        self._starts: npt.NDArray[np.intp] = np.zeros(0, np.intp)
        self._applied = np.zeros((2, 0), np.uint8)
        self._switches: dict[str, int] = {}

    def __len__(self) -> int:
        """Return how many chunks have been attached."""
        return len(self._chunks)

    def use(self, switches: dict[str, int]) -> None:
        """Change the features of the shaded passes."""
        if switches == self._switches:
            return
        self._switches = dict(switches)
        for (kind, key), group in self._groups.items():
            group.set_shader(self._program(kind, key))

    def attach(self, prepared: PreparedChunk) -> None:
        """Add a chunk to the scene; main thread."""
        key = prepared.chunk.key
        surface = self._add(prepared, "shaded", prepared.surface)
        surface.hide(masks.MASK)
        lines = None
        if prepared.lines is not None and key.layer == CONTENT and not key.blended:
            lines = self._add(prepared, "edges", prepared.lines)
        chunk = prepared.chunk
        self._chunks.append(_Attached(key, surface, lines, prepared.lines, chunk.members, chunk.lo, chunk.hi))
        self._starts = np.append(self._starts, len(self._members))
        self._members = np.concatenate([self._members, chunk.members])
        self._applied = np.pad(self._applied, ((0, 0), (0, 1)))

    def apply_flags(self, flags: npt.NDArray[np.uint8]) -> None:
        """Show each chunk to the passes that need it; ``flags`` by slot."""
        if not self._chunks:
            return
        mine = flags[self._members]
        now = np.stack(
            [np.bitwise_or.reduceat(mine, self._starts), np.bitwise_and.reduceat(mine, self._starts)]
        )
        for number in np.flatnonzero((now != self._applied).any(0)).tolist():
            self._apply(self._chunks[number], some=int(now[0, number]), every=int(now[1, number]))
        self._applied = now

    def show_edges(self, shown: bool) -> None:
        """Draw feature lines or not."""
        for (kind, _key), group in self._groups.items():
            if kind == "edges":
                group.show() if shown else group.hide()

    def cast_moving(self, casting: bool) -> None:
        """Let what joints move be in the sun map, or not."""
        for (kind, key), group in self._groups.items():
            if kind == "shaded" and key.jointed and not key.blended:
                group.show(masks.SUN) if casting else group.hide(masks.SUN)

    @property
    def jointed(self) -> list[int]:
        """Numbers of the chunks that joints move."""
        return [i for i, chunk in enumerate(self._chunks) if chunk.key.jointed]

    def rest_box(self, number: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], U32]:
        """Box at rest and members of a chunk."""
        chunk = self._chunks[number]
        return chunk.rest_lo, chunk.rest_hi, chunk.members

    def set_box(self, number: int, lo: npt.ArrayLike, hi: npt.ArrayLike) -> None:
        """Say where a moving chunk is now."""
        bounds: BoundingBox = box_of(lo, hi)
        chunk = self._chunks[number]
        for path in (chunk.surface, chunk.lines, chunk.ghost):
            if path is not None:
                fix_bounds(path.node(), bounds)

    def bounds(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None:
        """Box around everything that has been attached, at rest."""
        if not self._chunks:
            return None
        return (
            np.min([c.rest_lo for c in self._chunks], axis=0),
            np.max([c.rest_hi for c in self._chunks], axis=0),
        )

    def _apply(self, chunk: _Attached, *, some: int, every: int) -> None:
        for path in (chunk.surface, chunk.lines):
            if path is not None:
                path.hide(masks.MAIN | masks.PICK) if every & (HIDDEN | GHOST) else path.show(
                    masks.MAIN | masks.PICK
                )
        chunk.surface.show(masks.MASK) if some & MARKED else chunk.surface.hide(masks.MASK)
        if some & GHOST and chunk.ghost is None:
            chunk.ghost = self._make_ghost(chunk)
        if chunk.ghost is not None:
            chunk.ghost.show() if some & GHOST else chunk.ghost.hide()

    def _make_ghost(self, chunk: _Attached) -> NodePath:
        parent = NodePath("ghost")
        parent.reparent_to(self._group("ghost", chunk.key))
        copied = parent.attach_new_node(chunk.surface.node().make_copy())
        copied.set_state(chunk.surface.get_state())
        if chunk.line_node is not None:
            edges = parent.attach_new_node(chunk.line_node.make_copy())
            edges.set_state(chunk.surface.get_state())
            edges.set_shader(self._program("ghost_edges", chunk.key), 1)
            edges.set_bin("transparent", _GHOST_SORT + 1)
        return parent

    def _add(self, prepared: PreparedChunk, kind: Pass, node: GeomNode) -> NodePath:
        key = prepared.chunk.key
        path = self._group(kind, key).attach_new_node(node)
        # On the node itself: an override further up would drop the node's own inputs.
        path.set_tag(PLACEMENT_TAG, placement_of(jointed=key.jointed, instanced=key.instanced) or STILL)
        if prepared.instances is not None and prepared.chunk.instances is not None:
            path.set_instance_count(len(prepared.chunk.instances))
            path.set_shader_input("instances", prepared.instances.texture)
        if prepared.texture is not None:
            path.set_shader_input("base_texture", prepared.texture)
        return path

    def _group(self, kind: Pass, key: BatchKey) -> NodePath:
        if (kind, key) not in self._groups:
            group = self.root.attach_new_node(f"{kind} {key.layer}")
            group.set_shader(self._program(kind, key))
            _set_state(group, kind, key)
            self._groups[kind, key] = group
        return self._groups[kind, key]

    def _program(self, kind: Pass, key: BatchKey) -> Shader:
        extra = {"TEXTURED": int(key.textured), "COLORED": int(key.colored)}
        placement = placement_of(jointed=key.jointed, instanced=key.instanced)
        return program(kind, placement, self._switches | extra)


def _set_state(group: NodePath, kind: Pass, key: BatchKey) -> None:
    if key.double_sided:
        group.set_two_sided(True)
    if kind == "shaded" and not key.blended:
        group.set_bin(NEAR_FIRST, 0)
        return
    group.set_transparency(TransparencyAttrib.M_alpha)
    group.set_depth_write(False)
    if kind == "shaded":
        group.set_two_sided(True)
        group.set_bin("transparent", _GLASS_SORT)
        group.hide(masks.SUN | masks.PICK_THROUGH_GLASS)
    elif kind == "edges":
        group.set_bin("fixed", _EDGE_BIN_SORT)
        group.hide(masks.ONLY_MAIN)
    else:
        group.set_bin("transparent", _GHOST_SORT)
        group.hide(masks.ONLY_MAIN)
