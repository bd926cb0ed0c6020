"""Nodes of the model: one parent for each batch key, one child for each chunk.

A node is made by :func:`prepare_chunk` and attached by :meth:`Batches.attach`, both on the main thread.
What an element's flags demand of a whole chunk (outline pass, ghost pass, not drawn at all) is decided
here for all chunks at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from panda3d.core import GeomNode, GeomVertexData, NodePath, Shader, TransparencyAttrib

from walkdown_client.render import masks
from walkdown_client.render.buffers import BufferTexture
from walkdown_client.render.engine import NEAR_FIRST
from walkdown_client.render.geometry import box_of, fix_bounds, make_geom, make_node, make_vertices
from walkdown_client.scene.chunks import CONTENT, BatchKey, Chunk, Vertices
from walkdown_client.scene.element_state import GHOST, HIDDEN, MARKED
from walkdown_client.scene.materials import Textures
from walkdown_client.scene.programs import CUT, STILL, Pass, placement_of, program

Tag = tuple[int, str]
"""Whose a chunk is: the number of its package, and the name of its tile."""

NOBODYS: Tag = (-1, "")
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
    textures: Textures | None = None


@dataclass
class _Attached:
    """A chunk in the scene; ``ghost`` is made when it is first needed."""

    tag: Tag
    key: BatchKey
    surface: NodePath
    lines: NodePath | None
    line_node: GeomNode | None
    ghost: NodePath | None = None
    ghost_lines: NodePath | None = None


def prepare_vertices(vertices: Vertices, *, instanced: bool) -> GeomVertexData:
    """Copy the columns that the chunks of a surface share into a vertex table."""
    columns: dict[str, npt.NDArray[np.generic]] = {"vertex": vertices.positions, "normal": vertices.normals}
    if not instanced:
        columns["element"] = vertices.slots
    columns["material"] = vertices.materials
    if vertices.uvs is not None:
        columns["texcoord"] = vertices.uvs
    if vertices.colors is not None:
        columns["packed_color"] = vertices.colors
    return make_vertices(columns)


def prepare_chunk(chunk: Chunk, vertices: GeomVertexData, textures: Textures | None = None) -> PreparedChunk:
    """Copy the indices of a chunk into geometry over the vertex table of its surface."""
    bounds = box_of(chunk.lo, chunk.hi)
    surface = make_node("surface", make_geom(vertices, chunk.triangles, bounds, span=chunk.span), bounds)
    lines = make_node("lines", make_geom(vertices, chunk.lines, bounds), bounds) if len(chunk.lines) else None
    return PreparedChunk(chunk, surface, lines, _instance_buffer(chunk), textures)


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
        self._members: npt.NDArray[np.uint32] = np.zeros(0, np.uint32)
        self._starts: npt.NDArray[np.intp] = np.zeros(0, np.intp)
        self._some = self._every = np.zeros(0, np.uint8)
        self._tiny = self._lined = np.zeros(0, bool)
        self._lo = self._hi = np.zeros((0, 3), np.float32)
        self._largest = np.zeros(0, np.float32)
        self._scenery = np.zeros(0, bool)
        self._switches: dict[str, int] = {}

    def __len__(self) -> int:
        """Return how many chunks are in the scene."""
        return len(self._chunks)

    def use(self, switches: dict[str, int]) -> None:
        """Change the features of the shaded passes."""
        if switches == self._switches:
            return
        self._switches = dict(switches)
        for (kind, key), group in self._groups.items():
            group.set_shader(self._program(kind, key))
            group.set_two_sided(_both_sides(kind, key, self._switches))
        for chunk in self._chunks:
            if chunk.ghost_lines is not None:
                chunk.ghost_lines.set_shader(self._program("ghost_edges", chunk.key), 1)

    def attach(self, prepared: PreparedChunk, tag: Tag = NOBODYS) -> None:
        """Add a chunk to the scene; main thread."""
        key = prepared.chunk.key
        surface = self._add(prepared, "shaded", prepared.surface)
        surface.hide(masks.MASK)
        lines = None
        if prepared.lines is not None and key.layer == CONTENT and not key.blended:
            lines = self._add(prepared, "edges", prepared.lines)
        chunk = prepared.chunk
        self._chunks.append(_Attached(tag, key, surface, lines, prepared.lines))
        self._starts = np.append(self._starts, len(self._members))
        self._members = np.concatenate([self._members, chunk.members])
        self._some, self._every = np.append(self._some, np.uint8(0)), np.append(self._every, np.uint8(0))
        self._tiny, self._lined = np.append(self._tiny, False), np.append(self._lined, True)
        self._lo, self._hi = np.vstack([self._lo, chunk.lo]), np.vstack([self._hi, chunk.hi])
        self._largest = np.append(self._largest, np.float32(chunk.largest))
        self._scenery = np.append(self._scenery, bool((chunk.members == 0).any()))

    def remove(self, gone: Callable[[Tag], bool]) -> npt.NDArray[np.bool_]:
        """Take chunks out of the scene; main thread. The numbers of those that stay close up.

        Returns:
            (n,) bool, which of the chunks that there were have stayed.
        """
        kept = np.array([not gone(chunk.tag) for chunk in self._chunks], bool)
        if kept.all():
            return kept
        for number in np.flatnonzero(~kept).tolist():
            _take_out(self._chunks[number])
        for name, group in list(self._groups.items()):
            if not group.get_num_children():
                self._groups.pop(name).remove_node()
        self._chunks = [chunk for chunk, stays in zip(self._chunks, kept.tolist(), strict=True) if stays]
        counts = np.diff(np.append(self._starts, len(self._members)))
        self._members = self._members[np.repeat(kept, counts)]
        self._starts = np.cumsum(counts[kept]) - counts[kept]
        self._some, self._every = self._some[kept], self._every[kept]
        self._tiny, self._lined = self._tiny[kept], self._lined[kept]
        self._lo, self._hi, self._largest = self._lo[kept], self._hi[kept], self._largest[kept]
        self._scenery = self._scenery[kept]
        return kept

    def apply_flags(self, flags: npt.NDArray[np.uint8]) -> None:
        """Show each chunk to the passes that need it; ``flags`` by slot."""
        if not self._chunks:
            return
        mine = flags[self._members]
        some = np.bitwise_or.reduceat(mine, self._starts)
        every = np.bitwise_and.reduceat(mine, self._starts)
        changed = (some != self._some) | (every != self._every)
        self._some, self._every = some, every
        self._show(changed)

    def cull(
        self,
        eye: npt.NDArray[np.float64],
        *,
        focal_px: float,
        smallest_px: float,
        edges_far: float,
        orthogonal: bool = False,
        cuts: npt.NDArray[np.float64] | None = None,
    ) -> None:
        """Leave out what is all cut away, too small or, of lines, too far to be seen.

        Args:
            eye: (3,) site frame, metres.
            focal_px: pixels of a metre at a distance of a metre.
            smallest_px: parts whose longest side is below this are not drawn.
            edges_far: metres at which feature lines end.
            orthogonal: a metre is as many pixels at any distance.
            cuts: (k, 4) normals and offsets of section planes.
        """
        if not self._chunks:
            return
        distance = self._distances(eye)
        tiny = self._largest * focal_px < smallest_px * (1.0 if orthogonal else distance)
        lined = distance < edges_far
        if cuts is not None and len(cuts):
            tiny |= self._cut_away(cuts)
        changed = (tiny != self._tiny) | (lined != self._lined)
        self._tiny, self._lined = tiny, lined
        self._show(changed)

    def _cut_away(self, cuts: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Return (n,) which chunks lie beyond one of the planes with all they hold; scenery is not cut."""
        nearest = np.where(cuts[:, None, :3] > 0, self._lo, self._hi)
        beyond = ((nearest * cuts[:, None, :3]).sum(2) > cuts[:, None, 3]).any(0)
        return np.asarray(beyond & ~self._scenery)

    def nearest_m(self, eye: npt.NDArray[np.float64]) -> float:
        """Return how far the nearest box of a chunk is from a point (3,), metres; 0 where there is none."""
        return float(self._distances(eye).min(initial=np.inf)) if self._chunks else 0.0

    def _distances(self, eye: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        away = np.maximum(np.maximum(self._lo - eye, eye - self._hi), 0.0)
        return np.asarray(np.linalg.norm(away, axis=1))

    def cast_moving(self, casting: bool) -> None:
        """Let what joints move be in the sun map, or not."""
        for (kind, key), group in self._groups.items():
            if kind == "shaded" and key.jointed and not key.blended:
                group.show(masks.SUN) if casting else group.hide(masks.SUN)

    def set_box(self, number: int, lo: npt.ArrayLike, hi: npt.ArrayLike) -> None:
        """Say where a moving chunk is now."""
        bounds = box_of(lo, hi)
        self._lo[number], self._hi[number] = lo, hi
        chunk = self._chunks[number]
        for path in (chunk.surface, chunk.lines, chunk.ghost):
            if path is not None:
                fix_bounds(path.node(), bounds)

    def _show(self, changed: npt.NDArray[np.bool_]) -> None:
        for number in np.flatnonzero(changed).tolist():
            chunk, some = self._chunks[number], int(self._some[number])
            gone = bool(self._every[number] & (HIDDEN | GHOST)) or bool(self._tiny[number])
            _see(chunk.surface, not gone)
            if chunk.lines is not None:
                _see(chunk.lines, bool(self._lined[number]) and not gone)
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
            chunk.ghost_lines = edges = parent.attach_new_node(chunk.line_node.make_copy())
            edges.set_state(chunk.surface.get_state())
            edges.set_shader(self._program("ghost_edges", chunk.key), 1)
            edges.set_bin("transparent", _GHOST_SORT + 1)
        return parent

    def _add(self, prepared: PreparedChunk, kind: Pass, node: GeomNode) -> NodePath:
        key = prepared.chunk.key
        path = self._group(kind, key).attach_new_node(node)
        # On the node itself: an override further up would drop the node's own inputs.
        path.set_tag(PLACEMENT_TAG, _placement(key) or STILL)
        if prepared.instances is not None and prepared.chunk.instances is not None:
            path.set_instance_count(len(prepared.chunk.instances))
            path.set_shader_input("instances", prepared.instances.texture)
        if prepared.textures is not None:
            path.set_shader_input("base_texture", prepared.textures.base, prepared.textures.sampler)
            if key.glowing:
                path.set_shader_input("glow_texture", prepared.textures.glow, prepared.textures.sampler)
        return path

    def _group(self, kind: Pass, key: BatchKey) -> NodePath:
        if (kind, key) not in self._groups:
            group = self.root.attach_new_node(f"{kind} {key.layer}")
            group.set_shader(self._program(kind, key))
            _set_state(group, kind, key)
            group.set_two_sided(_both_sides(kind, key, self._switches))
            group.set_shader_input("both_sides", float(key.double_sided))
            self._groups[kind, key] = group
        return self._groups[kind, key]

    def _program(self, kind: Pass, key: BatchKey) -> Shader:
        extra = {
            "TEXTURED": int(key.textured),
            "GLOWING": int(key.glowing),
            "COLORED": int(key.colored),
            "BLENDED": int(key.blended),
            "WIDE": int(key.wide),
            "TABLE": int(key.wide and self._switches.get("TABLE", 0)),
        }
        return program(kind, _placement(key), self._switches | extra)


def _placement(key: BatchKey) -> str:
    return placement_of(jointed=key.jointed, instanced=key.instanced, masked=key.masked)


def _both_sides(kind: Pass, key: BatchKey, switches: dict[str, int]) -> bool:
    """Tell whether back faces are drawn: always, or to mark where something solid has been cut open."""
    return key.double_sided or (kind == "shaded" and not key.blended and bool(switches.get(CUT)))


def _take_out(chunk: _Attached) -> None:
    for path in (chunk.surface, chunk.lines, chunk.ghost):
        if path is not None:
            path.remove_node()


def _see(path: NodePath, seen: bool) -> None:
    """Show a node to the picture and to picks, or to neither."""
    looks = masks.MAIN | masks.PICK | masks.PICK_THROUGH_GLASS
    path.show(looks) if seen else path.hide(looks)


def _set_state(group: NodePath, kind: Pass, key: BatchKey) -> None:
    if kind == "shaded" and not key.blended:
        group.set_bin(NEAR_FIRST, 0)
        return
    group.set_transparency(TransparencyAttrib.M_alpha)
    group.set_depth_write(False)
    if kind == "shaded":
        group.set_bin("transparent", _GLASS_SORT)
        group.hide(masks.SUN | masks.PICK_THROUGH_GLASS)
    elif kind == "edges":
        group.set_bin("fixed", _EDGE_BIN_SORT)
        group.hide(masks.ONLY_MAIN)
    else:
        group.set_bin("transparent", _GHOST_SORT)
        group.hide(masks.ONLY_MAIN)
