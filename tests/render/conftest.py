"""One engine for all tests that draw, and small scenes made of boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from direct.showbase.ShowBase import ShowBase

from tests.render.boxes import BoxModel
from walkdown_client.render.engine import EngineSettings, start_engine
from walkdown_client.render.notices import EngineNotices
from walkdown_client.scene.quality import PRESETS, Quality
from walkdown_client.scene.view import SceneView

SIZE = (160, 120)
PLAIN = replace(PRESETS["low"], scale=1.0, edges_far=0.0, shadow_size=512, occlusion=False)
"""Little to compile, and every pixel drawn."""

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(scope="session")
def engine() -> Iterator[tuple[ShowBase, EngineNotices]]:
    """The one engine of this process."""
    base, notices = start_engine(EngineSettings(headless=True, size=SIZE, finish=True))
    yield base, notices
    notices.close()


@pytest.fixture
def open_scene(
    engine: tuple[ShowBase, EngineNotices],
) -> Iterator[Callable[..., SceneView]]:
    """Returns a function that shows a box model and looks at it from the south."""
    opened: list[SceneView] = []

    def show(model: BoxModel, quality: Quality = PLAIN, *, base: int = 0) -> SceneView:
        while opened:  # the engine shows one scene at a time
            opened.pop().close()
        view = SceneView(engine[0], quality)
        opened.append(view)
        package = view.add_package(base, model, model.joint_list)
        view.add_tile(package, model)
        view.set_camera((0, -8, 0), target=(0, 0, 0), fov_deg=50)
        return view

    yield show
    engine[1].poll()
    assert engine[1].shader_errors == []
    for view in opened:
        view.close()


def pixels_of(view: SceneView) -> Pixels:
    """Draw and return (height, width, 3) RGB, the top row first."""
    view.draw()
    view.draw()
    picture = view.base.win.get_screenshot()
    data = np.frombuffer(bytes(picture.get_ram_image_as("RGB")), np.uint8)
    return data.reshape(picture.get_y_size(), picture.get_x_size(), 3)[::-1]
