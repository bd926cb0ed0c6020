"""Cuts the surfaces of a tile into chunks that can be drawn with one state each. Arrays only.

A chunk holds triangles that agree in everything a shader variant or a render state depends on: blended or
not, ground or not, moved by a joint or not, textured, seen from both sides, and their layer. Small parts
are kept apart from large ones, so that they can be left out where they would be smaller than a few pixels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from walkdown.package.model import LAYERS, Material, Repeat, Surface
from walkdown_client.scene.materials import is_blended, is_wide
from walkdown_client.scene.tables import F32, U8, U32, Elements, TileContent

CONTENT = LAYERS.index("content")

_SIZE_STEPS_M = np.array([0.12, 0.25, 0.5, 1.0], np.float32)
"""Between classes of parts, from screws to machines."""


@dataclass(frozen=True, slots=True, order=True)
class BatchKey:
    """What a shader variant and a render state depend on."""

    blended: bool = False
    wide: bool = False
    jointed: bool = False
    instanced: bool = False
    textured: bool = False
    colored: bool = False
    double_sided: bool = False
    layer: int = CONTENT


@dataclass(frozen=True, slots=True)
class Chunk:
    """Arrays of one chunk, ready for the graphics card.

    Attributes:
        slots: (n,) uint32, drawn id + 1 of each vertex; all 0 for instances.
        materials: (n,) uint32 rows of the material table.
        image: index of the tile's base colour texture, or -1.
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
    image: int = -1
    uvs: F32 | None = None
    colors: U32 | None = None
    instances: F32 | None = None


@dataclass(frozen=True)
class CutRules:
    """What is known about the package a tile belongs to.

    Attributes:
        base: drawn id of its row 0.
        layers, joints: columns of its element table.
        longest: (n,) the longest side of each element's box, metres; infinite where it has none.
        material_rows: row in the material table of each of the tile's materials.
        blended, wide, double_sided: (m,) bool of each of the tile's materials.
        images: (m,) index of the base colour texture of each material, or -1.
    """

    base: int
    layers: npt.NDArray[np.integer]
    joints: npt.NDArray[np.integer]
    longest: F32
    material_rows: U32
    blended: npt.NDArray[np.bool_]
    wide: npt.NDArray[np.bool_]
    double_sided: npt.NDArray[np.bool_]
    images: npt.NDArray[np.int64]


def make_rules(elements: Elements, materials: Sequence[Material], *, base: int, rows: U32) -> CutRules:
    """Collect what cutting needs to know."""
    return CutRules(
        base=base,
        layers=np.asarray(elements.layers),
        joints=np.asarray(elements.joints),
        longest=_longest(elements),
        material_rows=rows,
        blended=np.array([is_blended(m) for m in materials], bool),
        wide=np.array([is_wide(m) for m in materials], bool),
        double_sided=np.array([m.double_sided for m in materials], bool),
        images=np.array([-1 if m.texture is None else m.texture for m in materials], np.int64),
    )


def _longest(elements: Elements) -> F32:
    with np.errstate(invalid="ignore"):
        side = (elements.hi - elements.lo).max(1, initial=0.0)
    return np.where(np.isfinite(side), side, np.inf).astype(np.float32)


def cut_tile(tile: TileContent, rules: CutRules) -> list[Chunk]:
    """Return the chunks of all surfaces and repeats of a tile; empty ones are left out."""
    chunks: list[Chunk] = []
    for surface in tile.surfaces:
        chunks.extend(_cut_surface(surface, rules))
    for repeat in tile.repeats:
        chunks.extend(_cut_repeat(repeat, rules))
    return chunks


def _codes_of(surface: Surface, rules: CutRules) -> npt.NDArray[np.int64]:
    """One number per vertex that differs where the batch differs."""
    code = (
        rules.images[surface.materials] + 1 if surface.uvs is not None else np.zeros(len(surface.materials))
    )
    code = np.asarray(code, np.int64) * 2 + rules.wide[surface.materials]
    code = code * 2 + rules.blended[surface.materials]
    code = code * 2 + rules.double_sided[surface.materials]
    code = code * 2 + (rules.joints[surface.elements] >= 0)
    code = code * len(LAYERS) + rules.layers[surface.elements]
    sizes = np.searchsorted(_SIZE_STEPS_M, rules.longest[surface.elements])
    return np.asarray(code * (len(_SIZE_STEPS_M) + 1) + sizes)


def _key_of(code: int, surface: Surface) -> tuple[BatchKey, int]:
    rest, layer = divmod(code // (len(_SIZE_STEPS_M) + 1), len(LAYERS))
    image = rest // 16 - 1
    key = BatchKey(
        wide=bool(rest & 8),
        blended=bool(rest & 4),
        double_sided=bool(rest & 2),
        jointed=bool(rest & 1),
        textured=image >= 0,
        colored=surface.colors is not None,
        layer=layer,
    )
    return key, image


def _cut_surface(surface: Surface, rules: CutRules) -> Iterator[Chunk]:
    if not len(surface.triangles):
        return
    code = _codes_of(surface, rules)
    of_triangle = code[surface.triangles[:, 0]]
    of_line = code[surface.lines[:, 0]] if len(surface.lines) else np.zeros(0, np.int64)
    kinds = np.unique(of_triangle)
    for kind in kinds:
        key, image = _key_of(int(kind), surface)
        part = surface
        if len(kinds) > 1:
            part = _compacted(surface, surface.triangles[of_triangle == kind], surface.lines[of_line == kind])
        yield _chunk_of(part, rules, key=key, image=image)


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


def _chunk_of(surface: Surface, rules: CutRules, *, key: BatchKey, image: int) -> Chunk:
    slots = surface.elements.astype(np.uint32) + np.uint32(rules.base + 1)
    return Chunk(
        key=key,
        positions=surface.positions,
        normals=surface.normals,
        slots=slots,
        materials=rules.material_rows[surface.materials],
        triangles=surface.triangles,
        lines=surface.lines,
        lo=surface.positions.min(0),
        hi=surface.positions.max(0),
        members=np.unique(slots),
        largest=float(rules.longest[surface.elements].max()),
        image=image,
        uvs=surface.uvs if key.textured else None,
        colors=_packed(surface.colors),
    )


def _packed(colors: U8 | None) -> U32 | None:
    return None if colors is None else np.ascontiguousarray(colors, np.uint8).view("<u4").reshape(-1)


def _cut_repeat(repeat: Repeat, rules: CutRules) -> Iterator[Chunk]:
    """Batches of instances; joint and layer come from the instance, the rest from the shape."""
    placed = repeat.elements.astype(np.int64)
    if not len(placed):
        return
    moving = rules.joints[placed] >= 0
    split = moving * len(LAYERS) + rules.layers[placed]
    size = float(np.ptp(repeat.shape.positions, axis=0).max() * repeat.scales.max())
    longest = np.full(1, size, np.float32)
    still = replace(rules, layers=np.zeros(1, np.int64), joints=np.full(1, -1), longest=longest)
    shape = replace(repeat.shape, elements=np.zeros(len(repeat.shape.positions), np.uint32))
    for kind in np.unique(split):
        chosen = np.flatnonzero(split == kind)
        matrices = _instances_of(repeat, chosen, rules.base)
        for part in _cut_surface(shape, still):
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
