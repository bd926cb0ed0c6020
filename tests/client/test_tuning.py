"""A client's process is tuned once, and only where it can be."""

from __future__ import annotations

import subprocess
import sys

TUNE = "import sys; from walkdown_client.tuning import SWITCH_SECS, tune_process; "


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", TUNE + program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_threads_take_turns_often() -> None:
    assert run("tune_process(); print(abs(sys.getswitchinterval() - SWITCH_SECS) < 1e-6)") == "True"


def test_a_system_without_glibc_is_left_alone() -> None:
    program = "import ctypes; sys.platform = 'darwin'; ctypes.CDLL = None; tune_process(); print('fine')"
    assert run(program) == "fine"
