"""Keeps the bounds of chunks that joints move true, so that culling and narrow picks see them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from walkdown_client.scene.batches import Batches

F32 = npt.NDArray[np.float32]


class MovingBoxes:
    """Boxes of the jointed elements at rest, per chunk; one matrix product moves all of them."""

    def __init__(self) -> None:
        self._chunks: list[int] = []
        self._joints: npt.NDArray[np.intp] = np.zeros(0, np.intp)
        self._corners: F32 = np.zeros((0, 8, 3), np.float32)
        self._starts: npt.NDArray[np.intp] = np.zeros(0, np.intp)

    def add(self, number: int, joints: npt.NDArray[np.intp], *, lo: F32, hi: F32) -> None:
        """Watch a chunk.

        Args:
            number: of the chunk.
            joints: (k,) rows of the joints of its elements.
            lo, hi: (k, 3) boxes of those elements at rest.
        """
        unique, where = np.unique(joints, return_inverse=True)
        low = np.full((len(unique), 3), np.inf, np.float32)
        high = -low
        np.minimum.at(low, where, lo)
        np.maximum.at(high, where, hi)
        picks = np.array([[(i >> a) & 1 for a in range(3)] for i in range(8)], bool)
        corners = np.where(picks[None], high[:, None], low[:, None])
        self._starts = np.append(self._starts, len(self._joints))
        self._chunks.append(number)
        self._joints = np.concatenate([self._joints, unique])
        self._corners = np.concatenate([self._corners, corners])

    def keep(self, kept: npt.NDArray[np.bool_]) -> None:
        """Follow chunks that were taken out: ``kept`` (n,) says which of all chunks have stayed."""
        numbers = np.cumsum(kept) - 1
        stays = kept[np.array(self._chunks, np.intp)]
        counts = np.diff(np.append(self._starts, len(self._joints)))
        rows = np.repeat(stays, counts)
        self._joints, self._corners = self._joints[rows], self._corners[rows]
        self._starts = np.cumsum(counts[stays]) - counts[stays]
        self._chunks = [
            int(numbers[old]) for old, stay in zip(self._chunks, stays.tolist(), strict=True) if stay
        ]

    def follow(self, matrices: F32, batches: Batches) -> None:
        """Set the bounds that these joint matrices, (n, 3, 4), make."""
        if not self._chunks:
            return
        moved = matrices[self._joints]
        now = np.einsum("kij,kcj->kci", moved[:, :, :3], self._corners) + moved[:, None, :, 3]
        lo = np.minimum.reduceat(now.min(1), self._starts)
        hi = np.maximum.reduceat(now.max(1), self._starts)
        for chunk, low, high in zip(self._chunks, lo, hi, strict=True):
            batches.set_box(chunk, low, high)
