"""Starts Panda3D with a window or without a display, and tells what the driver is."""

from __future__ import annotations

from dataclasses import dataclass

from direct.showbase.ShowBase import ShowBase
from panda3d.core import CullBinManager, load_prc_file_data

from walkdown.errors import Missing
from walkdown_client.render.notices import EngineNotices

NEAR_FIRST = "near_first"
"""Bin of opaque chunks: drawn from near to far, which saves a third of the time where fill is dear."""

_NEAR_FIRST_SORT = 15
"""Between Panda's background (10) and opaque (20) bins."""

_COMMON_PRC = """
aux-display
audio-library-name null
gl-version 3 2
textures-power-2 none
notify-level-device fatal
notify-level-egldisplay error
gl-coordinate-system default
"""


@dataclass(frozen=True, kw_only=True)
class EngineSettings:
    """How to start.

    Attributes:
        headless: draw without any display; needs libgl1 and libegl1 on Debian.
        size: pixels of the window or of the picture.
        vsync: wait for the screen; ignored without a display.
        finish: end every frame only when it is drawn, so that measured times are honest.
    """

    headless: bool = False
    size: tuple[int, int] = (1280, 720)
    title: str = "Walkdown"
    vsync: bool = True
    finish: bool = False


@dataclass(frozen=True)
class Driver:
    """The graphics driver in use."""

    name: str
    version: str
    software: bool


def start_engine(settings: EngineSettings) -> tuple[ShowBase, EngineNotices]:
    """Open the window, or the picture without a window; at most once in a process.

    Returns:
        Panda's ShowBase, and the collector of what the engine prints.

    Raises:
        Missing: there is no graphics driver, or no display for a window.
    """
    load_prc_file_data("walkdown", _prc(settings))
    notices = EngineNotices()
    try:
        base = ShowBase(windowType="offscreen" if settings.headless else "onscreen")
    except Exception as cause:
        raise Missing(_no_picture(settings)) from cause
    if base.win is None or base.win.gsg is None:
        raise Missing(_no_picture(settings))
    base.disable_mouse()
    CullBinManager.get_global_ptr().add_bin(NEAR_FIRST, CullBinManager.BT_front_to_back, _NEAR_FIRST_SORT)
    notices.poll()
    return base, notices


def driver_of(base: ShowBase) -> Driver:
    """Tell which driver draws."""
    gsg = base.win.gsg
    name = gsg.driver_renderer
    return Driver(name, gsg.driver_version, software=any(w in name.lower() for w in ("llvmpipe", "softpipe")))


def _prc(settings: EngineSettings) -> str:
    width, height = settings.size
    return "\n".join(
        [
            _COMMON_PRC,
            f"load-display {'p3headlessgl' if settings.headless else 'pandagl'}",
            f"win-size {width} {height}",
            f"window-title {settings.title}",
            f"sync-video {int(settings.vsync and not settings.headless)}",
            f"gl-finish {int(settings.finish)}",
        ]
    )


def _no_picture(settings: EngineSettings) -> str:
    if settings.headless:
        return (
            "expected an OpenGL 3.3 driver that works without a display, found none;"
            " install libgl1 and libegl1, then run `walkdown doctor`"
        )
    return (
        "expected a display with OpenGL 3.3, found none;"
        " use --headless to draw into a file, or run `walkdown doctor`"
    )
