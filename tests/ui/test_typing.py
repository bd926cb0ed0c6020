"""Text in a real window: Latin and Chinese typed, copied to and pasted from other programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.ui.typing_window import PASTED, TYPED

NO_TOOLS = "Xvfb, xdotool or xclip is not installed"


@pytest.mark.display
@pytest.mark.slow
def test_chinese_is_typed_copied_and_pasted() -> None:
    if not all(map(shutil.which, ("xvfb-run", "xdotool", "xclip"))):
        pytest.skip(NO_TOOLS)
    command = ["xvfb-run", "-a", "-s", "-screen 0 900x600x24", sys.executable, "-m", "tests.ui.typing_window"]
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {"typed": TYPED, "copied": TYPED, "pasted": PASTED}
