"""A plant of pipes, rings and racks of boxes as a model: as heavy as wished, and realistic in its parts.

A share of the triangles is flat-shaded (boxes: two vertices a triangle), the rest is smooth (pipes and
rings: half a vertex to one a triangle), in eight materials and parts from 10 cm to some metres.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from walkdown.package import Element, Material, Model, Surface

F32 = npt.NDArray[np.float32]
U32 = npt.NDArray[np.uint32]
Shape = tuple[F32, F32, U32]
"""Positions, normals and triangles about the origin, of size 1."""

SQUARE_M, SQUARE_TRIANGLES = 20.0, 58_000
"""One square of the floor plan holds so many triangles, so that it becomes one tile."""

_COLORS = ("0.5 0.5 0.55", "0.1 0.3 0.6", "0.7 0.1 0.1", "0.8 0.6 0.1", "0.2 0.5 0.3", "0.3 0.3 0.3")


def make_machinery(triangles: int) -> Model:
    """Return a model of about ``triangles`` triangles."""
    materials = [
        Material(f"paint {i}", base_color=(*map(float, color.split()), 1.0))  # type: ignore[arg-type]
        for i, color in enumerate(_COLORS)
    ]
    materials.append(Material("sheet", base_color=(0.7, 0.7, 0.7, 1.0), double_sided=True))
    materials.append(Material("pane", base_color=(0.7, 0.8, 0.8, 0.3), pattern="glass"))
    model = Model("Machinery", materials=materials)
    squares = max(1, round(triangles / SQUARE_TRIANGLES))
    across = int(np.ceil(np.sqrt(squares)))
    rng = np.random.default_rng(7)
    shapes = [_tube(32), _rack(), _ring(48, 24), _tube(16), _ring(24, 12), _rack()]
    for square in range(squares):
        corner = np.array([square % across, square // across, 0], np.float64) * SQUARE_M
        group = len(model.elements)
        model.elements.append(Element(f"mill:/{square}", f"Bay {square}", kind="bay"))
        _fill_square(model, corner, group, shapes=shapes, rng=rng)
    return model


def _fill_square(
    model: Model,
    corner: npt.NDArray[np.float64],
    group: int,
    *,
    shapes: list[Shape],
    rng: np.random.Generator,
) -> None:
    """Add parts of several shapes each until the square is full."""
    filled = 0
    while filled < SQUARE_TRIANGLES:
        row = len(model.elements)
        name = f"Part {row}"
        model.elements.append(Element(f"mill:/{group}/{row}", name, kind="part", parent=group))
        place = corner + rng.uniform(1.0, SQUARE_M - 1.0, 3) * (1, 1, 0.4)
        size = float(rng.choice([0.1, 0.2, 0.4, 0.8, 3.0]))
        chosen = [shapes[i] for i in rng.integers(0, len(shapes), 3)]
        surface = _assemble(chosen, place, size, row=row, material=int(rng.integers(len(model.materials))))
        model.surfaces.append(surface)
        filled += len(surface.triangles)


def _assemble(
    shapes: list[Shape], place: npt.NDArray[np.float64], size: float, *, row: int, material: int
) -> Surface:
    """Return some shapes beside each other as one surface of one element."""
    bases = np.cumsum([0, *(len(s[0]) for s in shapes)])
    shifts = [place + np.array([i * size * 0.3, 0, 0]) for i in range(len(shapes))]
    count = int(bases[-1])
    return Surface(
        positions=np.concatenate([s[0] * size + at for s, at in zip(shapes, shifts, strict=True)]).astype(
            np.float32
        ),
        normals=np.concatenate([s[1] for s in shapes]),
        elements=np.full(count, row, np.uint32),
        materials=np.full(count, material, np.uint32),
        triangles=np.concatenate([s[2] + np.uint32(b) for s, b in zip(shapes, bases, strict=False)]),
    )


def _tube(sides: int) -> Shape:
    """A pipe with caps; smooth round, sharp at its ends."""
    angle = np.arange(sides + 1) / sides * 2 * np.pi
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], 1)
    side = np.concatenate([ring * 0.2 - (0, 0, 0.5), ring * 0.2 + (0, 0, 0.5)])
    caps = np.concatenate([side, [[0, 0, -0.5], [0, 0, 0.5]]])
    up = np.repeat([[0, 0, -1.0], [0, 0, 1.0]], sides + 1, axis=0)
    i = np.arange(sides)
    j, n = i + sides + 1, 2 * (sides + 1)
    walls = np.concatenate([np.stack([i, i + 1, j + 1], 1), np.stack([i, j + 1, j], 1)])
    ends = np.concatenate(
        [np.stack([i + 1, i, np.full(sides, n)], 1), np.stack([j, j + 1, np.full(sides, n + 1)], 1)]
    )
    return _shape(
        np.concatenate([side, caps]),
        np.concatenate([ring, ring, up, [[0, 0, -1.0], [0, 0, 1.0]]]),
        np.concatenate([walls, ends + n]),
    )


def _ring(around: int, across: int) -> Shape:
    """A torus, smooth everywhere."""
    a, b = np.meshgrid(np.arange(around + 1) / around, np.arange(across + 1) / across, indexing="ij")
    a, b = a.ravel() * 2 * np.pi, b.ravel() * 2 * np.pi
    normals = np.stack([np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), np.sin(b)], 1)
    middle = np.stack([np.cos(a), np.sin(a), np.zeros_like(a)], 1) * 0.4
    i = (np.arange(around)[:, None] * (across + 1) + np.arange(across)).ravel()
    j = i + across + 1
    return _shape(
        middle + normals * 0.1,
        normals,
        np.concatenate([np.stack([i, j, j + 1], 1), np.stack([i, j + 1, i + 1], 1)]),
    )


def _rack() -> Shape:
    """Sixty-four boxes with sharp edges: what is flat in real models."""
    corners = np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)]) - 0.5
    sides = np.array([[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]])
    outwards = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]])
    box = corners[sides].reshape(24, 3) * 0.2
    quads = (np.arange(6)[:, None] * 4 + np.array([0, 1, 2, 0, 2, 3])).reshape(12, 3)
    places = np.stack(np.meshgrid(*[np.arange(4) / 4 - 0.375] * 3, indexing="ij"), -1).reshape(64, 1, 3)
    return _shape(
        (places + box).reshape(-1, 3),
        np.tile(np.repeat(outwards, 4, axis=0), (64, 1)),
        (np.arange(64)[:, None, None] * 24 + quads).reshape(-1, 3),
    )


def _shape(positions: npt.ArrayLike, normals: npt.ArrayLike, triangles: npt.ArrayLike) -> Shape:
    return (
        np.asarray(positions, np.float32),
        np.asarray(normals, np.float32),
        np.asarray(triangles, np.uint32),
    )


def whole_mesh(model: Model) -> Iterator[npt.NDArray[np.generic]]:
    """Yield positions, normals and triangles of all of a model as one mesh."""
    yield np.concatenate([s.positions for s in model.surfaces])
    yield np.concatenate([s.normals for s in model.surfaces])
    bases = np.cumsum([0, *(len(s.positions) for s in model.surfaces[:-1])]).astype(np.uint32)
    yield np.concatenate([s.triangles + b for s, b in zip(model.surfaces, bases, strict=True)])
