"""Draws Dear ImGui with Panda3D: into a window, an offscreen buffer, or a texture on a quad in the world.

One :class:`ImGuiPanda` is one imgui context and one display region that covers its output. A frame is::

    panel.begin(delta_secs)
    ...imgui calls...
    panel.end()

Colours are in display space: the interface is drawn after tone mapping. Textures are made and updated when
imgui asks for it, so glyphs of any language appear as they are needed. Panda keeps RGBA8 images as
B, G, R, A; the atlas is swizzled on upload.
"""

from __future__ import annotations

import ctypes

import numpy as np
from imgui_bundle import imgui
from panda3d.core import (
    Camera,
    CardMaker,
    ColorBlendAttrib,
    DisplayRegion,
    Geom,
    GeomNode,
    GeomTriangles,
    GeomVertexArrayFormat,
    GeomVertexData,
    GeomVertexFormat,
    GraphicsOutput,
    LVecBase2f,
    NodePath,
    OmniBoundingVolume,
    OrthographicLens,
    RenderState,
    SamplerState,
    ScissorAttrib,
    Shader,
    Texture,
    TextureAttrib,
    TransparencyAttrib,
)

from walkdown_client.files import shaders_dir
from walkdown_client.ui import fonts

SORT = 1000
"""Display regions with a smaller sort are drawn below the interface."""


class ImGuiPanda:
    """One imgui context that is drawn into one output.

    Args:
        output: a window, an offscreen buffer or a texture buffer.
    """

    def __init__(self, output: GraphicsOutput) -> None:
        self.output = output
        self.context = imgui.create_context()
        imgui.set_current_context(self.context)
        self.io = imgui.get_io()
        self._set_up_io()
        fonts.load(self.io)
        self._textures: dict[int, Texture] = {}
        self._next_texture = 1
        self._format = _vertex_format()
        self._region, self._root, self._node = _stage(output)

    def _set_up_io(self) -> None:
        self.io.set_ini_filename("")
        self.io.backend_flags |= imgui.BackendFlags_.renderer_has_textures.value
        self.io.backend_flags |= imgui.BackendFlags_.renderer_has_vtx_offset.value
        self.io.config_windows_move_from_title_bar_only = True
        self.io.config_input_text_cursor_blink = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the output in pixels."""
        return max(self.output.get_x_size(), 1), max(self.output.get_y_size(), 1)

    @property
    def display_scale(self) -> float:
        """Pixels of the display for one at 96 dpi, in quarters; 1 where Panda cannot tell."""
        return max(round(self.output.pipe.display_zoom * 4) / 4, 1.0)

    def begin(self, delta_secs: float) -> None:
        """Start a frame; imgui calls up to :meth:`end` belong to this output."""
        imgui.set_current_context(self.context)
        self.io.display_size = imgui.ImVec2(*self.size)
        self.io.delta_time = max(delta_secs, 1e-4)
        imgui.new_frame()

    def end(self) -> None:
        """End the frame and hand its triangles to Panda."""
        imgui.render()
        self._serve_textures()
        width, height = self.size
        self._root.set_shader_input("output_size", LVecBase2f(width, height))
        self._node.remove_all_geoms()
        for commands in imgui.get_draw_data().cmd_lists:
            if commands.idx_buffer.size():
                self._add_commands(commands, width, height)

    def close(self) -> None:
        """Remove the display region and the context."""
        self.output.remove_display_region(self._region)
        self._root.remove_node()
        imgui.set_current_context(self.context)
        for texture in imgui.get_platform_io().textures:
            texture.tex_id = 0
            texture.status = imgui.ImTextureStatus.destroyed
        imgui.destroy_context(self.context)
        self._textures.clear()

    # ---- textures -----------------------------------------------------------------------------------

    def _serve_textures(self) -> None:
        wishes = imgui.ImTextureStatus
        for wish in imgui.get_platform_io().textures:
            if wish.status == wishes.want_create:
                wish.tex_id = self._new_texture(wish.width, wish.height)
            if wish.status in {wishes.want_create, wishes.want_updates}:
                pixels = wish.get_pixels_array().reshape(-1, 4)[:, [2, 1, 0, 3]]
                self._textures[wish.tex_id].set_ram_image(np.ascontiguousarray(pixels))
                wish.status = wishes.ok
            elif wish.status == wishes.want_destroy and wish.unused_frames > 0:
                self._textures.pop(wish.tex_id, None)
                wish.tex_id = 0
                wish.status = wishes.destroyed

    def _new_texture(self, width: int, height: int) -> int:
        texture = Texture("imgui")
        texture.setup_2d_texture(width, height, Texture.T_unsigned_byte, Texture.F_rgba8)
        texture.set_minfilter(SamplerState.FT_linear)
        texture.set_magfilter(SamplerState.FT_linear)
        return self.add_texture(texture)

    def add_texture(self, texture: Texture) -> int:
        """Take a texture whose first row is the lowest; returns imgui's number for it."""
        number, self._next_texture = self._next_texture, self._next_texture + 1
        self._textures[number] = texture
        return number

    def remove_texture(self, number: int) -> None:
        """Let go of a texture; what is drawn with it from now on is not seen."""
        self._textures.pop(number, None)

    # ---- triangles ----------------------------------------------------------------------------------

    def _add_commands(self, commands: imgui.ImDrawList, width: int, height: int) -> None:
        vertices = self._vertices(commands)
        first_index = commands.idx_buffer.data_address()
        for command in commands.cmd_buffer:
            scissor = _scissor(command.clip_rect, width, height)
            texture = self._textures.get(command.tex_ref.get_tex_id())
            if not command.elem_count or scissor is None or texture is None:
                continue
            triangles = _triangles(first_index + command.idx_offset * imgui.INDEX_SIZE, command.elem_count)
            if command.vtx_offset:
                triangles.offset_vertices(command.vtx_offset)
            geom = Geom(vertices)
            geom.add_primitive(triangles)
            self._node.add_geom(geom, RenderState.make(scissor, TextureAttrib.make(texture)))

    def _vertices(self, commands: imgui.ImDrawList) -> GeomVertexData:
        count = commands.vtx_buffer.size()
        data = GeomVertexData("imgui", self._format, Geom.UH_stream)
        data.unclean_set_num_rows(count)
        source = _bytes_at(commands.vtx_buffer.data_address(), count * imgui.VERTEX_SIZE)
        data.modify_array_handle(0).copy_data_from(source)
        return data


