"""The depth of the scene seen from the sun; drawn once, and again when asked."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
import numpy.typing as npt
from direct.showbase.ShowBase import ShowBase
from panda3d.core import (
    GraphicsOutput,
    LMatrix4,
    OrthographicLens,
    Point3,
    SamplerState,
    Shader,
    Texture,
    Vec3,
)

from walkdown_client.render import masks
from walkdown_client.render.cameras import make_camera, two_sided, use_programs
from walkdown_client.render.target import BufferSettings, make_buffer

_BEYOND_M = 5.0
"""Room before and behind the box, for things that stick out."""


class SunMap:
    """A directional shadow map over a box that does not depend on the viewer, hence never swims.

    Attributes:
        texture: what the shader input ``sun_map`` takes.
        map_from_site: the matrix to its coordinates, 0 to 1 in all three.
        texel_m: how much of the site one texel covers, metres.
    """

    def __init__(self, base: ShowBase, tag: str, programs: Mapping[str, Shader], *, size: int) -> None:
        self._base = base
        self._lens = OrthographicLens()
        camera = make_camera("sun", self._lens, masks.SUN)
        two_sided(camera)
        self._node, self._tag = camera, tag
        self.use(programs)
        self._camera = base.render.attach_new_node(camera)
        self.map_from_site = LMatrix4.ident_mat()
        self.texel_m = 0.0
        self.texture = Texture("sun_map")
        self._buffer: GraphicsOutput | None = None
        self._size = 0
        self.resize(size)

    def use(self, programs: Mapping[str, Shader]) -> None:
        """Draw with other programs from the next time on."""
        use_programs(self._node, self._tag, programs)

    def resize(self, size: int) -> None:
        """Change the number of texels along one side."""
        if size == self._size:
            return
        self._size = size
        if self._buffer is not None:
            self._base.graphicsEngine.remove_window(self._buffer)
        settings = BufferSettings(size=(size, size), sort=-100, color_bits=0)
        self._buffer = make_buffer(self._base, "sun", settings)
        self.texture = Texture("sun_map")
        self._buffer.add_render_texture(
            self.texture, GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_depth
        )
        self.texture.set_minfilter(SamplerState.FT_shadow)
        self.texture.set_magfilter(SamplerState.FT_shadow)
        self._buffer.make_display_region().set_camera(self._camera)
        self._buffer.set_active(False)

    def aim(self, direction: npt.ArrayLike, lo: npt.ArrayLike, hi: npt.ArrayLike) -> None:
        """Cover the box between two corners, (3,) each, site frame, lit from ``direction`` (to the sun)."""
        corners = np.array(list(product(*np.stack([lo, hi], 1).astype(np.float64))))
        middle = corners.mean(0)
        to_sun = np.asarray(direction, np.float64) / np.linalg.norm(np.asarray(direction, np.float64))
        reach = float(np.linalg.norm(corners - middle, axis=1).max()) + 2 * _BEYOND_M
        self._camera.set_pos(Point3(*(middle + to_sun * reach)))
        self._camera.look_at(Point3(*middle), Vec3(0, 1, 0) if abs(to_sun[2]) > 0.99 else Vec3(0, 0, 1))
        seen = LMatrix4(self._camera.get_mat())
        seen.invert_in_place()
        local = np.array([seen.xform_point(Point3(*c)) for c in corners])
        near, far = local[:, 1].min() - _BEYOND_M, local[:, 1].max() + _BEYOND_M
        low, high = local[:, [0, 2]].min(0), local[:, [0, 2]].max(0)
        self.texel_m = float((high - low).max()) / self._size
        self._lens.set_film_size(*(high - low))
        self._lens.set_film_offset(*((high + low) / 2))
        self._lens.set_near_far(near, far)
        to_unit = LMatrix4.translate_mat(1, 1, 1) * LMatrix4.scale_mat(0.5, 0.5, 0.5)
        self.map_from_site = seen * self._lens.get_projection_mat() * to_unit

    def close(self) -> None:
        """Release the buffer."""
        if self._buffer is not None:
            self._base.graphicsEngine.remove_window(self._buffer)
            self._buffer = None
        self._camera.remove_node()

    def refresh(self) -> None:
        """Draw it with the next frame."""
        if self._buffer is not None:
            self._buffer.set_active(True)
            self._buffer.set_one_shot(True)
