"""The sessions of a server: where each is found on its port, and the list that it gives of them."""

from __future__ import annotations

import hashlib
from typing import Literal
from urllib.parse import quote

import msgspec

LIST_PATH = "/sessions"
SESSION_NAME_MAX = 80

SessionState = Literal["open", "starting", "moving", "unavailable"]


class SessionLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One session of a server.

    Attributes:
        state: whether it can be joined; ``text`` says why not.
        people: who are connected now. things, signals: how many its twin has.
        process: which process of the server it runs in, from 1; 0 when there is only one.
    """

    name: str
    state: SessionState
    text: str = ""
    people: int = 0
    things: int = 0
    signals: int = 0
    process: int = 0


class SessionList(msgspec.Struct, frozen=True):
    """What ``GET /sessions`` answers, as JSON; the first is the one that a client gets who names none."""

    sessions: tuple[SessionLine, ...] = ()


def session_path(name: str) -> str:
    """Return the path of a session's WebSocket; "" is the first session of the server."""
    return "/" + quote(name, safe="")


def server_name(session: str) -> str:
    """Return what a client that pins a certificate names in its TLS greeting, to be led to the session."""
    return hashlib.sha256(session.encode()).hexdigest()[:16] + ".walkdown"


def sentence_of_names(names: list[str], *, longest: int = 400) -> str:
    """Return names in quotes, as many as fit, and how many there are besides."""
    quoted = [repr(name) for name in names]
    shown: list[str] = []
    for name in quoted:
        if sum(map(len, shown)) + len(name) > longest:
            break
        shown.append(name)
    left = len(quoted) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")
