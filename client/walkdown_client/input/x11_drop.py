"""Files dropped onto a window under X11, which Panda3D's windows do not take by themselves.

The window is given a proxy, a window of our own on a connection of our own: by the XDND protocol (version 5,
freedesktop.org) whoever drags then talks to the proxy. No other part of the program knows of it.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import logging
import sys
from typing import Any

log = logging.getLogger(__name__)

VERSION = 5
CLIENT_MESSAGE, SELECTION_NOTIFY = 33, 31
ATOM, WINDOW = 4, 33
REPLACE = 0
LONGS_MAX = 1 << 18
URI_LIST = "text/uri-list"
NAMES = (
    "XdndAware", "XdndProxy", "XdndEnter", "XdndPosition", "XdndStatus", "XdndLeave", "XdndDrop",
    "XdndFinished", "XdndSelection", "XdndActionCopy", "XdndTypeList", URI_LIST,
)  # fmt: skip


class ClientMessage(ctypes.Structure):
    """An ``XClientMessageEvent`` of five longs."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
    )


class SelectionNotify(ctypes.Structure):
    """An ``XSelectionEvent``."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("requestor", ctypes.c_ulong),
        ("selection", ctypes.c_ulong),
        ("target", ctypes.c_ulong),
        ("property", ctypes.c_ulong),
        ("time", ctypes.c_ulong),
    )


class AnyEvent(ctypes.Union):
    """An ``XEvent``."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("client", ClientMessage),
        ("selection", SelectionNotify),
        ("pad", ctypes.c_long * 24),
    )


_NUMBER, _POINTER = ctypes.c_ulong, ctypes.c_void_p
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "XOpenDisplay": (_POINTER, (ctypes.c_char_p,)),
    "XCloseDisplay": (ctypes.c_int, (_POINTER,)),
    "XDefaultRootWindow": (_NUMBER, (_POINTER,)),
    "XCreateSimpleWindow": (
        _NUMBER,
        (_POINTER, _NUMBER, *(ctypes.c_int,) * 2, *(ctypes.c_uint,) * 3, *(_NUMBER,) * 2),
    ),
    "XInternAtom": (_NUMBER, (_POINTER, ctypes.c_char_p, ctypes.c_int)),
    "XChangeProperty": (
        ctypes.c_int,
        (_POINTER, _NUMBER, _NUMBER, _NUMBER, ctypes.c_int, ctypes.c_int, _POINTER, ctypes.c_int),
    ),
    "XDeleteProperty": (ctypes.c_int, (_POINTER, _NUMBER, _NUMBER)),
    "XGetWindowProperty": (
        ctypes.c_int,
        (
            *(_POINTER, _NUMBER, _NUMBER, ctypes.c_long, ctypes.c_long, ctypes.c_int, _NUMBER),
            *(_POINTER, _POINTER, _POINTER, _POINTER, _POINTER),
        ),
    ),
    "XPending": (ctypes.c_int, (_POINTER,)),
    "XNextEvent": (ctypes.c_int, (_POINTER, _POINTER)),
    "XSendEvent": (ctypes.c_int, (_POINTER, _NUMBER, ctypes.c_int, ctypes.c_long, _POINTER)),
    "XConvertSelection": (ctypes.c_int, (_POINTER, *(_NUMBER,) * 5)),
    "XFree": (ctypes.c_int, (_POINTER,)),
    "XFlush": (ctypes.c_int, (_POINTER,)),
}


def load_x11() -> Any:  # a library of C has no types
    """Return the X11 library with its signatures, None where there is none."""
    name = ctypes.util.find_library("X11") if sys.platform.startswith(("linux", "freebsd")) else None
    if name is None:
        return None
    library = ctypes.CDLL(name)
    for function, (result, arguments) in _SIGNATURES.items():
        getattr(library, function).restype = result
        getattr(library, function).argtypes = arguments
    return library


