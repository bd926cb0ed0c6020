"""``walkdown top``: what a running server measures of itself, in a terminal, each second anew.

It speaks HTTP only and so knows of a server no more than its page ``/metrics``.
"""

from __future__ import annotations

import contextlib
import http.client
import math
import ssl
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from walkdown.errors import BadInput, Missing, Refused
from walkdown.i18n import _, ngettext
from walkdown_server.access import is_loopback
from walkdown_server.measures.figures import Change, Reading, read_page

READ_SECS = 1.0
TIMEOUT_SECS = 5.0
HTTP_PORT, TLS_PORT = 80, 443
UNKNOWN = "–"
UPRIGHT_MAX = 5
"""So many sessions stand side by side, more of them below each other."""

ENCRYPTED = ("https", "wss", "walkdown")
PLAIN = ("http", "ws")


class Source:
    """Where the page comes from: one connection, opened again when it breaks.

    Args:
        url: of the server, ``http://HOST:PORT`` or the link that one joins by.

    Raises:
        BadInput: it is no address.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in (*ENCRYPTED, *PLAIN) or not parts.hostname:
            raise BadInput(
                _("{url} is no address of a server; expected for instance http://127.0.0.1:8765").format(
                    url=url.partition("#")[0]
                )
            )
        secure = parts.scheme in ENCRYPTED
        self.name = f"{parts.hostname}:{parts.port or (TLS_PORT if secure else HTTP_PORT)}"
        self._host, self._port = parts.hostname, parts.port
        self._context = _trust(parts.hostname) if secure else None
        self._connection: http.client.HTTPConnection | None = None

    def read(self) -> Reading:
        """Return the page as it is now.

        Raises:
            Missing: nobody answers. Refused: the server does not show it, or it is none.
        """
        status, page = self._answer()
        if status == http.HTTPStatus.FORBIDDEN:
            raise Refused(
                "metrics",
                _(
                    "{server} shows its figures on its own computer only; run this there, or start it with "
                    "--metrics-open."
                ).format(server=self.name),
            )
        if status != http.HTTPStatus.OK:
            raise Refused(
                "metrics", _("{server} answers HTTP {status}.").format(server=self.name, status=status)
            )
        return read_page(page, secs=time.monotonic())

    def close(self) -> None:
        """Close the connection; the next reading opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _answer(self) -> tuple[int, str]:
        """Return status and page; a server on this computer may be encrypted without our knowing."""
        try:
            return self._get()
        except ssl.SSLCertVerificationError:
            text = _("Nobody vouches for the certificate of {server}; run this on its own computer.")
            raise Missing(text.format(server=self.name)) from None
        except (OSError, http.client.HTTPException):
            self.close()
            if self._context is None and is_loopback(self._host):
                self._context = _trust(self._host)
                try:
                    return self._get()
                except (OSError, http.client.HTTPException):
                    self.close()
                    self._context = None
            text = _("No server answers at {server}; is it running, and is that its address?")
            raise Missing(text.format(server=self.name)) from None

    def _get(self) -> tuple[int, str]:
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request("GET", "/metrics")
        with self._connection.getresponse() as response:
            return response.status, response.read().decode("utf-8", "replace")

    def _connect(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECS)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=TIMEOUT_SECS, context=self._context
        )


def _trust(host: str) -> ssl.SSLContext:
    """Return whom to believe: on this computer anyone, since nothing secret is said."""
    context = ssl.create_default_context()
    if is_loopback(host):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


# ---- what is shown ----------------------------------------------------------------------------------


def milliseconds(secs: float) -> str:
    """Return a short time."""
    if not math.isfinite(secs):
        return UNKNOWN
    return f"{secs * 1000:.1f} ms" if secs < 0.1 else f"{secs * 1000:.0f} ms"


def amount(count: float) -> str:
    """Return a number with a factor, for instance ``1.2 M``."""
    if not math.isfinite(count):
        return UNKNOWN
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.1f} {letter}"
    return f"{count:.0f}"