class WorldPanel:
    """An interface on a quad that stands in the world, with its own context.

    Args:
        output: a window or buffer whose graphics the texture shares.
        size_px: width and height of the texture.
        width_m: width of the quad in metres; its origin is the middle and it looks along -Y.
    """

    def __init__(self, output: GraphicsOutput, *, size_px: tuple[int, int], width_m: float) -> None:
        self.texture = Texture("world panel")
        self.buffer = output.make_texture_buffer("world panel", *size_px, self.texture)
        self.buffer.set_clear_color((0, 0, 0, 0))
        self.imgui = ImGuiPanda(self.buffer)
        self.quad = _quad(self.texture, width_m, width_m * size_px[1] / size_px[0])

    def close(self) -> None:
        """Remove quad, context and buffer."""
        self.imgui.close()
        self.quad.remove_node()
        self.buffer.engine.remove_window(self.buffer)


def _quad(texture: Texture, width_m: float, height_m: float) -> NodePath:
    card = CardMaker("world panel")
    card.set_frame(-width_m / 2, width_m / 2, -height_m / 2, height_m / 2)
    quad: NodePath = NodePath(card.generate())
    quad.set_texture(texture)
    quad.set_two_sided(True)
    quad.set_transparency(TransparencyAttrib.M_alpha)
    # The texture holds colours that are already multiplied by their alpha.
    quad.set_attrib(
        ColorBlendAttrib.make(
            ColorBlendAttrib.M_add, ColorBlendAttrib.O_one, ColorBlendAttrib.O_one_minus_incoming_alpha
        )
    )
    quad.set_shader(_shader("imgui_quad.vert"))
    return quad


def _shader(vertex: str) -> Shader:
    """Make a shader with the one fragment part; a text is not searched for on Panda's model path."""
    texts = ((shaders_dir() / name).read_text(encoding="utf-8") for name in (vertex, "imgui.frag"))
    return Shader.make(Shader.SL_GLSL, *texts)


def _vertex_format() -> GeomVertexFormat:
    array = GeomVertexArrayFormat()
    array.add_column("corner", 2, Geom.NT_float32, Geom.C_other)
    array.add_column("atlas", 2, Geom.NT_float32, Geom.C_other)
    array.add_column("tint", 4, Geom.NT_uint8, Geom.C_color)
    if array.get_stride() != imgui.VERTEX_SIZE:
        raise RuntimeError(f"imgui's vertices have {imgui.VERTEX_SIZE} bytes, ours have {array.get_stride()}")
    vertices = GeomVertexFormat()
    vertices.add_array(array)
    return GeomVertexFormat.register_format(vertices)


def _stage(output: GraphicsOutput) -> tuple[DisplayRegion, NodePath, GeomNode]:
    """Make a display region over the whole output, with a root and the node that holds the triangles."""
    root = NodePath("interface")
    root.set_shader(_shader("imgui.vert"))
    root.set_attrib(_blending())
    root.set_depth_test(False)
    root.set_depth_write(False)
    root.set_two_sided(True)
    root.set_bin("unsorted", 0)
    node = GeomNode("imgui")
    node.set_bounds(OmniBoundingVolume())
    node.set_final(True)
    root.attach_new_node(node)
    region = output.make_display_region()
    region.set_sort(SORT)
    region.set_camera(root.attach_new_node(_camera()))
    return region, root, node


def _camera() -> Camera:
    camera = Camera("interface")
    camera.set_lens(OrthographicLens())
    return camera


def _blending() -> ColorBlendAttrib:
    blend = ColorBlendAttrib
    return blend.make(
        blend.M_add,
        blend.O_incoming_alpha,
        blend.O_one_minus_incoming_alpha,
        blend.M_add,
        blend.O_one,
        blend.O_one_minus_incoming_alpha,
    )


def _scissor(clip: imgui.ImVec4, width: int, height: int) -> ScissorAttrib | None:
    left, right = max(clip.x / width, 0.0), min(clip.z / width, 1.0)
    top, bottom = max(clip.y / height, 0.0), min(clip.w / height, 1.0)
    if right <= left or bottom <= top:
        return None
    return ScissorAttrib.make(left, right, 1 - bottom, 1 - top)


def _triangles(address: int, count: int) -> GeomTriangles:
    triangles = GeomTriangles(Geom.UH_stream)
    triangles.set_index_type(Geom.NT_uint16 if imgui.INDEX_SIZE == 2 else Geom.NT_uint32)
    indices = triangles.modify_vertices()
    indices.unclean_set_num_rows(count)
    indices.modify_handle().copy_data_from(_bytes_at(address, count * imgui.INDEX_SIZE))
    return triangles


def _bytes_at(address: int, size: int) -> ctypes.Array[ctypes.c_ubyte]:
    return (ctypes.c_ubyte * size).from_address(address)
