"""The platform's own dialog for where to save a file; where there is none, the folder of downloads."""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import platformdirs

from walkdown_client.app.file_dialog import paths_in

log = logging.getLogger(__name__)

Which = Callable[[str], object]

_TK = (
    "import sys, tkinter, tkinter.filedialog as dialog; root = tkinter.Tk(); root.withdraw(); "
    "root.attributes('-topmost', True); "
    "print(dialog.asksaveasfilename(parent=root, title=sys.argv[1], initialfile=sys.argv[2]))"
)
_OSASCRIPT = (
    "on run argv\n"
    "set chosen to choose file name with prompt (item 1 of argv) default name (item 2 of argv)\n"
    "return POSIX path of chosen\n"
    "end run"
)
_POWERSHELL = (
    "Add-Type -AssemblyName System.Windows.Forms; [Console]::OutputEncoding = [Text.Encoding]::UTF8; "
    "$d = New-Object System.Windows.Forms.SaveFileDialog; $d.Title = $args[0]; $d.FileName = $args[1]; "
    "if ($d.ShowDialog() -eq 'OK') { $d.FileName }"
)


def save_command(
    title: str,
    name: str,
    *,
    platform: str = sys.platform,
    which: Which = shutil.which,
    has_tk: bool | None = None,
) -> list[str] | None:
    """Return the command that asks where to save and prints the path; None where there is none.

    Args:
        name: what the file is called at first. which, has_tk: as for ``dialog_command``.
    """
    if platform == "darwin":
        return ["osascript", "-e", _OSASCRIPT, title, name]
    if platform == "win32":
        script = f"& {{ {_POWERSHELL} }}"
        return ["powershell", "-NoProfile", "-STA", "-Command", script, title, name]
    folder = downloads() / name
    if which("zenity"):
        return ["zenity", "--file-selection", "--save", f"--filename={folder}", f"--title={title}"]
    if which("kdialog"):
        return ["kdialog", "--title", title, "--getsavefilename", str(folder)]
    if importlib.util.find_spec("tkinter") is not None if has_tk is None else has_tk:
        return [sys.executable, "-c", _TK, title, name]
    return None


def downloads() -> Path:
    """Return the person's folder of downloads, else the one in which the program runs."""
    found = platformdirs.user_downloads_path()
    return found if found.is_dir() and os.access(found, os.W_OK) else Path.cwd()


_RESERVED = re.compile(r'[\x00-\x1f<>:"/\\|?*]')


def plain_name(name: str) -> str:
    """Return a file name that every platform takes, without any folder in it."""
    return _RESERVED.sub("_", name).strip(" .")[-150:] or "walkdown"


def free_path(folder: Path, name: str) -> Path:
    """Return a path in a folder that no file has yet: ``name``, ``name (2)`` and so on."""
    plain = Path(plain_name(name))
    path, count = folder / plain, 1
    while path.exists():
        count += 1
        path = folder / f"{plain.stem} ({count}){plain.suffix}"
    return path


class SaveDialog:
    """Asks once where to save; :attr:`answer` says what came of it.

    Args:
        shown: whether there is a screen to show it on. name: what the file is called at first.

    Attributes:
        answer: ``waits`` while it is open, ``none`` where the platform has none, ``cancelled``, or the path.
    """

    def __init__(self, title: str, name: str, *, shown: bool) -> None:
        on_screen = shown and (sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY")))
        command = save_command(title, plain_name(name)) if on_screen else None
        self.answer: Path | Literal["waits", "none", "cancelled"] = "none"
        if command is not None:
            self.answer = "waits"
            thread = threading.Thread(target=self._ask, args=(command,), name="walkdown-dialog", daemon=True)
            thread.start()

    def _ask(self, command: Sequence[str]) -> None:
        try:
            answer = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603
        except OSError as error:
            log.warning("the file dialog %s could not be shown: %s", command[0], error)
            self.answer = "none"
            return
        paths = paths_in(answer.stdout)
        self.answer = paths[0] if paths else "cancelled"
