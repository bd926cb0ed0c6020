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


@dataclass(frozen=True, slots=True)
class Chunk:
    """Arrays of one chunk, ready for the graphics card.

    Attributes:
        slots: (n,) uint32, drawn id + 1 of each vertex; all 0 for instances.
        materials: (n,) uint32 rows of the material table.
        look: a material whose textures it shows, or None for none.
        lo, hi: (3,) box at rest.
        members: sorted slots of the elements in it.
        largest: metres, the longest side of the largest element in it.
        instances: (k, 4, 4) float32 of rows of site_from_shape and the slot, or None.
    """

    key: BatchKey
    positions: F32
    normals: F32
    slots: U32
    materials: U32
    triangles: U32
    lines: U32
    lo: F32
    hi: F32
    members: U32
    largest: float
    look: Material | None = None
    uvs: F32 | None = None
    colors: U32 | None = None
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
    if not len(surface.triangles):
        return
    if _is_one(surface, rules):
        yield _chunk_of(surface, rules)
        return
    step = int(rules.elements.classes.max()) + 1
    code = rules.classes[surface.materials] * step + rules.elements.classes[surface.elements]
    of_triangle, of_line = code[surface.triangles[:, 0]], code[surface.lines[:, 0]]
    for kind in np.unique(of_triangle):
        triangles, lines = surface.triangles[of_triangle == kind], surface.lines[of_line == kind]
        yield _chunk_of(_compacted(surface, triangles, lines), rules)


def _is_one(surface: Surface, rules: CutRules) -> bool:
    """Whether all of a surface can be drawn together."""
    looks = rules.classes[_values_in(surface.materials)]
    parts = rules.elements.classes[_values_in(surface.elements)]
    return bool((looks == looks[0]).all() and (parts == parts[0]).all())


def _values_in(rows: U32) -> npt.NDArray[np.intp]:
    """Return the sorted values that occur; a mark for each is much faster than sorting all of them."""
    low = int(rows.min())
    found = np.zeros(int(rows.max()) - low + 1, bool)
    found[rows - np.uint32(low)] = True
    return np.flatnonzero(found) + low


def _compacted(surface: Surface, triangles: U32, lines: U32) -> Surface:
    """The same surface with only these triangles and lines and the vertices they use."""
    used = np.zeros(len(surface.positions), bool)
    used[triangles] = True
    used[lines] = True
    place = (np.cumsum(used) - 1).astype(np.uint32)
    return replace(
        surface,
        positions=surface.positions[used],
        normals=surface.normals[used],
        elements=surface.elements[used],
        materials=surface.materials[used],
        triangles=place[triangles],
        lines=place[lines],
        uvs=None if surface.uvs is None else surface.uvs[used],
        colors=None if surface.colors is None else surface.colors[used],
    )


def _chunk_of(surface: Surface, rules: CutRules) -> Chunk:
    """Return a chunk of a surface all of which can be drawn together."""
    looks, rows = _values_in(surface.materials), _values_in(surface.elements)
    key, look = _key_of(surface, rules.materials[looks[0]], rules.elements, row=int(rows[0]))
    first = np.uint32(rules.elements.base + 1)
    lo, hi = box_of_points(surface.positions)
    return Chunk(
        key=key,
        positions=surface.positions,
        normals=surface.normals,
        slots=surface.elements + first,
        materials=rules.rows[surface.materials],
        triangles=surface.triangles,
        lines=surface.lines,
        lo=lo,
        hi=hi,
        members=(rows + first).astype(np.uint32),
        largest=float(rules.elements.longest[rows].max()),
        look=look,
        uvs=surface.uvs if key.textured else None,
        colors=_packed(surface.colors),
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
            lo, hi = _box_of_instances(part, matrices)
            members = np.unique(matrices[:, 3, 0]).astype(np.uint32)
            yield replace(part, key=key, lo=lo, hi=hi, members=members, instances=matrices)


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
