"""What each drawn element looks like now: arrays that are changed in bulk and uploaded once a frame.

A drawn id is the package's base plus the row of the element. Setters take arrays of drawn ids and
never loop in Python; a hundred thousand elements cost well under a millisecond.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from panda3d.core import Texture

from walkdown_client.render.buffers import BufferTexture

HIDDEN, GHOST, SELECTED, HOVERED, OTHERS = 1, 2, 4, 8, 16
"""Flags; the three bits above hold the colour of the other person."""

OTHERS_COLOR_SHIFT = 5
MARKED = SELECTED | HOVERED | OTHERS
"""What gets an outline."""

_ANYWHERE_M = np.float32(1e9)

Ids = Sequence[int] | npt.NDArray[np.integer] | slice
Codes = npt.ArrayLike


class ElementState:
    """State code, heat and flags of every drawn element.

    Attributes:
        changed: an upload is due.
        flags_changed: flags differ from those that :meth:`take_flags` returned last.
    """

    def __init__(self) -> None:
        self._state = BufferTexture("element_state", "u1", capacity=1)
        self._joint = BufferTexture("element_joint", "u4", channels=1, capacity=1)
        self._joint_rows = BufferTexture("joint_matrices", "f4", capacity=3)
        self._boxes = BufferTexture("element_boxes", "f4", capacity=2)
        self._paint = BufferTexture("element_paint", "u1", capacity=1)
        self._flags = np.zeros(1, np.uint8)
        self._cut = np.zeros(1, np.uint8)
        self.count = 0
        self.changed = True
        self.flags_changed = True

    @property
    def textures(self) -> dict[str, Texture]:
        """Shader inputs by name."""
        tables = (self._state, self._joint, self._joint_rows, self._boxes, self._paint)
        return {table.texture.name: table.texture for table in tables}

    def reserve(self, count: int) -> None:
        """Make room for drawn ids below ``count``."""
        self._state.reserve(count + 1)
        self._joint.reserve(count + 1)
        self._boxes.reserve(2 * count + 2)
        self._paint.reserve(count + 1)
        grow = len(self._state.rows) - len(self._flags)
        self._flags = np.pad(self._flags, (0, max(grow, 0)))
        self._cut = np.pad(self._cut, (0, max(grow, 0)))
        self.count = max(self.count, count)
        self.changed = self.flags_changed = True

    @property
    def codes(self) -> npt.NDArray[np.uint8]:
        """(count,) state codes by drawn id, as a view; use :meth:`set_codes` to change them."""
        return np.asarray(self._state.rows[1 : self.count + 1, 0])

    @property
    def flags(self) -> npt.NDArray[np.uint8]:
        """(count,) flags by drawn id, as a view; the cut-away is not among them."""
        return self._flags[1 : self.count + 1]

    @property
    def away(self) -> npt.NDArray[np.bool_]:
        """(count,) what is not drawn by drawn id: hidden by people, or cut away for the sake of the view."""
        return np.asarray(((self._flags | self._cut)[1 : self.count + 1] & HIDDEN) != 0)

    def set_codes(self, ids: Ids, codes: Codes) -> None:
        """Set the state of things (0 none … 6 simulated)."""
        self._state.rows[1:, 0][ids] = codes
        self.changed = True

    def set_heat(self, ids: Ids, values: npt.ArrayLike, *, strength: npt.ArrayLike = 1.0) -> None:
        """Set colours by value.

        Args:
            ids: drawn ids.
            values: 0 to 1 along the scale, or the same as uint8 of 0 to 255.
            strength: 0 shows no value (unknown), 1 the full colour; or as uint8.
        """
        self._state.rows[1:, 1][ids] = _to_byte(values)
        self._state.rows[1:, 3][ids] = _to_byte(strength)
        self.changed = True

    def set_flags(self, ids: Ids, bits: int, *, on: bool = True) -> None:
        """Switch flags of these elements and leave the others."""
        rows = self._flags[1:]
        rows[ids] = rows[ids] | np.uint8(bits) if on else rows[ids] & np.uint8(~bits & 255)
        self.changed = self.flags_changed = True

    def only(self, ids: Ids, bits: int) -> None:
        """Switch flags on for these elements and off for all others."""
        self._flags &= np.uint8(~bits & 255)
        self.set_flags(ids, bits)

    def mark_for_others(self, ids: Ids, colors: npt.ArrayLike) -> None:
        """Outline elements that other people have selected.

        Args:
            ids: drawn ids.
            colors: index of the person's colour, one for all or one each.
        """
        rows = self._flags[1:]
        rows[:] &= np.uint8((1 << OTHERS_COLOR_SHIFT) - 1 - OTHERS)
        color = (np.asarray(colors).astype(np.uint8) & 7) << OTHERS_COLOR_SHIFT
        rows[ids] |= color | np.uint8(OTHERS)
        self.changed = self.flags_changed = True

    def forget(self, base: int, count: int) -> None:
        """Set what a package's elements look like to nothing; other elements may get their drawn ids."""
        mine = slice(base + 1, base + 1 + count)
        self._state.rows[mine] = 0
        self._flags[mine] = self._cut[mine] = 0
        self._joint.rows[mine] = 0
        self._joint.upload()
        self.changed = self.flags_changed = True

    def set_cut_away(self, flags: npt.NDArray[np.uint8], *, base: int = 0) -> None:
        """Hide and ghost for the sake of the view, on top of what people asked for.

        Args:
            flags: one byte of HIDDEN or GHOST for each drawn id from ``base`` on.
            base: the first drawn id.
        """
        self._cut[base + 1 : base + 1 + len(flags)] = flags
        self.changed = self.flags_changed = True

    def set_joints(self, ids: Ids, joints: npt.NDArray[np.integer], *, base: int = 0) -> None:
        """Say which joint moves each element; -1 for none. ``base`` is added to the joints' rows."""
        self._joint.rows[1:, 0][ids] = np.where(joints >= 0, joints + (base + 1), 0)
        self._joint.upload()

    def paint(self, groups: Sequence[tuple[Ids, tuple[float, float, float]]]) -> None:
        """Give elements colours of their own, red, green and blue from 0 to 1; all others have none."""
        self._paint.rows[:] = 0
        for ids, color in groups:
            self._paint.rows[1:][ids] = [*(round(255 * part) for part in color), 255]
        self._paint.upload()

    def set_boxes(
        self,
        base: int,
        lo: npt.NDArray[np.floating],
        hi: npt.NDArray[np.floating],
        *,
        moving: npt.NDArray[np.bool_],
    ) -> None:
        """Say in which boxes elements lie, (n, 3) corners from the scene's zero; ``moving`` ones anywhere."""
        anywhere = np.where(moving[:, None], _ANYWHERE_M, np.float32(0))
        corners = np.stack([lo - anywhere, hi + anywhere], 1).reshape(-1, 3)
        self._boxes.rows[2 * base + 2 : 2 * (base + len(lo)) + 2, :3] = corners
        self._boxes.upload()

    def set_joint_matrices(self, matrices: npt.NDArray[np.float32], *, base: int = 0) -> None:
        """Move the joints; (n, 3, 4) float32, site now from site at rest."""
        first, count = base * 3, len(matrices) * 3
        self._joint_rows.reserve(first + count)
        self._joint_rows.rows[first : first + count] = matrices.reshape(-1, 4)
        self._joint_rows.upload()

    def take_flags(self) -> npt.NDArray[np.uint8]:
        """Return the flags by slot (drawn id + 1), cut-away included."""
        self.flags_changed = False
        return self._flags | self._cut

    def upload(self) -> None:
        """Hand what changed to the graphics card; once a frame."""
        if not self.changed:
            return
        cut = self._cut | (self._cut & HIDDEN) * np.uint8(GHOST)  # both together: away, but casts its shadow
        np.bitwise_or(self._flags, cut, out=self._state.rows[:, 2])
        self._state.upload()
        self.changed = False


def _to_byte(values: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    given = np.asarray(values)
    if given.dtype == np.uint8:
        return given
    scaled = np.minimum(np.fmax(given.astype(np.float32), 0.0), 1.0) * np.float32(255) + np.float32(0.5)
    return np.asarray(scaled).astype(np.uint8)
