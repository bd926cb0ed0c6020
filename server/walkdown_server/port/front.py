"""The front of a server process: its certificate, its limits, the encrypted port and the short codes.

One for all sessions of the process. What each session decides by itself is in ``door``.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

from walkdown.door import new_secret
from walkdown.errors import SettingsError
from walkdown.i18n import _
from walkdown.settings import ServerSettings
from walkdown_server.door import control
from walkdown_server.door.certificates import Certificate, certificate_of
from walkdown_server.door.codes import Codes
from walkdown_server.door.discovery import Discovery
from walkdown_server.door.doorkeeper import Doorkeeper
from walkdown_server.door.gate import ALL_ADDRESSES, OpenGate, is_open_to_invited
from walkdown_server.door.limits import Limits
from walkdown_server.door.posts import Posts
from walkdown_server.door.terms import Terms, read_origins
from walkdown_server.hosting import Hosted, data_folder, session_folder

_log = logging.getLogger(__name__)


class Front:
    """What stands between the network and the sessions.

    Args:
        settings: of the server. find: returns a session by its name.
        listen: takes encrypted connections of bound sockets.

    Raises:
        SettingsError: the certificate cannot be used, or settings contradict each other.

    Attributes:
        terms: on what connections are taken. gate: how people from elsewhere get here.
    """

    def __init__(
        self,
        settings: ServerSettings,
        *,
        find: Callable[[str], Hosted | None],
        listen: Callable[[list[socket.socket]], None],
    ) -> None:
        check_terms(settings)
        self._settings, self._find = settings, find
        self._port = 0
        self._certificate = certificate_of(settings, folder=data_folder(settings))
        self._discovery = Discovery()
        self._token = new_secret()
        loop = asyncio.get_running_loop()
        codes = Codes(secs=loop.time, on_open=self._answer_questions)
        limits = Limits()
        self.terms = Terms(
            self._certificate,
            Posts(self._doorkeeper, codes=codes, limits=limits, token=self._token, secs=loop.time),
            limits,
            encrypted=is_encrypted(settings),
            insecure_lan=settings.insecure_lan,
            lock_loopback=settings.lock_loopback,
            origins=read_origins(settings.origins),
        )
        self._codes = codes
        folder = data_folder(settings)
        self.gate = OpenGate(settings, self._certificate, listen=listen, codes=codes, folder=folder)

    # ---- sessions -------------------------------------------------------------------------------------

    def welcome(self, hosted: Hosted) -> None:
        """Let people be invited to a session that was opened."""
        hosted.room.doorkeeper.gate = self.gate
        if self._port:
            self._write_control(hosted)

    def forget(self, hosted: Hosted) -> None:
        """Let commands not find a session that is shut."""
        control.remove(self._folder(hosted))

    def listening(self, port: int, sessions: Iterable[Hosted]) -> None:
        """Learn where the server listens."""
        self._port = port
        self.gate.main_port_is(port)
        for hosted in sessions:
            self.welcome(hosted)

    def let_back_in(self, sessions: Iterable[Hosted]) -> None:
        """Open the port of an earlier run again if an invitation to one of the sessions still stands."""
        rooms = [hosted.room for hosted in sessions]
        if any(room.session.kept_register.stands_open(room.session_ns()) for room in rooms):
            self.gate.open_again()

    def reload(self) -> None:
        """Show a certificate that has been renewed; who is here stays."""
        before = self._certificate.fingerprint
        try:
            self._certificate.reload()
        except SettingsError as error:
            _log.error("the certificate stays as it was: %s", error)
        if self._certificate.fingerprint != before:
            _log.warning("the certificate was read again; links with an earlier fingerprint open nothing now")

    def close(self) -> None:
        """Answer no questions any more."""
        self._discovery.close()

    # ---- inside ---------------------------------------------------------------------------------------

    def _doorkeeper(self, session: str) -> Doorkeeper | None:
        hosted = self._find(session)
        return hosted.room.doorkeeper if hosted is not None else None

    def _answer_questions(self, port: int) -> None:
        self._discovery.answer_while(self._codes, port=port, fingerprint=self._certificate.fingerprint)

    def _write_control(self, hosted: Hosted) -> None:
        name, encrypted = hosted.room.contents.name, self.terms.encrypted
        fingerprint = self._certificate.fingerprint.hex() if encrypted else ""
        made = control.Control(name, _reached_at(self._settings.host), self._port, self._token, fingerprint)
        try:
            control.write(self._folder(hosted), made)
        except OSError as error:
            _log.warning("'walkdown invite' will not find this session: %s", error)

    def _folder(self, hosted: Hosted) -> Path:
        return session_folder(hosted.settings)


def is_encrypted(settings: ServerSettings) -> bool:
    """Tell whether a server's main port speaks TLS: when others can reach it, or a certificate was named."""
    named = settings.tls_cert is not None
    return named or is_open_to_invited(settings)


def check_terms(settings: ServerSettings) -> None:
    """Refuse settings that contradict each other, and files for TLS that cannot be used.

    Raises:
        SettingsError: says which.
    """
    if settings.insecure_lan and settings.tls_cert is not None:
        raise SettingsError(
            _("--insecure-lan means no encryption, and --tls-cert means it: leave out one of them.")
        )
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise SettingsError(
            _("--tls-cert and --tls-key belong together: name the certificate and its key, or neither.")
        )
    if settings.tls_cert is not None and settings.tls_key is not None:
        Certificate(settings.tls_cert, settings.tls_key)


def _reached_at(host: str) -> str:
    """Return the address under which this computer reaches a server that listens there."""
    if host in ALL_ADDRESSES:
        return "::1" if ":" in host else "127.0.0.1"
    return host
