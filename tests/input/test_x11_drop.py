"""Files that another program drops onto the window arrive as their paths."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.ui.test_typing import NO_TOOLS
from walkdown_client.input.x11_drop import FileDrop

FILES = {"accepted": 1, "finished": 1, "got": ["file:///srv/a%20b.glb\r\nfile:///srv/c.ifc\r\n"]}


@pytest.mark.display
@pytest.mark.slow
def test_files_are_dropped_onto_a_window() -> None:
    if not all(map(shutil.which, ("xvfb-run", "xdotool", "xclip"))):
        pytest.skip(NO_TOOLS)
    command = [
        "xvfb-run",
        "-a",
        "-s",
        "-screen 0 600x400x24",
        sys.executable,
        "-m",
        "tests.input.drop_window",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["available"]
    assert found["files"] == found["many types"] == found["again"] == FILES
    assert found["text"] == {"accepted": 0, "finished": 0, "got": []}
    assert found["after"] == []


def test_where_there_is_no_window_nothing_is_dropped() -> None:
    drop = FileDrop(0)
    assert not drop.available
    assert drop.poll() == []
    drop.close()
