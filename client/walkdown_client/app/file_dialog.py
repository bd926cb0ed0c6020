"""The platform's own dialog for choosing files, in a process of its own: the picture never waits for it."""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

log = logging.getLogger(__name__)

Which = Callable[[str], object]

_TK = (
    "import sys, tkinter, tkinter.filedialog as dialog; root = tkinter.Tk(); root.withdraw(); "
    "root.attributes('-topmost', True); "
    "print('\\n'.join(dialog.askopenfilenames(parent=root, title=sys.argv[1])))"
)
_OSASCRIPT = (
    "on run argv\n"
    "set chosen to choose file with prompt (item 1 of argv) with multiple selections allowed\n"
    'set lines to ""\n'
    "repeat with one in chosen\n"
    "set lines to lines & POSIX path of one & linefeed\n"
    "end repeat\n"
    "return lines\n"
    "end run"
)
_POWERSHELL = (
    "Add-Type -AssemblyName System.Windows.Forms; [Console]::OutputEncoding = [Text.Encoding]::UTF8; "
    "$d = New-Object System.Windows.Forms.OpenFileDialog; $d.Multiselect = $true; $d.Title = $args[0]; "
    "if ($d.ShowDialog() -eq 'OK') { $d.FileNames }"
)


def dialog_command(
    title: str, *, platform: str = sys.platform, which: Which = shutil.which, has_tk: bool | None = None
) -> list[str] | None:
    """Return the command that shows a dialog and prints the chosen paths, a line each; None for none.

    Args:
        which: tells whether a program is there. has_tk: whether Python has tkinter; None looks.
    """
    if platform == "darwin":
        return ["osascript", "-e", _OSASCRIPT, title]
    if platform == "win32":
        return ["powershell", "-NoProfile", "-STA", "-Command", f"& {{ {_POWERSHELL} }}", title]
    if which("zenity"):
        return ["zenity", "--file-selection", "--multiple", "--separator=\n", f"--title={title}"]
    if which("kdialog"):
        return [
            "kdialog",
            "--title",
            title,
            "--multiple",
            "--separate-output",
            "--getopenfilename",
            str(Path.home()),
        ]
    if importlib.util.find_spec("tkinter") is not None if has_tk is None else has_tk:
        return [sys.executable, "-c", _TK, title]
    return None


def paths_in(text: str) -> list[Path]:
    """Return the paths in what was chosen, typed, pasted or dropped: a line each, plain or as ``file://``."""
    found = []
    for line in text.splitlines():
        word = line.strip().strip("\"'")
        if word.startswith("file:"):
            word = url2pathname(urlsplit(word).path)
        if word and not word.startswith("#"):
            found.append(Path(word).expanduser())
    return found


class FileDialog:
    """Asks for files; :meth:`poll` answers once the person has chosen.

    Args:
        shown: whether there is a screen to show it on.
    """

    def __init__(self, *, shown: bool) -> None:
        on_screen = shown and (sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY")))
        self._command = dialog_command("") if on_screen else None
        self._thread: threading.Thread | None = None
        self._chosen: list[Path] | None = None

    @property
    def available(self) -> bool:
        """Whether the platform has a dialog."""
        return self._command is not None

    def open(self, title: str) -> bool:
        """Show the dialog, unless one is shown already; tell whether it is."""
        command = dialog_command(title) if self.available else None
        if command is None:
            return False
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(
                target=self._ask, args=(command,), name="walkdown-dialog", daemon=True
            )
            self._thread.start()
        return True

    def poll(self) -> list[Path]:
        """Return what was chosen since the last call."""
        chosen, self._chosen = self._chosen, None
        return chosen or []

    def _ask(self, command: Sequence[str]) -> None:
        try:
            answer = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603
        except OSError as error:
            log.warning("the file dialog %s could not be shown: %s", command[0], error)
            return
        self._chosen = paths_in(answer.stdout)
