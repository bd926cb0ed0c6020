"""Every change of a topic in words, the newest first."""

from __future__ import annotations

from collections.abc import Iterator

from walkdown.i18n import _, mark
from walkdown.messages import TopicChange
from walkdown_client.ui import theme as look
from walkdown_client.ui.panels.topic_fields import Card, plain_value
from walkdown_client.ui.panels.topic_words import FIELD_TEXT, shown, when

VALUE_MAX, LINES_MAX = 120, 500
SILENT = ("assigned_id", "model")
"""Fields that say nothing to people."""

KIND_TEXT = {
    "topic": mark("made it"),
    "topic_changed": mark("changed it"),
    "topic_removed": mark("removed it"),
    "comment": mark("said something"),
    "comment_removed": mark("took a comment back"),
    "viewpoint": mark("kept a view"),
    "viewpoint_removed": mark("removed a view"),
    "mark": mark("drew or attached something"),
    "mark_removed": mark("removed a mark"),
    "vote": mark("called a vote"),
    "evidence": mark("wrote the evidence"),
}


def draw(card: Card) -> None:
    """Draw the changes as the server told them."""
    canvas, history = card.frame.canvas, card.frame.facts.topics.history
    if history is None or history.topic != card.topic.topic:
        waits = card.frame.world.link_state == "live"
        text = (
            _("The history is on its way…") if waits else _("The history comes when the connection is back.")
        )
        canvas.muted(text)
        return
    if history.text:
        canvas.paragraph(history.text, canvas.theme.muted, size_px=look.SMALL_PX)
    for change in tuple(reversed(history.changes))[:LINES_MAX]:
        moment = when(change.time_ns, now_ns=card.frame.world.session_ns)
        canvas.muted(f"{moment} · {_('the server') if change.kind == 'evidence' else change.author}")
        canvas.paragraph("\n".join(lines_of(change)), size_px=look.SMALL_PX)


def lines_of(change: TopicChange) -> Iterator[str]:
    """Yield in words what a change did."""
    fields = change.changes
    if change.kind == "topic_changed":
        known = [name for name in fields if name not in SILENT]
        yield from (_field_line(name, fields[name]) for name in known)
        if known:
            return
    said = str(fields.get("text", "")).strip() if change.kind == "comment" else ""
    yield _short(said) if said else _(KIND_TEXT.get(change.kind, "changed it"))


def _field_line(name: str, value: object) -> str:
    text = shown(value) if isinstance(value, str) else plain_value(value)
    field = _(FIELD_TEXT[name]) if name in FIELD_TEXT else name
    return f"{field}: {_short(text or '—')}"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= VALUE_MAX else plain[: VALUE_MAX - 1].rstrip() + "…"
