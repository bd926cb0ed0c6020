"""A real window of Panda3D, and somebody who drags files onto it by the XDND protocol; says what arrived."""

from __future__ import annotations

import ctypes
import json
import time
from collections.abc import Callable
from typing import Any

from panda3d.core import GraphicsWindow

from walkdown_client.input.window import window_id
from walkdown_client.input.x11_drop import (
    ATOM,
    CLIENT_MESSAGE,
    NAMES,
    REPLACE,
    SELECTION_NOTIFY,
    URI_LIST,
    AnyEvent,
    FileDrop,
    load_x11,
)
from walkdown_client.render.engine import EngineSettings, start_engine

SELECTION_REQUEST = 30
FILES = "file:///srv/a%20b.glb\r\nfile:///srv/c.ifc\r\n"
PATIENCE_SECS = 10.0


class Dragger:
    """The other program: offers types, asks, and hands over what is dropped."""

    def __init__(self, target: int, *types: str) -> None:
        self.x: Any = load_x11()
        self.display = self.x.XOpenDisplay(None)
        self.x.XSetSelectionOwner.argtypes = (ctypes.c_void_p, *(ctypes.c_ulong,) * 3)
        self.atoms = {n: self.x.XInternAtom(self.display, n.encode(), 0) for n in (*NAMES, *types)}
        root = self.x.XDefaultRootWindow(self.display)
        self.window = self.x.XCreateSimpleWindow(self.display, root, 0, 0, 1, 1, 0, 0, 0)
        self.target, self.types = target, types
        self.x.XSetSelectionOwner(self.display, self.atoms["XdndSelection"], self.window, 0)
        self.heard: list[tuple[str, list[int]]] = []

    def number(self, window: int, name: str) -> int:
        """Read a property of one number."""
        kind, width, count, left = ctypes.c_ulong(), ctypes.c_int(), ctypes.c_ulong(), ctypes.c_ulong()
        data = ctypes.c_void_p()
        self.x.XGetWindowProperty(
            *(self.display, window, self.atoms[name], 0, 1, 0, 0),
            *(ctypes.byref(found) for found in (kind, width, count, left, data)),
        )
        return ctypes.c_ulong.from_address(data.value).value if data.value else 0

    def say(self, kind: str, *numbers: int) -> None:
        """Tell the proxy of the target, as the protocol asks."""
        event = AnyEvent()
        event.client.type, event.client.window = CLIENT_MESSAGE, self.target
        event.client.message_type, event.client.format = self.atoms[kind], 32
        for place, number in enumerate((self.window, *numbers)):
            event.client.data[place] = number
        proxy = self.number(self.target, "XdndProxy")
        assert self.number(proxy, "XdndProxy") == proxy
        self.x.XSendEvent(self.display, proxy, 0, 0, ctypes.byref(event))
        self.x.XFlush(self.display)

    def poll(self) -> None:
        """Hear answers, and hand over what is asked for."""
        event = AnyEvent()
        while self.x.XPending(self.display):
            self.x.XNextEvent(self.display, ctypes.byref(event))
            if event.type == CLIENT_MESSAGE:
                kind = next(n for n, atom in self.atoms.items() if atom == event.client.message_type)
                self.heard.append((kind, list(event.client.data)))
            elif event.type == SELECTION_REQUEST:
                self.hand_over(event)

    def hand_over(self, event: AnyEvent) -> None:
        """Answer a request for the selection; its fields are those of the notice, one further back."""
        asked = ctypes.cast(ctypes.pointer(event), ctypes.POINTER(ctypes.c_ulong))
        requestor, selection, target, place, when = (asked[i] for i in range(5, 10))
        data = FILES.encode()
        self.x.XChangeProperty(self.display, requestor, place, target, 8, REPLACE, data, len(data))
        answer = AnyEvent()
        answer.selection.type, answer.selection.requestor = SELECTION_NOTIFY, requestor
        answer.selection.selection, answer.selection.target = selection, target
        answer.selection.property, answer.selection.time = place, when
        self.x.XSendEvent(self.display, requestor, 0, 0, ctypes.byref(answer))
        self.x.XFlush(self.display)

    def enter(self) -> None:
        """Come over the window with up to three types, or more in a list."""
        atoms = [self.atoms[name] for name in self.types]
        first = (*atoms, 0, 0, 0)[:3]
        if len(atoms) > 3:
            data = (ctypes.c_ulong * len(atoms))(*atoms)
            self.x.XChangeProperty(
                self.display, self.window, self.atoms["XdndTypeList"], ATOM, 32, REPLACE, data, len(atoms)
            )
        self.say("XdndEnter", 5 << 24 | (len(atoms) > 3), *first)
        self.say("XdndPosition", 0, 100 << 16 | 100, 0, self.atoms["XdndActionCopy"])


def until(holds: Callable[[], object], *polls: Callable[[], object]) -> None:
    """Poll until something holds."""
    ends = time.monotonic() + PATIENCE_SECS
    while not holds():
        assert time.monotonic() < ends, "the other side does not answer"
        for poll in polls:
            poll()


def drag(drop: FileDrop, target: int, *types: str) -> dict[str, Any]:
    """Drag something with these types onto the window and drop it."""
    dragger, got = Dragger(target, *types), []

    def take() -> None:
        got.extend(drop.poll())

    dragger.enter()
    until(lambda: "XdndStatus" in dict(dragger.heard), dragger.poll, take)
    dragger.say("XdndDrop", 0, 0)
    until(lambda: "XdndFinished" in dict(dragger.heard), dragger.poll, take)
    heard = dict(dragger.heard)
    return {"accepted": heard["XdndStatus"][1], "finished": heard["XdndFinished"][1], "got": got}


def main() -> dict[str, Any]:
    """Open a window and drop three times onto it."""
    base, _notices = start_engine(EngineSettings(headless=False, size=(300, 200)))
    assert isinstance(base.win, GraphicsWindow)
    base.graphicsEngine.render_frame()
    target = window_id(base.win)
    drop = FileDrop(target)
    found = {
        "available": drop.available,
        "files": drag(drop, target, URI_LIST),
        "many types": drag(drop, target, "a/b", "c/d", "e/f", URI_LIST),
        "text": drag(drop, target, "text/plain"),
        "again": drag(drop, target, URI_LIST),
    }
    base.graphicsEngine.render_frame()
    drop.close()
    return found | {"after": drop.poll()}


if __name__ == "__main__":
    print(json.dumps(main()))  # noqa: T201
