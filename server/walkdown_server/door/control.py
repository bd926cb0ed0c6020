"""The file by which a command on the server's machine finds the running server and may ask it for a link.

It lies in the session's folder, readable by its owner alone, and holds 128 random bits that are new at every
start. Whoever can read it can read the journal too.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from walkdown.messages import Role
from walkdown_server import secret_files

CONTROL_FILE = "control"
INVITE_PATH = "/invite"


class Control(msgspec.Struct, frozen=True):
    """Where the server of a session is.

    Attributes:
        session: its name. host, port: where it listens. token: shows that this file was read.
        fingerprint: of its certificate, hexadecimal; "" when it listens without TLS.
    """

    session: str
    host: str
    port: int
    token: str
    fingerprint: str = ""

    def __repr__(self) -> str:
        """Leave out the token."""
        return f"Control({self.session!r}, {self.host!r}, {self.port})"


class InviteWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST /SESSION/invite``, JSON: as in ``walkdown.messages.Invite``."""

    role: Role = "participant"
    hours: Annotated[float, Meta(gt=0, le=24 * 366)] = 8.0
    uses: Annotated[int, Meta(ge=0, le=100_000)] = 0
    code: bool = False


class Invited(msgspec.Struct, frozen=True):
    """The answer, JSON: a link for each address, the likeliest first, and a short code or ""."""

    links: tuple[str, ...]
    expires_ns: int
    code: str = ""


def write(folder: Path, control: Control) -> None:
    """Say where the server of a session is."""
    secret_files.replace(folder / CONTROL_FILE, msgspec.json.encode(control))


def remove(folder: Path) -> None:
    """Say that there is none."""
    with contextlib.suppress(OSError):
        (folder / CONTROL_FILE).unlink()


def read_all(sessions: Path) -> list[Control]:
    """Return what every session's file says; a server that was killed may be long gone."""
    found = []
    for path in sorted(sessions.glob(f"*/{CONTROL_FILE}")):
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            found.append(msgspec.json.decode(path.read_bytes(), type=Control))
    return found
