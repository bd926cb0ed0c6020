"""The figure of a person: hard hat, visor, tapering torso with two bands, free hands. Looks along +Y.

Friendly and never uncanny: no face, no legs. The torso ends 0.40 m above the floor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.package.model import Material

F32 = npt.NDArray[np.float32]
U32 = npt.NDArray[np.uint32]

BODY, HEAD, LEFT_HAND, RIGHT_HAND = range(4)
"""Parts that move on their own; each has a matrix."""

EYE_HEIGHT_M = 1.62
"""Of a person who stands; the head's frame has its origin here."""

MATERIALS = (
    Material("vest", roughness=0.55, pattern="person"),
    Material("skin", base_color=(0.88, 0.76, 0.66, 1.0), roughness=0.6),
    Material("visor", base_color=(0.016, 0.03, 0.045, 1.0), roughness=0.12),
    Material("band", base_color=(0.85, 0.86, 0.84, 1.0), roughness=0.5),
)
VEST, SKIN, VISOR, BAND = range(4)


@dataclass(frozen=True)
class Figure:
    """Vertices of the figure, each part in its own frame.

    Attributes:
        parts: (n,) uint32, which matrix moves the vertex.
        materials: (n,) uint32, rows of :data:`MATERIALS`.
    """

    positions: F32
    normals: F32
    parts: U32
    materials: U32
    triangles: U32


def lathe(profile: Sequence[tuple[float, float]], sides: int = 18) -> tuple[F32, F32, U32]:
    """Turn a profile of (radius, z) about z; smooth normals."""
    line = np.array(profile, np.float64)
    slope = np.gradient(line, axis=0)
    outward = np.stack([slope[:, 1], -slope[:, 0]], 1)
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    turn = np.linspace(0, 2 * np.pi, sides + 1)
    around = np.stack([np.cos(turn), np.sin(turn)], 1)
    positions = np.concatenate(
        [line[:, None, :1] * around, np.broadcast_to(line[:, None, 1:], (len(line), sides + 1, 1))], 2
    )
    normals = np.concatenate(
        [outward[:, None, :1] * around, np.broadcast_to(outward[:, None, 1:], (len(line), sides + 1, 1))], 2
    )
    row, column = np.meshgrid(np.arange(len(line) - 1), np.arange(sides), indexing="ij")
    a = (row * (sides + 1) + column).ravel()
    triangles = np.concatenate(
        [np.stack([a, a + 1, a + sides + 2], 1), np.stack([a, a + sides + 2, a + sides + 1], 1)]
    )
    return (
        positions.reshape(-1, 3).astype(np.float32),
        normals.reshape(-1, 3).astype(np.float32),
        triangles.astype(np.uint32),
    )


def _ball(rings: int = 8, sides: int = 14) -> tuple[F32, F32, U32]:
    angle = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    return lathe([(float(np.cos(a)), float(np.sin(a))) for a in angle], sides)


class _Sculpture:
    def __init__(self) -> None:
        self._pieces: list[tuple[F32, F32, int, int, U32]] = []

    def add(
        self,
        mesh: tuple[F32, F32, U32],
        *,
        part: int,
        material: int,
        at: Sequence[float] = (0, 0, 0),
        scale: Sequence[float] = (1, 1, 1),
    ) -> None:
        """Place a mesh in the frame of a part."""
        positions, normals, triangles = mesh
        size = np.asarray(scale, np.float32)
        leaning = normals / size
        leaning /= np.linalg.norm(leaning, axis=1, keepdims=True)
        self._pieces.append(
            (positions * size + np.asarray(at, np.float32), leaning, part, material, triangles)
        )

    def figure(self) -> Figure:
        """All pieces as one mesh."""
        counts = [len(piece[0]) for piece in self._pieces]
        starts = np.cumsum([0, *counts[:-1]])
        return Figure(
            np.concatenate([p[0] for p in self._pieces]),
            np.concatenate([p[1] for p in self._pieces]),
            np.repeat(np.array([p[2] for p in self._pieces], np.uint32), counts),
            np.repeat(np.array([p[3] for p in self._pieces], np.uint32), counts),
            np.concatenate([p[4] + np.uint32(s) for p, s in zip(self._pieces, starts, strict=True)]),
        )


def make_figure() -> Figure:
    """The figure that everybody wears."""
    s = _Sculpture()
    torso = (
        (0.0, 0.40), (0.06, 0.405), (0.115, 0.47), (0.165, 0.66), (0.205, 0.92), (0.222, 1.16),
        (0.19, 1.33), (0.09, 1.405), (0.0, 1.415),
    )  # fmt: skip
    s.add(lathe(torso, 22), part=BODY, material=VEST, scale=(1, 0.74, 1))
    for low, wide in ((0.95, 0.216), (1.11, 0.2275)):
        band = (
            (wide - 0.01, low),
            (wide, low + 0.004),
            (wide + 0.004, low + 0.056),
            (wide - 0.008, low + 0.06),
        )
        s.add(lathe(band, 22), part=BODY, material=BAND, scale=(1.01, 0.755, 1))
    s.add(_ball(), part=HEAD, material=SKIN, at=(0, 0, -0.02), scale=(0.122, 0.132, 0.145))
    dome = ((0.136, 0.0), (0.132, 0.06), (0.105, 0.115), (0.06, 0.145), (0.0, 0.155))
    s.add(lathe(dome, 20), part=HEAD, material=VEST, at=(0, -0.005, 0.015), scale=(1, 1.07, 1))
    brim = ((0.13, 0.0), (0.175, -0.005), (0.175, 0.012), (0.13, 0.022))
    s.add(lathe(brim, 20), part=HEAD, material=VEST, at=(0, 0.018, 0.018), scale=(1, 1.1, 1))
    s.add(_ball(6, 12), part=HEAD, material=VISOR, at=(0, 0.062, -0.035), scale=(0.1, 0.085, 0.042))
    for hand in (LEFT_HAND, RIGHT_HAND):
        s.add(_ball(6, 10), part=hand, material=SKIN, scale=(0.055, 0.07, 0.05))
        cuff = ((0.052, -0.02), (0.062, -0.02), (0.066, 0.02), (0.056, 0.02))
        s.add(lathe(cuff, 10), part=hand, material=VEST, at=(0, -0.05, 0), scale=(0.9, 0.9, 0.9))
    return s.figure()
