"""Boxes that keep sound away, in columns, and how they travel in an order to the sound process."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.orders import Walls

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

SLOPE_DB = 8.0
"""How much more is lost at 4 kHz than at 1 kHz, where nobody says."""


@dataclass(frozen=True, slots=True, eq=False)
class WallBoxes:
    """Boxes that keep sound away; their own z is up.

    Attributes:
        centres: (m, 3) float32, metres, site frame. halves: (m, 3) half extents along their own axes.
        turns: (m, 2) cosine and sine of the turn about z.
        losses: (m,) dB at 1 kHz. slopes: (m,) dB more at 4 kHz.
        keys: (m,) uint32, by which doors are named.
    """

    centres: F32
    halves: F32
    turns: F32
    losses: F32
    slopes: F32
    keys: npt.NDArray[np.uint32]

    def __len__(self) -> int:
        """Return the number of boxes."""
        return len(self.losses)

    @property
    def reach(self) -> F32:
        """(m, 3) half extents of the boxes about them along the site's axes, metres."""
        across, along = np.abs(self.turns[:, 0]), np.abs(self.turns[:, 1])
        x = across * self.halves[:, 0] + along * self.halves[:, 1]
        y = along * self.halves[:, 0] + across * self.halves[:, 1]
        return np.stack([x, y, self.halves[:, 2]], 1)

    def take(self, rows: npt.NDArray[np.intp] | Mask) -> WallBoxes:
        """Return some of them."""
        return WallBoxes(
            self.centres[rows],
            self.halves[rows],
            self.turns[rows],
            self.losses[rows],
            self.slopes[rows],
            self.keys[rows],
        )

    def weaker(self, shares: F32) -> WallBoxes:
        """Return the same boxes, each with a share (m,) of its losses."""
        return replace(self, losses=self.losses * shares, slopes=self.slopes * shares)

    def order(self) -> Walls:
        """Return what the sound process is told."""
        frames = np.concatenate([self.centres[:, :2], self.turns], 1)
        return Walls(
            frames=_bytes(frames),
            halves=_bytes(self.halves),
            middles=_bytes(self.centres[:, 2]),
            losses=_bytes(self.losses),
            slopes=_bytes(self.slopes),
            keys=self.keys.astype("<u4").tobytes(),
        )


def boxes_of(walls: Walls) -> WallBoxes:
    """Return the boxes of an order; raises ``ValueError`` when its columns do not fit one another."""
    frames = _column(walls.frames).reshape(-1, 4)
    count = len(frames)
    halves, middles = _column(walls.halves).reshape(count, 3), _column(walls.middles).reshape(count, 1)
    losses = _column(walls.losses).reshape(count)
    slopes = _column(walls.slopes).reshape(count) if walls.slopes else np.full(count, SLOPE_DB, np.float32)
    keys = np.frombuffer(walls.keys, "<u4").reshape(count)
    return WallBoxes(np.concatenate([frames[:, :2], middles], 1), halves, frames[:, 2:], losses, slopes, keys)


def joined(parts: list[WallBoxes]) -> WallBoxes:
    """Return the boxes of several parts together."""
    every = [no_boxes(), *parts]
    return WallBoxes(
        np.concatenate([part.centres for part in every]),
        np.concatenate([part.halves for part in every]),
        np.concatenate([part.turns for part in every]),
        np.concatenate([part.losses for part in every]),
        np.concatenate([part.slopes for part in every]),
        np.concatenate([part.keys for part in every]),
    )


def no_boxes() -> WallBoxes:
    """Return none."""
    empty = np.zeros((0, 3), np.float32)
    flat = np.zeros(0, np.float32)
    return WallBoxes(empty, empty, np.zeros((0, 2), np.float32), flat, flat, np.zeros(0, np.uint32))


def _bytes(values: F32) -> bytes:
    return np.ascontiguousarray(values, "<f4").tobytes()


def _column(data: bytes) -> F32:
    return np.frombuffer(data, "<f4")
