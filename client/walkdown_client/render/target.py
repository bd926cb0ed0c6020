"""The buffer the scene is drawn into, and the quad that puts it on the window.

An offscreen *window* reports multisamples and never resolves them; a buffer of our own does. It also
lets the scene be smaller than the window while labels and panels stay sharp.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from direct.showbase.ShowBase import ShowBase
from panda3d.core import (
    AntialiasAttrib,
    CardMaker,
    DisplayRegion,
    FrameBufferProperties,
    GraphicsOutput,
    GraphicsPipe,
    NodePath,
    OmniBoundingVolume,
    SamplerState,
    Texture,
    WindowProperties,
)

from walkdown_client.render.geometry import fix_bounds
from walkdown_client.render.shader_source import make_shader

_BIND: Literal[1] = 1
"""GraphicsOutput.RTM_bind_or_copy."""


@dataclass(frozen=True, kw_only=True)
class BufferSettings:
    """Size and contents of an offscreen buffer; ``sort`` orders the buffers of a frame."""

    size: tuple[int, int]
    sort: int
    samples: int = 0
    color_bits: int = 8
    depth_bits: int = 24


def make_buffer(base: ShowBase, name: str, settings: BufferSettings) -> GraphicsOutput:
    """Open an offscreen buffer that shares the window's textures."""
    wanted = FrameBufferProperties()
    bits = settings.color_bits
    if bits:
        wanted.set_rgba_bits(bits, bits, bits, bits)
        wanted.set_float_color(bits == 32)
    else:
        wanted.set_rgb_color(False)
    wanted.set_depth_bits(settings.depth_bits)
    wanted.set_multisamples(settings.samples)
    made = base.graphicsEngine.make_output(
        base.pipe,
        name,
        settings.sort,
        wanted,
        WindowProperties(size=settings.size),
        GraphicsPipe.BF_refuse_window | GraphicsPipe.BF_resizeable,
        base.win.gsg,
        base.win,
    )
    made.set_clear_color_active(bits > 0)
    made.set_clear_color((0, 0, 0, 0))
    made.set_clear_depth_active(settings.depth_bits > 0)
    return made


def screen_quad(parent: NodePath, name: str, fragment: str) -> NodePath:
    """A quad over the whole of what ``parent`` is drawn into."""
    maker = CardMaker(name)
    maker.set_frame_fullscreen_quad()
    quad = parent.attach_new_node(maker.generate())
    fix_bounds(quad.node(), OmniBoundingVolume())
    quad.set_shader(make_shader("screen.vert", fragment))
    quad.set_depth_test(False)
    quad.set_depth_write(False)
    quad.set_antialias(AntialiasAttrib.M_none)
    return quad


class SceneTarget:
    """Draws the scene's camera into a buffer and shows it behind everything on the window.

    Attributes:
        color, depth: textures of the finished picture, resolved, at :attr:`size`.
    """

    def __init__(self, base: ShowBase, *, samples: int, scale: float) -> None:
        self._base = base
        self._scale = scale
        self._samples = samples
        self.size = self._wanted_size()
        self._buffer: GraphicsOutput | None = None
        self.color = Texture("scene color")
        self.depth = Texture("scene depth")
        _drop_region_of(base.win, base.cam)
        base.win.set_clear_color_active(False)
        self._quad = screen_quad(base.render2d, "scene", "present.frag")
        self._quad.set_bin("background", -10)
        self._open()

    @property
    def samples(self) -> int:
        """Multisamples of the buffer."""
        return self._samples

    def configure(self, *, samples: int, scale: float) -> None:
        """Change multisampling and size; costs one new buffer."""
        if (samples, scale) == (self._samples, self._scale):
            return
        self._samples, self._scale = samples, scale
        self.size = self._wanted_size()
        self._open()

    def follow_window(self) -> bool:
        """Take over the window's size; tell whether it changed."""
        size = self._wanted_size()
        if size == self.size or self._buffer is None:
            return False
        self.size = size
        self._buffer.set_size(*size)  # type: ignore[attr-defined]
        return True

    def close(self) -> None:
        """Release the buffer; the window then shows nothing of the scene."""
        if self._buffer is not None:
            self._base.graphicsEngine.remove_window(self._buffer)
            self._buffer = None
        self._quad.remove_node()

    def set_active(self, active: bool) -> None:
        """Draw the scene with the next frames or not."""
        if self._buffer is not None:
            self._buffer.set_active(active)

    def _wanted_size(self) -> tuple[int, int]:
        width, height = self._base.win.get_x_size(), self._base.win.get_y_size()
        return max(1, round(width * self._scale)), max(1, round(height * self._scale))

    def _open(self) -> None:
        if self._buffer is not None:
            self._base.graphicsEngine.remove_window(self._buffer)
        settings = BufferSettings(size=self.size, sort=-50, samples=self._samples)
        self._buffer = make_buffer(self._base, "scene", settings)
        self.color, self.depth = Texture("scene color"), Texture("scene depth")
        self._buffer.add_render_texture(self.color, _BIND, GraphicsOutput.RTP_color)
        self._buffer.add_render_texture(self.depth, _BIND, GraphicsOutput.RTP_depth)
        self.color.set_minfilter(SamplerState.FT_linear)
        self.color.set_magfilter(SamplerState.FT_linear)
        for axis in (self.color.set_wrap_u, self.color.set_wrap_v):
            axis(SamplerState.WM_clamp)
        self.depth.set_minfilter(SamplerState.FT_nearest)
        self.depth.set_magfilter(SamplerState.FT_nearest)
        self._buffer.make_display_region().set_camera(self._base.cam)
        self._quad.set_shader_input("scene", self.color)
        on = AntialiasAttrib.M_multisample if self._samples else AntialiasAttrib.M_none
        self._base.render.set_antialias(on)


def _drop_region_of(output: GraphicsOutput, camera: NodePath) -> None:
    for place in range(output.get_num_display_regions()):
        region: DisplayRegion = output.get_display_region(place)
        if region.get_camera() == camera:
            output.remove_display_region(region)
            return
