"""The picture of a view: what is seen, labels and outlines included, as a PNG of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from panda3d.core import PNMImage, StringStream, Texture

from tests.render.boxes import BoxModel
from tests.render.conftest import SIZE, Pixels, pixels_of
from walkdown_client.scene.cards import Pin
from walkdown_client.scene.sections import SectionView
from walkdown_client.scene.snapshot import png, snapshot
from walkdown_client.scene.view import SceneView

OpenScene = Callable[..., SceneView]

pytestmark = pytest.mark.display


def decoded(data: bytes) -> Pixels:
    """(height, width, 3) RGB, the top row first, as the engine's own decoder has it."""
    image = PNMImage()
    assert image.read(StringStream(data), "view.png")
    texture = Texture()
    texture.load(image)
    pixels = np.frombuffer(bytes(texture.get_ram_image_as("RGB")), np.uint8)
    return pixels.reshape(image.get_y_size(), image.get_x_size(), 3)[::-1]


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (40, 31)])
def test_a_png_holds_each_pixel_as_it_was(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(4).integers(0, 256, (*shape, 3)).astype(np.uint8)
    assert (decoded(png(pixels)) == pixels).all()


def test_the_picture_of_a_view_is_what_is_seen_with_its_labels_and_no_handles(open_scene: OpenScene) -> None:
    model = BoxModel()
    model.add_floor()
    model.add_box((-1, -1, -1), (1, 1, 1))
    view = open_scene(model)
    view.labels.set_pins([Pin(key="n", anchor=(0.0, -1.0, 0.0), text="valve")])
    seen = pixels_of(view).astype(int)
    view.sections.shown = SectionView({"slide": np.array([[0.0, -2.0, 0.0], [0.0, -2.0, 1.5]])})
    assert (pixels_of(view).astype(int) != seen).any()
    picture = decoded(snapshot(view)).astype(int)
    assert picture.shape == (SIZE[1], SIZE[0], 3)
    assert np.abs(picture - seen).mean() < 1.0
    assert view.sections.shown is not None, "the handles are still there"
