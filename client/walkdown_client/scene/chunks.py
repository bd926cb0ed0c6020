"""Cuts the surfaces of a tile into chunks that can be drawn with one state each. Arrays only.

A chunk holds triangles that agree in everything a shader variant or a render state depends on: blended or
not, ground or not, moved by a joint or not, textures, seen from both sides, and their layer. Small parts
are kept apart from large ones, so that they can be left out where they would be smaller than a few pixels.
Our packages are written in this order already: their surfaces become chunks as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from walkdown.package.axes import box_of_points
from walkdown.package.classes import (
    Ints,
    is_blended,
    is_masked,
    is_wide,
    longest_sides,
    material_classes,
    size_classes,
)
from walkdown.package.model import LAYERS, Material, Repeat, Surface
from walkdown_client.scene.tables import F32, U8, U32, Elements, TileContent

CONTENT = LAYERS.index("content")


@dataclass(frozen=True, slots=True, order=True)
class BatchKey:
    """What a shader variant and a render state depend on."""

    blended: bool = False
    wide: bool = False
    jointed: bool = False
    instanced: bool = False
    textured: bool = False
    glowing: bool = False
    masked: bool = False
    colored: bool = False
    double_sided: bool = False
    layer: int = CONTENT


@dataclass(frozen=True, slots=True, eq=False)
class Vertices:
    """Columns of the vertices that the chunks of a surface share.

    Attributes:
        positions: (n, 3) float32, metres, site frame of the package.
        normals: (n, 3) float32.
        slots: (n,) uint32, drawn id + 1 of each vertex; all 0 for instances.
        materials: (n,) uint32 rows of the material table.
        uvs: (n, 2) float32, or None.
        colors: (n,) uint32, red in the lowest byte, or None.
    """

    positions: F32
    normals: F32
    slots: U32
    materials: U32
    uvs: F32 | None = None
    colors: U32 | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Arrays of one chunk, ready for the graphics card.

    Attributes:
        span: the first vertex that it uses, and the one after the last.
        triangles: (m, 3) uint32 rows of the vertices.
        lines: (k, 2) uint32.
        lo, hi: (3,) box at rest.
        members: sorted slots of the elements in it.
        largest: metres, the longest side of the largest element in it.
        look: a material whose textures it shows, or None for none.
        instances: (k, 4, 4) float32 of rows of site_from_shape and the slot, or None.
    """

    key: BatchKey
    vertices: Vertices
    span: tuple[int, int]
    triangles: U32
    lines: U32
    lo: F32
    hi: F32
    members: U32
    largest: float
    look: Material | None = None
    instances: F32 | None = None


@dataclass(frozen=True)
class ElementRules:
    """What cutting needs to know of the elements of a package.

    Attributes:
        base: drawn id of its row 0.
        layers, joints: columns of its element table.
        longest: (n,) the longest side of each element's box, metres; infinite where it has none.
        classes: (n,) numbers, equal where elements can be drawn together.
    """

    base: int
    layers: npt.NDArray[np.integer]
    joints: npt.NDArray[np.integer]
    longest: F32
    classes: Ints


def element_rules(elements: Elements, *, base: int) -> ElementRules:
    """Collect what cutting needs to know of a package."""
    layers, joints = np.asarray(elements.layers), np.asarray(elements.joints)
    longest = longest_sides(elements.lo, elements.hi)
    classes = (size_classes(longest) * len(LAYERS) + layers) * 2 + (joints >= 0)
    return ElementRules(base, layers, joints, longest, classes.astype(np.int64))


@dataclass(frozen=True)
class CutRules:
    """What is known about the package a tile belongs to, and about the tile's materials.

    Attributes:
        materials: those of the tile.
        rows: (m,) uint32 row of each in the material table.
        classes: (m,) numbers, equal where materials can be drawn together.
    """

    elements: ElementRules
    materials: Sequence[Material]
    rows: U32
    classes: Ints


def make_rules(elements: ElementRules, materials: Sequence[Material], rows: U32) -> CutRules:
    """Collect what cutting a tile needs to know."""
    return CutRules(elements, materials, rows, material_classes(materials))


def cut_tile(tile: TileContent, rules: CutRules) -> list[Chunk]:
    """Return the chunks of all surfaces and repeats of a tile; empty ones are left out."""
    chunks: list[Chunk] = []
    for surface in tile.surfaces:
        chunks.extend(_cut_surface(surface, rules))
    for repeat in tile.repeats:
        chunks.extend(_cut_repeat(repeat, rules))
    return chunks


def _cut_surface(surface: Surface, rules: CutRules) -> Iterator[Chunk]:
    """Yield the chunks of a surface, which share its vertices."""
    if not len(surface.triangles):
        return
    vertices, runs = _vertices_of(surface, rules), _runs_of(surface, rules)
    codes = np.repeat(runs.codes, np.diff(runs.starts, append=len(surface.materials)))
    triangles = dict(_by_code(surface.triangles, codes))
    lines = dict(_by_code(surface.lines, codes))
    for code, mine in triangles.items():
        yield _chunk_of(
            surface,
            vertices,
            mine,
            lines=lines.get(code, surface.lines[:0]),
            runs=runs.only(code),
            rules=rules,
        )


@dataclass(frozen=True, slots=True)
class _Runs:
    """Vertices in a row that have the same element and the same material.

    Attributes:
        starts: (r,) the first vertex of each. stops: the one after the last.
        elements, materials: (r,) rows.
        codes: (r,) numbers, equal where runs can be drawn together.
    """

    starts: npt.NDArray[np.intp]
    stops: npt.NDArray[np.intp]
    elements: U32
    materials: U32
    codes: Ints

    def only(self, code: int) -> _Runs:
        mine = self.codes == code
        return _Runs(
            self.starts[mine], self.stops[mine], self.elements[mine], self.materials[mine], self.codes[mine]
        )


