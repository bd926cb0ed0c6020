"""Which triangles go into which tile.

A tile holds elements of one layer, either all fixed or all moving, whose boxes have their centres in one
square, up to :data:`MAX_TILE_TRIANGLES` triangles; an element stays in one tile unless it alone has more.
Squares of :data:`CELL_METRES` with little in them are joined four by four. In a tile the triangles lie
sorted by what can be drawn together. Everything depends on the order of rows only, so equal models give
equal tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from walkdown.package.classes import Ints, material_classes
from walkdown.package.model import F32, LAYERS, NO_ROW, U8, U32, Element, Model, Repeat, Surface

CELL_METRES = 20.0
MAX_TILE_TRIANGLES = 60_000
JOINED_TRIANGLES = 6_000
"""Four squares with fewer triangles together become one, and so on up to :data:`JOINED_LEVELS` times."""

JOINED_LEVELS = 5

Array = TypeVar("Array", F32, U8)


@dataclass(frozen=True, slots=True)
class Part:
    """What becomes one tile: a surface, sorted by what can be drawn together, or some repeats."""

    layer: str
    moving: bool
    surface: Surface | None = None
    repeats: tuple[Repeat, ...] = ()


@dataclass(frozen=True, slots=True)
class Boxes:
    """Of each element itself: corners, NaN where it draws nothing, and number of triangles.

    Attributes:
        lo: (n, 3) float32, site frame.
        hi: (n, 3) float32.
        triangles: (n,) uint32.
    """

    lo: F32
    hi: F32
    triangles: U32


def merge_surfaces(surfaces: Sequence[Surface]) -> list[Surface]:
    """Join all surfaces that have the same attributes into one."""
    groups: dict[tuple[bool, bool], list[Surface]] = {}
    for surface in surfaces:
        groups.setdefault((surface.uvs is not None, surface.colors is not None), []).append(surface)
    return [_merge(groups[key]) for key in sorted(groups)]


def _merge(group: list[Surface]) -> Surface:
    if len(group) == 1:
        return group[0]
    bases = np.cumsum([0, *(len(s.positions) for s in group[:-1])]).astype(np.uint32)
    pairs = list(zip(group, bases, strict=True))
    return Surface(
        positions=np.concatenate([s.positions for s in group]),
        normals=np.concatenate([s.normals for s in group]),
        elements=np.concatenate([s.elements for s in group]),
        materials=np.concatenate([s.materials for s in group]),
        triangles=np.concatenate([s.triangles + base for s, base in pairs]),
        lines=np.concatenate([s.lines + base for s, base in pairs]),
        uvs=_join_optional([s.uvs for s in group]),
        colors=_join_optional([s.colors for s in group]),
    )


def _join_optional(columns: Iterable[Array | None]) -> Array | None:
    present = [c for c in columns if c is not None]
    return np.concatenate(present) if present else None


def element_boxes(count: int, surfaces: Sequence[Surface], repeats: Sequence[Repeat]) -> Boxes:
    """Return the boxes of ``count`` elements at rest."""
    lo, hi = np.full((count, 3), np.inf, np.float32), np.full((count, 3), -np.inf, np.float32)
    triangles = np.zeros(count, np.uint32)
    for surface in surfaces:
        order = np.argsort(surface.elements, kind="stable")
        rows, starts = np.unique(surface.elements[order], return_index=True)
        points = surface.positions[order]
        lo[rows] = np.minimum(lo[rows], np.minimum.reduceat(points, starts))
        hi[rows] = np.maximum(hi[rows], np.maximum.reduceat(points, starts))
        triangles += np.bincount(surface.elements[surface.triangles[:, 0]], minlength=count).astype(np.uint32)
    for repeat in repeats:
        low, high = copy_boxes(repeat)
        np.minimum.at(lo, repeat.elements, low)
        np.maximum.at(hi, repeat.elements, high)
        np.add.at(triangles, repeat.elements, np.uint32(len(repeat.shape.triangles)))
    empty = lo[:, 0] > hi[:, 0]
    lo[empty] = hi[empty] = np.nan
    return Boxes(lo, hi, triangles)


def copy_boxes(repeat: Repeat) -> tuple[F32, F32]:
    """Return lower and upper corners, (k, 3) each, of the copies' turned boxes."""
    low, high = repeat.shape.positions.min(0), repeat.shape.positions.max(0)
    corners = np.stack(np.meshgrid(*zip(low, high, strict=True), indexing="ij"), -1).reshape(8, 3)
    scaled = corners[None] * repeat.scales[:, None]
    w, axis = repeat.rotations[:, None, :1], repeat.rotations[:, None, 1:]
    turned = scaled + 2 * np.cross(axis, np.cross(axis, scaled) + w * scaled) + repeat.translations[:, None]
    return turned.min(1), turned.max(1)


def cut(model: Model, surfaces: Sequence[Surface], boxes: Boxes, *, sizes: Ints) -> Iterator[Part]:
    """Yield the tiles of merged ``surfaces`` and of the model's repeats.

    Args:
        boxes: of the elements.
        sizes: (n,) class of the size of each element.
    """
    groups = _element_groups(model.elements, boxes)
    looks = material_classes(model.materials)
    for surface in surfaces:
        classes = looks[surface.materials] * (sizes.max() + 1) + sizes[surface.elements]
        classes = classes * len(model.materials) + surface.materials
        yield from _cut_surface(surface, classes, groups=groups, elements=model.elements)
    yield from _cut_repeats(model.repeats, groups, model.elements)


