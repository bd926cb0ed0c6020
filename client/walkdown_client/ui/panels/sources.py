"""Where the values come from and how each source is doing."""

from __future__ import annotations

from walkdown.i18n import _, mark
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.pairs import draw_pair
from walkdown_client.ui.panels.side import scrolled, side_panel

NAME = "sources"
WORDS = {"connecting": mark("connecting"), "live": mark("live"), "down": mark("down")}
STATES = {"connecting": 4, "live": 1, "down": 5}
"""The state whose shape stands for a source's."""


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    sources = sorted(frame.world.sources.values(), key=lambda source: source.name)
    with side_panel(frame, NAME, _("Data sources")) as found, scrolled("rows"):
        _draw_server(frame)
        for source in sources:
            _draw_line(frame, source.name, _(WORDS[source.state]), state=STATES[source.state])
            if source.text:
                frame.canvas.paragraph(source.text, frame.canvas.theme.muted, size_px=look.SMALL_PX)
        _draw_delays(frame)
        if not sources:
            frame.canvas.empty(
                _("Brokers, recordings and the simulation are listed here."),
                _("This session has no source; “walkdown serve --bindings FILE.toml” binds one."),
            )
    return found


def _draw_delays(frame: Frame) -> None:
    """Draw how late things are, as this computer and as the server measures it."""
    latency, delays = frame.world.latency, frame.world.delays
    rows = (
        (_("Signal → picture"), latency.signal_p50, latency.signal_p95),
        (_("Signal → everyone"), delays.signal_p50, delays.signal_p95),
        (_("Move → picture"), latency.pose_p50, latency.pose_p95),
        (_("Move → everyone"), delays.person_p50, delays.person_p95),
        (_("Round trip"), latency.round_trip, 0.0),
        (_("Tick of the server"), 0.0, delays.tick_p95),
    )
    frame.canvas.section(_("How late it is"), _("typical · 19 of 20"))
    for label, half, most in rows:
        times = [words.milliseconds(secs) for secs in (half, most) if secs]
        draw_pair(frame, label, " · ".join(times) or words.UNKNOWN, label_share=0.6)
    frame.canvas.paragraph(
        _(
            "“Picture” is measured here, from the source's own time to your screen. “Everyone” is measured "
            "by the server, from the arrival there to the computers of all who are here."
        ),
        frame.canvas.theme.muted,
        size_px=look.SMALL_PX,
    )


def _draw_server(frame: Frame) -> None:
    status, welcome = frame.world.server_status, frame.world.welcome
    if welcome is None:
        return
    word = _("keeps notes") if status.writable else _("cannot keep notes")
    _draw_line(frame, welcome.server or _("Server"), word, state=1 if status.writable else 3)
    if status.text:
        frame.canvas.paragraph(status.text, frame.canvas.theme.muted, size_px=look.SMALL_PX)


def _draw_line(frame: Frame, name: str, word: str, *, state: int) -> None:
    canvas = frame.canvas
    rect, _clicked = canvas.row(f"source {name}")
    canvas.state(rect.x + canvas.px(7), rect.y + rect.height / 2, state)
    y = rect.y + canvas.px(3)
    canvas.put_right(rect.x + rect.width, y, word, colour=canvas.theme.muted)
    room = rect.width - canvas.px(30) - canvas.width(word)
    canvas.put_clipped(rect.x + canvas.px(20), y, name, width=room)