def _columns() -> Sequence[tuple[str, Callable[[Change, str], str]]]:
    def delays(kind: str) -> Callable[[Change, str], str]:
        return lambda change, session: milliseconds(
            change.now.value(f"{kind}_delay_seconds", session=session, quantile="0.95") or math.nan
        )

    def gauge(name: str) -> Callable[[Change, str], str]:
        return lambda change, session: amount(change.now.value(name, session=session))

    def spread(name: str, share: float) -> Callable[[Change, str], str]:
        return lambda change, session: milliseconds(change.percentile(name, session, share))

    def rate(name: str) -> Callable[[Change, str], str]:
        return lambda change, session: amount(change.rate(name, session))

    return (
        (_("people"), gauge("people")),
        (_("signals"), gauge("signals")),
        (_("tick p50"), spread("tick_seconds", 0.5)),
        (_("tick p95"), spread("tick_seconds", 0.95)),
        (_("frames/s"), rate("frames_total")),
        (_("bytes/s"), rate("frame_bytes_total")),
        (_("skipped/s"), rate("skipped_total")),
        (_("voice in/s"), rate("voice_packets_in_total")),
        (_("voice out/s"), rate("voice_packets_out_total")),
        (_("waiting"), gauge("pending_bytes")),
        (_("commit p99"), spread("commit_seconds", 0.99)),
        (_("resume p95"), spread("resume_seconds", 0.95)),
        (_("signal → client p95"), delays("signal")),
        (_("person → client p95"), delays("person")),
        (_("history"), gauge("history_bytes")),
    )


def shown(change: Change, name: str) -> RenderableType:
    """Return one line about the server and a table of its sessions."""
    sessions, columns = change.now.sessions(), _columns()
    rows = [[title, *(read(change, session) for session in sessions)] for title, read in columns]
    table = [["", *sessions], *rows]
    if len(sessions) > UPRIGHT_MAX:
        table = [list(line) for line in zip(*table, strict=True)]
    return Group(Text(_head(change, name)), _as_table(table))


def _as_table(lines: Sequence[Sequence[str]]) -> Table:
    made = Table()
    for place, title in enumerate(lines[0]):
        made.add_column(title, justify="right" if place else "left")
    for line in lines[1:]:
        made.add_row(*line)
    return made


def _head(change: Change, name: str) -> str:
    now = change.now
    connections = round(now.total("connections")) if math.isfinite(now.total("connections")) else 0
    parts = [
        name,
        ngettext("{count} connection", "{count} connections", connections).format(count=connections),
        _("CPU {share}").format(share=_cpu_share(change)),
        _("memory {size}B").format(size=amount(now.total("memory_bytes"))),
    ]
    energy = now.total("energy_watt_hours_per_person_hour")
    if math.isfinite(energy):
        parts.append(_("{energy:.2f} Wh per person and hour").format(energy=energy))
    return " · ".join(parts)


def _cpu_share(change: Change) -> str:
    if change.before is None:
        return UNKNOWN
    used = change.now.total("cpu_seconds_total") - change.before.total("cpu_seconds_total")
    return f"{max(0.0, used) / max(change.now.secs - change.before.secs, 1e-3):.0%}"


# ---- the command ------------------------------------------------------------------------------------


def top(
    url: Annotated[str, typer.Argument(help=_("Address of the server"))] = "http://127.0.0.1:8765",
    *,
    once: Annotated[bool, typer.Option("--once", help=_("Print one table and leave"))] = False,
) -> None:
    """Show live what a server measures of itself; q or Ctrl+C leaves."""
    source = Source(url)
    try:
        first = source.read()
        if once or not sys.stdout.isatty():
            Console().print(shown(Change(None, first), source.name))
        else:
            with contextlib.suppress(KeyboardInterrupt), keys() as pressed:
                watch(source, first, pressed)
    finally:
        source.close()


def watch(source: Source, first: Reading, pressed: Callable[[float], str]) -> None:
    """Show one reading after the other until q is pressed.

    Args:
        pressed: waits so many seconds for a key and returns it, "" for none.
    """
    change: Change = Change(None, first)
    with Live(shown(change, source.name), screen=True, auto_refresh=False) as live:
        while pressed(READ_SECS) not in ("q", "Q"):
            try:
                change = Change(change.now, source.read())
                live.update(shown(change, source.name), refresh=True)
            except Missing as error:
                live.update(Text(str(error)), refresh=True)


@contextlib.contextmanager
def keys() -> Iterator[Callable[[float], str]]:
    """Let single keys be read as long as the block lasts."""
    if sys.platform == "win32":
        yield _key_on_windows
        return
    import select
    import termios
    import tty

    def pressed(secs: float) -> str:
        ready, _writable, _failed = select.select([sys.stdin], [], [], secs)
        return sys.stdin.read(1) if ready else ""

    if not sys.stdin.isatty():
        yield _no_key
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin.fileno())
        yield pressed
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _no_key(secs: float) -> str:
    time.sleep(secs)
    return ""


def _key_on_windows(secs: float) -> str:
    import msvcrt

    ends = time.monotonic() + secs
    while time.monotonic() < ends:
        if msvcrt.kbhit():  # type: ignore[attr-defined]
            return str(msvcrt.getwch())  # type: ignore[attr-defined]
        time.sleep(0.05)
    return ""
