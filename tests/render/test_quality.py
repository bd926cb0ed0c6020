"""Presets are chosen by measured time, and the engine says what it is."""

from __future__ import annotations

import pytest
from direct.showbase.ShowBase import ShowBase

from walkdown.errors import Missing
from walkdown_client import files
from walkdown_client.render.engine import driver_of
from walkdown_client.render.notices import EngineNotices
from walkdown_client.scene.quality import PRESETS, QualityChooser


def feed(chooser: QualityChooser, secs: float, count: int = 45) -> str | None:
    found = None
    for _ in range(count):
        found = chooser.observe(secs) or found
    return found


def test_slow_frames_step_down_and_never_come_back() -> None:
    chooser = QualityChooser("high")
    assert feed(chooser, 0.2) == "medium"
    assert feed(chooser, 0.2) == "low"
    assert feed(chooser, 0.2) is None, "there is nothing below"
    assert feed(chooser, 0.001) is None, "what was too slow is not tried again"


def test_fast_frames_step_up() -> None:
    chooser = QualityChooser("low")
    assert feed(chooser, 0.004) == "medium"
    assert feed(chooser, 0.004) == "high"


def test_one_slow_frame_changes_nothing() -> None:
    chooser = QualityChooser("high")
    assert feed(chooser, 0.02, 40) is None
    assert chooser.observe(3.0) is None
    assert feed(chooser, 0.02, 40) is None


def test_cheaper_presets_ask_for_less() -> None:
    low, high = PRESETS["low"], PRESETS["high"]
    assert low.scale < high.scale
    assert low.samples < high.samples
    assert low.shadow_taps < high.shadow_taps
    assert low.smallest_px > high.smallest_px


@pytest.mark.display
def test_the_driver_has_a_name_and_a_version(engine: tuple[ShowBase, EngineNotices]) -> None:
    driver = driver_of(engine[0])
    assert driver.name
    assert driver.version[0].isdigit()


def test_data_files_are_found_and_a_missing_folder_is_named() -> None:
    assert (files.shaders_dir() / "scene.frag").is_file()
    assert (files.assets_dir() / "fonts").is_dir()
    with pytest.raises(Missing, match="no-such-folder"):
        files._find("no-such-folder")
