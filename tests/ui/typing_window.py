"""A real window whose note editor is typed into; prints what happened as one line of JSON.

Run under a display of its own, with xdotool and xclip; ``test_typing`` does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

from direct.showbase.ShowBase import ShowBase
from panda3d.core import load_prc_file_data

from tests.ui.plant import joined_world
from walkdown_client.input.window import WindowEvents
from walkdown_client.tools.view_state import NoteDraft, ViewState
from walkdown_client.ui.events import ImGuiInput
from walkdown_client.ui.facts import Facts
from walkdown_client.ui.interface import Interface
from walkdown_client.ui.renderer import ImGuiPanda

PRC = """
load-display pandagl
aux-display
audio-library-name null
gl-version 3 2
win-size 900 600
sync-video 0
notify-level-device fatal
"""
TYPED, PASTED = "abc 中文灌装 ä?", "贴上 pasted"


class Window:
    """A window with the note editor open."""

    def __init__(self) -> None:
        self.base = ShowBase()
        self.panel = ImGuiPanda(self.base.win)
        self.input, self.events = ImGuiInput(self.panel), WindowEvents(self.base)
        self.interface, self.world = Interface(), joined_world()
        self.view = ViewState(draft=NoteDraft("n", (0, 0, 0)))

    @property
    def text(self) -> str:
        """What has been written."""
        return self.view.draft.text if self.view.draft else ""

    def frame(self) -> None:
        """Draw one frame."""
        self.input.feed(self.events.drain())
        self.panel.begin(1 / 60)
        self.interface.draw(self.world, self.view, Facts(), size=self.panel.size)
        self.panel.end()
        self.base.graphicsEngine.render_frame()
        self.base.task_mgr.step()

    def xdotool(self, *words: str, until: str | None = None) -> None:
        """Let xdotool act, and draw until the editor holds ``until`` or enough frames have passed."""
        process = subprocess.Popen(["xdotool", *words])
        end = time.monotonic() + 10
        frames = 0
        while process.poll() is None or (frames < 30 if until is None else self.text != until):
            self.frame()
            frames += process.poll() is not None
            if time.monotonic() > end:
                break
        process.wait()


def clipboard() -> str:
    """Return what other programs would paste."""
    done = subprocess.run(["xclip", "-selection", "c", "-o"], capture_output=True, text=True, timeout=10)
    return done.stdout


def main() -> None:
    """Type, copy, paste, and print what came of it."""
    load_prc_file_data("typing", PRC)
    window = Window()
    for _ in range(10):
        window.frame()
    window.xdotool("mousemove", "450", "400", "click", "1")
    window.xdotool("type", "--delay", "150", TYPED, until=TYPED)
    typed = window.text
    window.xdotool("key", "ctrl+a")
    window.xdotool("key", "ctrl+c")
    copied = clipboard()
    subprocess.run(["xclip", "-selection", "c"], input=PASTED, text=True, check=True)
    window.xdotool("key", "ctrl+a")
    window.xdotool("key", "ctrl+v", until=PASTED)
    json.dump({"typed": typed, "copied": copied, "pasted": window.text}, sys.stdout)


if __name__ == "__main__":
    main()