def _runs_of(surface: Surface, rules: CutRules) -> _Runs:
    elements, materials = surface.elements, surface.materials
    changes = (elements[1:] != elements[:-1]) | (materials[1:] != materials[:-1])
    starts = np.append(0, np.flatnonzero(changes) + 1)
    elements, materials = elements[starts], materials[starts]
    step = int(rules.elements.classes.max()) + 1
    codes = rules.classes[materials] * step + rules.elements.classes[elements]
    return _Runs(starts, np.append(starts[1:], len(surface.elements)), elements, materials, codes)


def _by_code(rows: U32, codes: Ints) -> Iterator[tuple[int, U32]]:
    """Yield triangles or lines by the code of their first vertex: slices where they lie in order."""
    mine = codes[rows[:, 0]]
    starts = np.append(0, np.flatnonzero(mine[1:] != mine[:-1]) + 1) if len(rows) else np.zeros(0, np.intp)
    found = mine[starts].tolist()
    if len(set(found)) == len(found):
        yield from zip(found, np.split(rows, starts[1:]), strict=True) if found else ()
        return
    for code in sorted(set(found)):
        yield code, rows[mine == code]


def _vertices_of(surface: Surface, rules: CutRules) -> Vertices:
    return Vertices(
        positions=surface.positions,
        normals=surface.normals,
        slots=surface.elements + np.uint32(rules.elements.base + 1),
        materials=rules.rows.take(surface.materials),
        uvs=surface.uvs,
        colors=_packed(surface.colors),
    )


def _chunk_of(
    surface: Surface, vertices: Vertices, triangles: U32, *, lines: U32, runs: _Runs, rules: CutRules
) -> Chunk:
    rows = np.array(sorted(set(runs.elements.tolist())), np.intp)
    first, last = int(runs.starts[0]), int(runs.stops[-1])
    whole = int((runs.stops - runs.starts).sum()) == last - first
    lo, hi = box_of_points(
        surface.positions[first:last] if whole else surface.positions[triangles.reshape(-1)]
    )
    key, look = _key_of(surface, rules.materials[runs.materials[0]], rules.elements, row=int(rows[0]))
    return Chunk(
        key=key,
        vertices=vertices,
        span=(first, last),
        triangles=triangles,
        lines=lines,
        lo=lo,
        hi=hi,
        members=(rows + (rules.elements.base + 1)).astype(np.uint32),
        largest=float(rules.elements.longest[rows].max()),
        look=look,
    )


def _key_of(
    surface: Surface, look: Material, elements: ElementRules, *, row: int
) -> tuple[BatchKey, Material | None]:
    """Return what drawing a surface depends on, by one of its materials and one of its elements."""
    mapped = surface.uvs is not None and (look.texture, look.emissive_texture) != (None, None)
    key = BatchKey(
        wide=is_wide(look),
        blended=is_blended(look),
        double_sided=look.double_sided,
        jointed=bool(elements.joints[row] >= 0),
        textured=mapped,
        glowing=mapped and look.emissive_texture is not None,
        masked=mapped and look.texture is not None and is_masked(look),
        colored=surface.colors is not None,
        layer=int(elements.layers[row]),
    )
    return key, look if mapped else None


def _packed(colors: U8 | None) -> U32 | None:
    return None if colors is None else np.ascontiguousarray(colors, np.uint8).view("<u4").reshape(-1)


def _cut_repeat(repeat: Repeat, rules: CutRules) -> Iterator[Chunk]:
    """Batches of instances; joint and layer come from the instance, the rest from the shape."""
    placed = repeat.elements.astype(np.int64)
    if not len(placed):
        return
    parts = rules.elements
    split = (parts.joints[placed] >= 0) * len(LAYERS) + parts.layers[placed]
    lo, hi = box_of_points(repeat.shape.positions)
    size = np.full(1, (hi - lo).max() * repeat.scales.max(), np.float32)
    still = ElementRules(0, np.zeros(1, np.int64), np.full(1, -1), size, np.zeros(1, np.int64))
    shape = replace(repeat.shape, elements=np.zeros(len(repeat.shape.positions), np.uint32))
    for kind in np.unique(split):
        chosen = np.flatnonzero(split == kind)
        matrices = _instances_of(repeat, chosen, parts.base)
        for part in _cut_surface(shape, replace(rules, elements=still)):
            key = replace(
                part.key, instanced=True, jointed=bool(kind >= len(LAYERS)), layer=int(kind) % len(LAYERS)
            )
            low, high = _box_of_instances(part, matrices)
            members = np.unique(matrices[:, 3, 0]).astype(np.uint32)
            yield replace(part, key=key, lo=low, hi=high, members=members, instances=matrices)


def _instances_of(repeat: Repeat, chosen: npt.NDArray[np.intp], base: int) -> F32:
    w, x, y, z = repeat.rotations[chosen].astype(np.float64).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    out = np.zeros((len(chosen), 4, 4), np.float32)
    out[:, :3, :3] = np.moveaxis(np.array(rows), 2, 0) * repeat.scales[chosen, None, :]
    out[:, :3, 3] = repeat.translations[chosen]
    out[:, 3, 0] = repeat.elements[chosen].astype(np.float32) + (base + 1)
    return out


def _box_of_instances(part: Chunk, matrices: F32) -> tuple[F32, F32]:
    middle, half = (part.lo + part.hi) / 2, (part.hi - part.lo) / 2
    centres = matrices[:, :3, :3] @ middle + matrices[:, :3, 3]
    reach = np.abs(matrices[:, :3, :3]) @ half
    return (centres - reach).min(0), (centres + reach).max(0)
