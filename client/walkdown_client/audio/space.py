"""What the space between ears and sounds does to them: walls and doors in the way, and the room around.

The sound process holds one and asks it ten times a second; a guest without sound may do the same::

    space = Space()
    space.take(walls)  # and Doors, Rooms, as they come
    gains, gains_hf = space.losses(ears, sources)
    reverb = space.reverb(ears)
"""

from __future__ import annotations

import copy
import threading

import numpy as np
import numpy.typing as npt

from walkdown_client.audio.occlusion import Occlusion
from walkdown_client.audio.orders import Doors, Rooms, Walls
from walkdown_client.audio.reverb import Reverb, Surroundings
from walkdown_client.audio.wall_boxes import WallBoxes, boxes_of, no_boxes

F32 = npt.NDArray[np.float32]

AT_ONCE = 4000
"""So many walls are filed within a few milliseconds."""

__all__ = ["Reverb", "Space"]


class Space:
    """Walls, doors and rooms as they were told last.

    Attributes:
        revision: grows with every order.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.occlusion = Occlusion(no_boxes())
        self.surroundings = Surroundings(())
        self._opened = np.zeros(0, np.uint32)
        self._walls = 0

    def take(self, order: Walls | Doors | Rooms, *, wait: bool = False) -> None:
        """Take an order; raises ``ValueError`` when its columns do not fit one another.

        Args:
            wait: file very many walls now, which takes longer than sound can wait; else a thread does, and
                until it has the walls before count.
        """
        if isinstance(order, Walls):
            boxes = boxes_of(order)
            self._walls += 1
            if wait or len(boxes) <= AT_ONCE:
                self._file(boxes, self._walls)
            else:
                threading.Thread(target=self._file, args=(boxes, self._walls), daemon=True).start()
        elif isinstance(order, Doors):
            self._opened = np.frombuffer(order.opened, "<u4")
            self.occlusion.open(self._opened)
        else:
            self.surroundings = Surroundings(order.rooms)
        self.revision += 1

    def _file(self, boxes: WallBoxes, number: int) -> None:
        """Use these walls, unless others have been told since."""
        made = Occlusion(boxes)
        if number == self._walls:
            made.open(self._opened)
            self.occlusion = made
            self.revision += 1

    def another(self, rooms: Rooms | None = None) -> Space:
        """Return the same walls with doors of their own, and with these rooms if any are given."""
        other = Space()
        other.revision, other._opened = self.revision + 1, self._opened
        other.occlusion, other.surroundings = copy.copy(self.occlusion), self.surroundings
        if rooms is not None:
            other.take(rooms)
        return other

    def losses(self, ears: npt.ArrayLike, sources: npt.ArrayLike) -> tuple[F32, F32]:
        """Return what a low-pass does to sounds, as EFX wants it.

        Args:
            ears: (3,), sources: (n, 3) metres, site frame.

        Returns:
            ``gains`` (n,) float32, amplitude that is left (at 1 kHz), and ``gains_hf`` (n,), what is left at
            high frequencies of that; exactly 1 where nothing is in the way.
        """
        loss_db, more_db = self.occlusion.losses(ears, sources)
        return _gains(loss_db), _gains(more_db)

    def reverb(self, ears: npt.ArrayLike) -> Reverb:
        """Return how the surroundings of a place (3,), metres, site frame, answer."""
        return self.surroundings.reverb(ears)


def _gains(loss_db: F32) -> F32:
    return np.asarray(np.float32(10.0) ** (loss_db / np.float32(-20.0)), np.float32)
