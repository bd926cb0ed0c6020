"""The light of a scene: look, sun map, baked volumes, mirrors; sets the shader inputs that shading reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from direct.showbase.ShowBase import ShowBase
from panda3d.core import LMatrix4, LVecBase3, LVecBase4, SamplerState

from walkdown_client.render.sun_map import SunMap
from walkdown_client.render.textures import far_depth, image_texture, volume_texture
from walkdown_client.scene.batches import PLACEMENT_TAG
from walkdown_client.scene.hall import Hall, ceiling_map
from walkdown_client.scene.look import OUTSIDE, Look, Palette, apply_look
from walkdown_client.scene.programs import sun_programs
from walkdown_client.scene.quality import Quality

F32 = npt.NDArray[np.float32]

_NOWHERE = 1e6
_LEAST_SEEN = 0.005
"""A smaller change of the brightness is not worth telling the shaders."""
_SUN_OFFSET_M, _SUN_OFFSET_TEXELS = 0.05, 2.6
"""How far above a surface its shadow is looked up: a city needs more, else its walls are striped."""


@dataclass(frozen=True)
class Volume:
    """A baked 3D grid.

    Attributes:
        values: (z, y, x, channels) uint8.
        lo: (3,) corner, site frame, metres.
        size: (3,) metres.
        cell: metres.
    """

    values: npt.NDArray[np.uint8]
    lo: F32
    size: F32
    cell: float


class SceneLight:
    """Holds what lights the scene; usable before anything has been baked."""

    def __init__(self, base: ShowBase, quality: Quality) -> None:
        self._root = base.render
        self._quality = quality
        self.look = self._plain_look = OUTSIDE
        self._size_m, self._brightness = 0.0, 1.0
        self._sun = SunMap(base, PLACEMENT_TAG, sun_programs(), size=quality.shadow_size)
        self._box: tuple[F32, F32, F32] | None = None
        Palette().apply(self._root)
        self._root.set_shader_inputs(
            sun_map=far_depth(),
            sun_map_from_site=LMatrix4.ident_mat(),
            sun_offset=_SUN_OFFSET_M,
            desaturation=0.0,
            table_top=LVecBase4(0, 0, 1, 1),
        )
        self.set_occlusion(None)
        self.set_irradiance(None)
        self.set_hall(None)
        self.set_look(OUTSIDE)

    def set_quality(self, quality: Quality) -> None:
        """Take over a new preset."""
        self._quality = quality
        self._sun.resize(quality.shadow_size)
        self._apply_look()
        if self._box is not None:
            self.cover(*self._box[:2], margin=self._box[2])

    def set_look(self, look: Look) -> None:
        """Change light and air; a new direction of the sun needs :meth:`cover` again."""
        turned = look.sun_direction != self.look.sun_direction
        self._plain_look, self.look = look, look.for_size(self._size_m)
        self._apply_look()
        if turned and self._box is not None:
            self.cover(*self._box[:2], margin=self._box[2])

    def set_brightness(self, factor: float) -> None:
        """Show everything brighter or darker than the look says, as an eye that gets used to a room does."""
        if abs(factor - self._brightness) > _LEAST_SEEN:
            self._brightness = factor
            self._root.set_shader_input("exposure", self.look.exposure * factor)

    def _apply_look(self) -> None:
        apply_look(self._root, self.look, edges_far=self._quality.edges_far)
        self._root.set_shader_input("exposure", self.look.exposure * self._brightness)

    def cover(self, lo: F32, hi: F32, *, margin: F32) -> None:
        """Cast shadows within a box and draw them with the next frame.

        Args:
            lo, hi: (3,) corners of the model.
            margin: (3,) how much more the shadows cover.
        """
        self._box = (lo, hi, margin)
        self._size_m = float(np.linalg.norm(hi - lo))
        self.look = self._plain_look.for_size(self._size_m)
        self._apply_look()
        middle, half = (lo + hi) / 2, (hi - lo) / 2
        self._root.set_shader_input("table_top", LVecBase4(middle[0], middle[1], half[0], half[1]))
        self._sun.aim(self.look.sun_direction, lo - margin, hi + margin)
        self._root.set_shader_inputs(
            sun_map=self._sun.texture,
            sun_map_from_site=self._sun.map_from_site,
            sun_offset=max(_SUN_OFFSET_M, _SUN_OFFSET_TEXELS * self._sun.texel_m),
        )
        self._sun.refresh()

    def close(self) -> None:
        """Release the sun map."""
        self._sun.close()

    def cut(self, cut: bool) -> None:
        """Let light in where section planes cut, or no more."""
        self._sun.use(sun_programs(cut=cut))
        self.refresh_shadows()

    def refresh_shadows(self) -> None:
        """Draw the sun map once more with the next frame."""
        if self._box is not None:
            self._sun.refresh()

    def set_occlusion(self, volume: Volume | None) -> None:
        """Take the baked contact shadows."""
        volume = volume or _nothing(channels=2)
        self._root.set_shader_inputs(
            occlusion_volume=volume_texture("occlusion", volume.values),
            occlusion_lo=LVecBase3(*volume.lo),
            occlusion_size=LVecBase3(*volume.size),
            occlusion_cell=volume.cell,
        )

    def set_irradiance(self, volume: Volume | None) -> None:
        """Take the baked sky light of a hall."""
        volume = volume or _nothing(channels=4)
        self._root.set_shader_inputs(
            light_volume=volume_texture("light", volume.values),
            light_lo=LVecBase3(*volume.lo),
            light_size=LVecBase3(*volume.size),
        )

    def set_hall(self, hall: Hall | None) -> None:
        """Tell mirrors where the openings are."""
        plan = ceiling_map(hall) if hall is not None else np.zeros((1, 1), np.uint8)
        ceiling = image_texture("ceiling", plan, mipmaps=hall is not None)
        ceiling.set_wrap_u(SamplerState.WM_clamp)
        self._root.set_shader_inputs(
            ceiling_map=ceiling,
            hall_lo=LVecBase3(*(hall.lo if hall is not None else (0, 0, 0))),
            hall_hi=LVecBase3(*(hall.hi if hall is not None else (1, 1, 1))),
            window_band=LVecBase4(*(hall.window_band if hall is not None else (0, 0, 0, 0))),
        )


def _nothing(*, channels: int) -> Volume:
    far = np.full(3, _NOWHERE, np.float32)
    return Volume(np.zeros((1, 1, 1, channels), np.uint8), far, np.ones(3, np.float32), 0.25)