class FileDrop:
    """What is dropped onto one window.

    Args:
        window: the X11 window, 0 for none; then nothing is ever dropped.
    """

    def __init__(self, window: int) -> None:
        self._x: Any = load_x11()
        self._display = self._x.XOpenDisplay(None) if self._x is not None and window else None
        self._window, self._source, self._wanted = window, 0, False
        self._dropped: list[str] = []
        if self._display:
            self._atoms = {n: self._x.XInternAtom(self._display, n.encode(), 0) for n in NAMES}
            root = self._x.XDefaultRootWindow(self._display)
            self._proxy = self._x.XCreateSimpleWindow(self._display, root, -9, -9, 1, 1, 0, 0, 0)
            for target in (self._proxy, window):
                self._set(target, "XdndProxy", WINDOW, self._proxy)
                self._set(target, "XdndAware", ATOM, VERSION)
            self._x.XFlush(self._display)

    @property
    def available(self) -> bool:
        """Whether files can be dropped here."""
        return bool(self._display)

    def poll(self) -> list[str]:
        """Return the lists of URIs that were dropped since the last call, a line for each file."""
        event = AnyEvent()
        while self._display and self._x.XPending(self._display):
            self._x.XNextEvent(self._display, ctypes.byref(event))
            if event.type == CLIENT_MESSAGE:
                self._hear(event.client)
            elif event.type == SELECTION_NOTIFY:
                self._receive(event.selection)
        dropped, self._dropped = self._dropped, []
        return dropped

    def close(self) -> None:
        """Take nothing any more."""
        if self._display:
            self._x.XCloseDisplay(self._display)
            self._display = None

    # ---- the protocol -------------------------------------------------------------------------------

    def _hear(self, message: ClientMessage) -> None:
        kind = next((n for n, atom in self._atoms.items() if atom == message.message_type), "")
        if kind == "XdndEnter":
            self._source, self._wanted = message.data[0], self._has_files(message)
        elif kind == "XdndPosition":
            action = self._atoms["XdndActionCopy"] if self._wanted else 0
            self._say("XdndStatus", int(self._wanted), 0, 0, action)
        elif kind == "XdndLeave":
            self._source = 0
        elif kind == "XdndDrop":
            self._ask(message.data[2])

    def _has_files(self, message: ClientMessage) -> bool:
        """Tell whether what is dragged can be had as a list of URIs."""
        types = list(message.data[2:5])
        if message.data[1] & 1:
            data = self._get(message.data[0], "XdndTypeList")
            types = list(memoryview(data).cast("L")) if len(data) % ctypes.sizeof(_NUMBER) == 0 else []
        return self._atoms[URI_LIST] in types

    def _ask(self, time: int) -> None:
        """Ask for what was dropped; it arrives as a property of the proxy."""
        if not self._wanted:
            self._say("XdndFinished", 0, 0)
            return
        selection, target = self._atoms["XdndSelection"], self._atoms[URI_LIST]
        self._x.XConvertSelection(self._display, selection, target, selection, self._proxy, time)
        self._x.XFlush(self._display)

    def _receive(self, notice: SelectionNotify) -> None:
        data = self._get(self._proxy, "XdndSelection") if notice.property else b""
        self._x.XDeleteProperty(self._display, self._proxy, self._atoms["XdndSelection"])
        if data:
            self._dropped.append(data.decode("utf-8", "replace"))
        self._say("XdndFinished", int(bool(data)), self._atoms["XdndActionCopy"] if data else 0)

    def _say(self, kind: str, *numbers: int) -> None:
        """Answer who drags."""
        event = AnyEvent()
        event.client.type, event.client.window = CLIENT_MESSAGE, self._source
        event.client.message_type, event.client.format = self._atoms[kind], 32
        for place, number in enumerate((self._window, *numbers)):
            event.client.data[place] = number
        self._x.XSendEvent(self._display, self._source, 0, 0, ctypes.byref(event))
        self._x.XFlush(self._display)

    # ---- properties ---------------------------------------------------------------------------------

    def _set(self, window: int, name: str, kind: int, value: int) -> None:  # noqa: PLR0917
        data = ctypes.c_ulong(value)
        self._x.XChangeProperty(
            self._display, window, self._atoms[name], kind, 32, REPLACE, ctypes.byref(data), 1
        )

    def _get(self, window: int, name: str) -> bytes:
        """Return the bytes of a property; items of 32 bits come as longs, as Xlib has them."""
        kind, width, count, left = _NUMBER(), ctypes.c_int(), _NUMBER(), _NUMBER()
        data = ctypes.c_void_p()
        self._x.XGetWindowProperty(
            *(self._display, window, self._atoms[name], 0, LONGS_MAX, 0, 0),
            *(ctypes.byref(found) for found in (kind, width, count, left, data)),
        )
        if not data.value:
            return b""
        size = ctypes.sizeof(_NUMBER) if width.value == 32 else width.value // 8
        found = ctypes.string_at(data.value, count.value * size)
        self._x.XFree(data)
        return found
