"""An offscreen output on which the interface draws, and its pixels."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from panda3d.core import (
    Filename,
    FrameBufferProperties,
    GraphicsEngine,
    GraphicsOutput,
    GraphicsPipe,
    GraphicsPipeSelection,
    PNMImage,
    Texture,
    WindowProperties,
    load_prc_file_data,
)

PRC = """
load-display p3headlessgl
aux-display
audio-library-name null
gl-version 3 2
textures-power-2 none
sync-video 0
notify-level-device fatal
notify-level-egldisplay error
"""


def _size(width: int, height: int) -> WindowProperties:
    properties = WindowProperties()
    properties.set_size(width, height)
    return properties


def _colours() -> FrameBufferProperties:
    properties = FrameBufferProperties()
    properties.set_rgba_bits(8, 8, 8, 8)
    return properties


@cache
def _host() -> GraphicsOutput:
    """Open the output whose graphics context all stages share."""
    engine = GraphicsEngine.get_global_ptr()
    pipe = GraphicsPipeSelection.get_global_ptr().make_module_pipe("p3headlessgl")
    host = engine.make_output(pipe, "host", -1, _colours(), _size(8, 8), GraphicsPipe.BF_refuse_window)
    engine.open_windows()
    host.set_active(False)
    return host


class Stage:
    """One offscreen output of its own."""

    def __init__(self, width: int, height: int) -> None:
        load_prc_file_data("ui tests", PRC)
        self.engine = GraphicsEngine.get_global_ptr()
        pipe = GraphicsPipeSelection.get_global_ptr().make_module_pipe("p3headlessgl")
        frame_buffer = FrameBufferProperties()
        frame_buffer.set_rgba_bits(8, 8, 8, 8)
        self.output: GraphicsOutput = self.engine.make_output(
            pipe,
            "stage",
            0,
            frame_buffer,
            _size(width, height),
            GraphicsPipe.BF_refuse_window,
        )
        self.engine.open_windows()
        self.output.set_clear_color((0.2, 0.22, 0.25, 1))
        self._texture = Texture("stage")
        self.output.add_render_texture(self._texture, GraphicsOutput.RTM_copy_ram)

    def pixels(self) -> npt.NDArray[np.uint8]:
        """Draw and return (height, width, 4) RGBA, the top row first."""
        self.engine.render_frame()
        data = np.frombuffer(bytes(self._texture.get_ram_image_as("RGBA")), np.uint8)
        height, width = self._texture.get_y_size(), self._texture.get_x_size()
        return data.reshape(height, width, 4)[::-1]

    def save(self, path: Path) -> None:
        """Write the newest picture."""
        image = PNMImage()
        self._texture.store(image)
        image.write(Filename.from_os_specific(str(path)))

    def close(self) -> None:
        """Remove the output."""
        self.engine.remove_window(self.output)
