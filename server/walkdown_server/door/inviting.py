"""How a command on the server's machine gets a link from the server that runs there."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path

import msgspec

from walkdown.errors import BadInput, Missing, Refused
from walkdown.i18n import _
from walkdown.listing import sentence_of_names, server_name, session_path
from walkdown_server.door.control import INVITE_PATH, Control, Invited, InviteWish, read_all

PATIENCE_SECS = 10.0


def invitation(data: Path, session: str, wish: InviteWish) -> Invited:
    """Ask the server of a data folder for an invitation.

    Args:
        session: its name, "" when only one runs.

    Raises:
        Missing: none runs. BadInput: several run and none was named. Refused: it does not want to.
    """
    running = [(there, line) for there in read_all(data / "sessions") if (line := _connected(there))]
    try:
        there, line = _chosen(running, session, data)
        return _asked(there, line, wish)
    finally:
        for _there, line in running:
            line.close()


def what_it_does(wish: InviteWish) -> str:
    """Say whom a link lets in."""
    people = _("{count} people at most").format(count=wish.uses) if wish.uses else _("whoever has it")
    return _("Lets {people} in as {role} for {hours:g} h; the first line is the likeliest:").format(
        people=people, role=wish.role, hours=wish.hours
    )


def _chosen(
    running: Sequence[tuple[Control, socket.socket]], session: str, data: Path
) -> tuple[Control, socket.socket]:
    found = [one for one in running if session in ("", one[0].session)]
    names = sorted({there.session for there, _line in running})
    if not running:
        raise Missing(
            _("No server runs with the data in {data}: start one, or name its folder by --data.").format(
                data=data
            )
        )
    if not found:
        raise Missing(
            _("No session {name!r} runs here; there is {names}.").format(
                name=session, names=sentence_of_names(names)
            )
        )
    if len(found) > 1:
        raise BadInput(
            _("Several sessions run here, name one by --session: {names}.").format(
                names=sentence_of_names(names)
            )
        )
    return found[0]


def _connected(there: Control) -> socket.socket | None:
    """Return a connection to a server that is still the one of its file, None when it is not there."""
    try:
        line = socket.create_connection((there.host, there.port), PATIENCE_SECS)
    except OSError:
        return None
    if not there.fingerprint:
        return line
    try:
        return _encrypted(there, line)
    except OSError:
        line.close()
        return None


def _encrypted(there: Control, line: socket.socket) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is known by its fingerprint
    wrapped = context.wrap_socket(line, server_hostname=server_name(there.session))
    shown = hashlib.sha256(wrapped.getpeercert(binary_form=True) or b"").hexdigest()
    if not hmac.compare_digest(shown, there.fingerprint):
        wrapped.close()
        raise ConnectionError("another certificate")
    return wrapped


def _asked(there: Control, line: socket.socket, wish: InviteWish) -> Invited:
    talk = http.client.HTTPConnection(there.host, there.port, timeout=PATIENCE_SECS)
    talk.sock = line
    headers = {"Authorization": f"Bearer {there.token}", "Content-Type": "application/json"}
    path = session_path(there.session) + INVITE_PATH
    try:
        talk.request("POST", path, json.dumps(msgspec.to_builtins(wish)), headers)
        answer = talk.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise Missing(_("The server does not answer: {reason}.").format(reason=error)) from error
    if answer.status != http.client.OK:
        raise Refused("invite", body.decode(errors="replace").strip())
    return msgspec.json.decode(body, type=Invited)
