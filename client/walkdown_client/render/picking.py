"""What is under a pixel: the graphics card draws one sixteenth of it and says position and owner.

The buffer is inactive unless asked, so a pick costs one small pass over the chunks in its narrow frustum.
It is told with one frame and answers after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from direct.showbase.ShowBase import ShowBase
from panda3d.core import GraphicsOutput, Lens, OrthographicLens, PerspectiveLens, Shader, Texture

from walkdown_client.render import masks
from walkdown_client.render.cameras import make_camera, use_programs
from walkdown_client.render.target import BufferSettings, make_buffer

_PIXEL_SHARE = 1 / 16
"""The part of a pixel that is drawn: a rasteriser snaps corners to 1/256 of what it draws."""


@dataclass(frozen=True)
class RawHit:
    """A surface under a pixel: its slot (0 is scenery) and the point, (3,) float32, site frame, metres."""

    slot: int
    position: npt.NDArray[np.float32]


class SlotBuffer:
    """A float buffer that holds, for each pixel, site position and slot of the nearest surface."""

    def __init__(
        self, base: ShowBase, tag: str, programs: Mapping[str, Shader], *, size: tuple[int, int]
    ) -> None:
        self._base = base
        self.size = size
        self._buffer = make_buffer(base, "pick", BufferSettings(size=size, sort=-200, color_bits=32))
        self._texture = Texture("pick")
        self._texture.setup_2d_texture(*size, Texture.T_float, Texture.F_rgba32)
        self._buffer.add_render_texture(self._texture, GraphicsOutput.RTM_copy_ram, GraphicsOutput.RTP_color)
        self._perspective, self._flat = PerspectiveLens(), OrthographicLens()
        self._camera = make_camera("pick", self._perspective, masks.PICK)
        self._tag = tag
        self.use(programs)
        self._path = base.cam.attach_new_node(self._camera)
        self._buffer.make_display_region().set_camera(self._path)
        self._buffer.set_active(False)

    def use(self, programs: Mapping[str, Shader]) -> None:
        """Draw with other programs from the next time on."""
        use_programs(self._camera, self._tag, programs)

    def aim(self, centre: tuple[float, float], share: tuple[float, float]) -> None:
        """Draw a part of the main picture.

        Args:
            centre: middle of the part; the main picture is -1 to 1 in x (right) and y (up).
            share: width and height of the part relative to the main picture.
        """
        main = self._base.camLens
        lens: Lens = self._flat if main.is_orthographic() else self._perspective
        self._camera.set_lens(lens)
        film = main.get_film_size()
        lens.set_film_size(film)
        if lens is self._perspective:
            lens.set_focal_length(main.get_focal_length())
        lens.set_near_far(main.get_near(), main.get_far())
        offset = main.get_film_offset()
        lens.set_film_size(film[0] * share[0], film[1] * share[1])
        lens.set_film_offset(offset[0] + centre[0] * film[0] / 2, offset[1] + centre[1] * film[1] / 2)

    def through_glass(self, through: bool) -> None:
        """Look through blended surfaces, or stop at them."""
        self._camera.set_camera_mask(masks.PICK_THROUGH_GLASS if through else masks.PICK)

    def set_active(self, active: bool) -> None:
        """Take part in the next frames or not."""
        self._buffer.set_active(active)

    def read(self) -> npt.NDArray[np.float32] | None:
        """Return (height, width, 4) float32 of x, y, z, slot, top row first; None before the first frame."""
        if not self._texture.has_ram_image():
            return None
        pixels: Any = self._texture.get_ram_image()
        data = np.frombuffer(pixels, np.float32)
        width, height = self.size
        return np.asarray(data.reshape(height, width, 4)[::-1, :, [2, 1, 0, 3]])

    def close(self) -> None:
        """Release the buffer."""
        self._base.graphicsEngine.remove_window(self._buffer)
        self._path.remove_node()


class Picker:
    """One pixel of the main picture; ask with :meth:`request`, hear with :meth:`poll` a frame later."""

    def __init__(self, base: ShowBase, tag: str, programs: Mapping[str, Shader]) -> None:
        self._base = base
        self._slots = SlotBuffer(base, tag, programs, size=(1, 1))
        self._waiting = False

    def use(self, programs: Mapping[str, Shader]) -> None:
        """Draw with other programs from the next time on."""
        self._slots.use(programs)

    def request(self, x: float, y: float, *, through_glass: bool = True) -> None:
        """Ask what is under a pixel of the window; (0, 0) is at the top left."""
        width, height = self._base.win.get_x_size(), self._base.win.get_y_size()
        centre = (x + 0.5) / width * 2 - 1, 1 - (y + 0.5) / height * 2
        self._slots.aim(centre, (_PIXEL_SHARE / width, _PIXEL_SHARE / height))
        self._slots.through_glass(through_glass)
        self._slots.set_active(True)
        self._waiting = True

    def close(self) -> None:
        """Release the buffer."""
        self._slots.close()

    @property
    def waiting(self) -> bool:
        """Whether an answer is due after the next frame."""
        return self._waiting

    def poll(self) -> RawHit | None:
        """Return what the frame since :meth:`request` found; None for nothing, or when nobody asked."""
        if not self._waiting:
            return None
        self._waiting = False
        self._slots.set_active(False)
        found = self._slots.read()
        if found is None or not found[0, 0].any():
            return None
        return RawHit(int(found[0, 0, 3]), found[0, 0, :3].copy())


def count_slots(found: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the slots that can be seen, without scenery, and how many pixels each has."""
    slots, counts = np.unique(found[..., 3].astype(np.int64), return_counts=True)
    return slots[slots > 0], counts[slots > 0]