def _element_groups(elements: Sequence[Element], boxes: Boxes) -> Ints:
    """Return (n,) numbers: elements with equal numbers share layer, motion and square."""
    layer = np.array([LAYERS.index(e.layer) for e in elements], np.int64)
    moving = np.array([e.joint != NO_ROW for e in elements], np.int64)
    centre = np.nan_to_num((boxes.lo + boxes.hi) / 2)
    cell = np.floor(centre[:, :2] / CELL_METRES).astype(np.int64)
    group = _numbered(np.column_stack([layer, moving, np.zeros_like(layer), cell]))
    for level in range(1, JOINED_LEVELS + 1):
        wider = _numbered(np.column_stack([layer, moving, np.full_like(layer, level), cell >> level]))
        little = np.bincount(wider, boxes.triangles) <= JOINED_TRIANGLES
        group = np.where(little[wider], wider + group.max() + 1, group)
    return _numbered(group[:, None])


def _numbered(keys: Ints) -> Ints:
    """Return (n,) numbers from 0, equal where rows of ``keys`` are equal, in the order of the keys."""
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _cut_surface(
    surface: Surface, classes: Ints, *, groups: Ints, elements: Sequence[Element]
) -> Iterator[Part]:
    """Yield the tiles of a surface; in each, what has lower ``classes``, one a vertex, comes first."""
    owner = surface.elements[surface.triangles[:, 0]]
    counts = np.bincount(owner, minlength=len(elements))
    first = _first_tiles(groups, counts, used=np.unique(surface.elements))
    order = np.argsort(owner, kind="stable")
    rank = np.zeros(len(owner), np.int64)
    rank[order] = np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner[order]]
    tile = first[owner] + rank // MAX_TILE_TRIANGLES
    line_tile = first[surface.elements[surface.lines[:, 0]]]
    pick = _picker(surface, classes)
    triangle_sets = _by_number(tile)
    line_sets = _by_number(line_tile)
    nothing = np.zeros(0, np.int64)
    for number in sorted(triangle_sets.keys() | line_sets.keys()):
        part = pick(triangle_sets.get(number, nothing), line_sets.get(number, nothing))
        element = elements[int(part.elements[0])]
        yield Part(element.layer, element.joint != NO_ROW, surface=part)


def _first_tiles(groups: Ints, counts: npt.NDArray[np.intp], *, used: npt.NDArray[np.uint32]) -> Ints:
    """Return (n,) the tile in which each element starts, filling tiles up in order of group and row."""
    first = np.zeros(len(groups), np.int64)
    tile, filled, group = -1, 0, -1
    for row in used[np.argsort(groups[used], kind="stable")].tolist():
        count = int(counts[row])
        if groups[row] != group or filled + count > MAX_TILE_TRIANGLES:
            tile, filled, group = tile + 1, 0, int(groups[row])
        first[row] = tile
        filled += count
        whole = (filled - 1) // MAX_TILE_TRIANGLES if filled else 0
        tile, filled = tile + whole, filled - whole * MAX_TILE_TRIANGLES
    return first


def _by_number(numbered: Ints) -> dict[int, Ints]:
    """Return for each number the positions at which it occurs, in order."""
    order = np.argsort(numbered, kind="stable")
    numbers, starts = np.unique(numbered[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(order, starts[1:]), strict=True)) if len(numbers) else {}


def _picker(surface: Surface, classes: Ints) -> Callable[[Ints, Ints], Surface]:
    """Return a function that takes out some triangles and lines with the vertices they need, by class."""
    renumbered = np.zeros(len(surface.positions), np.uint32)

    def pick(triangle_rows: Ints, line_rows: Ints) -> Surface:
        triangles, lines = surface.triangles[triangle_rows], surface.lines[line_rows]
        kept = np.unique(np.concatenate([triangles.ravel(), lines.ravel()]))
        kept = kept[np.argsort(classes[kept], kind="stable")]
        triangles = triangles[np.argsort(classes[triangles[:, 0]], kind="stable")]
        lines = lines[np.argsort(classes[lines[:, 0]], kind="stable")]
        renumbered[kept] = np.arange(len(kept), dtype=np.uint32)
        return Surface(
            positions=surface.positions[kept],
            normals=surface.normals[kept],
            elements=surface.elements[kept],
            materials=surface.materials[kept],
            triangles=renumbered[triangles],
            lines=renumbered[lines],
            uvs=None if surface.uvs is None else surface.uvs[kept],
            colors=None if surface.colors is None else surface.colors[kept],
        )

    return pick


def _cut_repeats(repeats: Sequence[Repeat], groups: Ints, elements: Sequence[Element]) -> Iterator[Part]:
    placed: dict[int, list[Repeat]] = {}
    for repeat in repeats:
        for group, rows in _by_number(groups[repeat.elements]).items():
            placed.setdefault(group, []).append(_take_copies(repeat, rows))
    for group in sorted(placed):
        for pack in _fill(placed[group]):
            element = elements[int(pack[0].elements[0])]
            yield Part(element.layer, element.joint != NO_ROW, repeats=tuple(pack))


def _take_copies(repeat: Repeat, rows: Ints) -> Repeat:
    return replace(
        repeat,
        translations=repeat.translations[rows],
        rotations=repeat.rotations[rows],
        scales=repeat.scales[rows],
        elements=repeat.elements[rows],
    )


def _fill(repeats: Iterable[Repeat]) -> Iterator[list[Repeat]]:
    pack: list[Repeat] = []
    filled = 0
    for repeat in repeats:
        count = len(repeat.shape.triangles)
        if pack and filled + count > MAX_TILE_TRIANGLES:
            yield pack
            pack, filled = [], 0
        pack.append(repeat)
        filled += count
    if pack:
        yield pack
