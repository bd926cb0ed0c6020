"""Outlines around marked elements: a mask of them, then a soft line around the mask."""

from __future__ import annotations

from collections.abc import Mapping

from direct.showbase.ShowBase import ShowBase
from panda3d.core import (
    GraphicsOutput,
    Lens,
    SamplerState,
    Shader,
    Texture,
    TransparencyAttrib,
)

from walkdown_client.render import masks
from walkdown_client.render.cameras import make_camera, two_sided, use_programs
from walkdown_client.render.target import BufferSettings, SceneTarget, make_buffer, screen_quad

_WIDTH_PX = 2.0


class Outline:
    """Draws the mask after the scene, because it compares depths with it; idle while nothing is marked."""

    def __init__(self, base: ShowBase, target: SceneTarget, tag: str, programs: Mapping[str, Shader]) -> None:  # noqa: PLR0917
        self._base = base
        self._target = target
        self._camera = make_camera("outline", base.camLens, masks.MASK)
        two_sided(self._camera)
        self._tag = tag
        self.use(programs)
        self._path = base.cam.attach_new_node(self._camera)
        self._quad = screen_quad(base.render2d, "outline", "outline.frag")
        self._quad.set_transparency(TransparencyAttrib.M_alpha)
        self._quad.set_bin("background", 0)
        self._quad.set_shader_input("width_px", _WIDTH_PX)
        self._mask: GraphicsOutput | None = None
        self._active = False
        self.renew()

    def use(self, programs: Mapping[str, Shader]) -> None:
        """Draw with other programs from the next frame on."""
        use_programs(self._camera, self._tag, programs)

    def renew(self) -> None:
        """Follow a target that has a new size or new textures."""
        if self._mask is not None:
            self._base.graphicsEngine.remove_window(self._mask)
        self._mask = make_buffer(self._base, "outline", BufferSettings(size=self._target.size, sort=-40))
        texture = Texture("mask")
        self._mask.add_render_texture(texture, GraphicsOutput.RTM_bind_or_copy, GraphicsOutput.RTP_color)
        texture.set_minfilter(SamplerState.FT_linear)
        texture.set_magfilter(SamplerState.FT_linear)
        self._mask.make_display_region().set_camera(self._path)
        self._quad.set_shader_input("mask", texture)
        scale = self._target.size[0] / max(1, self._base.win.get_x_size())
        self._quad.set_shader_input("width_px", _WIDTH_PX * max(scale, 0.5))
        self._base.render.set_shader_input("scene_depth", self._target.depth)
        self.set_active(self._active)

    def look_through(self, lens: Lens) -> None:
        """See what the main camera sees, through another lens from now on."""
        self._camera.set_lens(lens)

    def close(self) -> None:
        """Release the buffer."""
        if self._mask is not None:
            self._base.graphicsEngine.remove_window(self._mask)
            self._mask = None
        self._quad.remove_node()
        self._path.remove_node()

    def set_active(self, active: bool) -> None:
        """Draw outlines or save the pass."""
        self._active = active
        if self._mask is not None:
            self._mask.set_active(active)
        self._quad.show() if active else self._quad.hide()
