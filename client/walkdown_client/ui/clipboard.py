"""The clipboard, through pyperclip and the platform's own tool (xclip, wl-copy, pbcopy, Windows).

Where there is none, copied text stays inside the program.
"""

from __future__ import annotations

import logging

import pyperclip

_log = logging.getLogger(__name__)
_inside: list[str] = [""]
_said: set[str] = set()


def copy(text: str) -> bool:
    """Put text on the clipboard; False when it only stays inside the program."""
    _inside[0] = text
    try:
        pyperclip.copy(text)
    except pyperclip.PyperclipException as error:
        _say_once(str(error))
        return False
    return True


def paste() -> str:
    """Return the text on the clipboard."""
    try:
        return str(pyperclip.paste())
    except pyperclip.PyperclipException as error:
        _say_once(str(error))
        return _inside[0]


def _say_once(reason: str) -> None:
    if not _said:
        _said.add(reason)
        _log.warning(
            "copied text stays inside Walkdown because this computer has no clipboard tool;"
            " on Linux install xclip or wl-clipboard (%s)",
            reason.strip().splitlines()[0] if reason.strip() else "no reason given",
        )
