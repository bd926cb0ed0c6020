"""The fields of a topic, changed in place; two values of one field stand side by side until one is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from imgui_bundle import imgui

from walkdown.errors import BadInput
from walkdown.i18n import _, mark
from walkdown.messages import Topic
from walkdown_client.tools import intents as wish
from walkdown_client.tools.topic_intents import ChangeTopic, KeepMine, TakeTheirs
from walkdown_client.tools.topic_state import PROSE_MAX, TITLE_MAX, Clash, Typed
from walkdown_client.tools.topics import read_due
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.topic_pick import Line, pick
from walkdown_client.ui.panels.topic_words import FIELD_TEXT, due_colour, due_text, shown, today, warning
from walkdown_client.ui.theme import packed

LABEL_PX = 96.0
WRAPPED = imgui.InputTextFlags_.word_wrap.value
SHOWN_MAX = 200
TITLE_LINES_MAX, LINE_PX = 4, 20.5
LISTS = (
    ("status", "statuses"),
    ("type", "types"),
    ("priority", "priorities"),
    ("stage", "stages"),
    ("discipline", "disciplines"),
)
"""Fields whose words the session offers."""

DUES = (("+0", mark("Today")), ("+7", mark("1 week")), ("+14", mark("2 weeks")), ("", mark("None")))


@dataclass(frozen=True, slots=True)
class Card:
    """One topic on its card: what it is drawn with, and the wishes found so far."""

    frame: Frame
    topic: Topic
    found: list[wish.Intent]


def value_of(card: Card, field: str) -> Any:
    """Return what a field shows: what was put there and is on its way, else what stands."""
    sent = card.frame.view.topics.sent.get((card.topic.topic, field))
    return sent.value if sent is not None else getattr(card.topic, field)


def may_change(frame: Frame) -> bool:
    """Tell whether fields can be changed here."""
    return frame.may(ChangeTopic)


# ---- text ------------------------------------------------------------


def draw_title(card: Card) -> None:
    """Draw the title as lines to type in, as many as it needs."""
    frame, topic = card.frame, card.topic
    if not may_change(frame):
        frame.canvas.paragraph(topic.title, size_px=look.TITLE_PX)
        return
    before = _typed(card, "title")
    canvas, flags = frame.canvas, imgui.InputTextFlags_.ctrl_enter_for_new_line.value | WRAPPED
    room = imgui.get_content_region_avail().x - canvas.px(20)
    lines = min(int(canvas.width(before) / max(room, 1.0)) + 1, TITLE_LINES_MAX)
    height_px = LINE_PX * lines + 8
    text = canvas.text_area(
        "topic title", before, height_px=height_px, flags=flags, focus=_focus(card, "title")
    )
    _take(card, "title", before=before, text=text[:TITLE_MAX])
    draw_clash(card, "title")


def draw_description(card: Card) -> None:
    """Draw the description as an area to type in, as high as its text within limits."""
    frame, topic = card.frame, card.topic
    canvas = frame.canvas
    if not may_change(frame):
        canvas.paragraph(topic.description)
        return
    before = _typed(card, "description")
    lines = sum(1 + len(line) // 40 for line in before.split("\n"))
    text = canvas.text_area(
        "topic description",
        before,
        height_px=min(max(2, lines + 1), 10) * 19.0 + 8,
        flags=WRAPPED,
        focus=_focus(card, "description"),
    )
    if not before and not imgui.is_item_active():
        corner = imgui.get_item_rect_min()
        hint = _("What it is about")
        canvas.put(corner.x + canvas.px(8), corner.y + canvas.px(4), hint, colour=canvas.theme.muted)
    _take(card, "description", before=before, text=text[:PROSE_MAX])
    draw_clash(card, "description")


def _focus(card: Card, field: str) -> bool:
    """Tell whether a field is to get the keyboard now."""
    return card.frame.view.topics.takes_keyboard(field)


def _typed(card: Card, field: str) -> str:
    typed = card.frame.view.topics.typed.get((card.topic.topic, field))
    return typed.text if typed is not None else str(value_of(card, field))


def _take(card: Card, field: str, *, before: str, text: str) -> None:
    """Keep what is typed, and wish it when the field is left."""
    frame, topic = card.frame, card.topic
    key, desk = (topic.topic, field), frame.view.topics
    left = imgui.is_item_deactivated_after_edit()
    if imgui.is_key_pressed(imgui.Key.escape):
        return  # gives the change up, see ``dismiss_topic``
    if text != before:
        there = desk.typed.get(key)
        desk.typed[key] = Typed(text, there.base if there is not None else topic.number)
    typed = desk.typed.get(key)
    if left and typed is not None:
        plain = " ".join(typed.text.split()) if field == "title" else typed.text
        del desk.typed[key]
        if plain != getattr(topic, field) and (plain or field != "title"):
            card.found.append(ChangeTopic(topic.topic, ((field, plain),), typed.base))


# ---- two values of one field ------------------------------------------------------------


def draw_clash(card: Card, field: str) -> None:
    """Show what one had typed beside what somebody else has put there, and ask which shall stand."""
    frame, topic = card.frame, card.topic
    clash = frame.view.topics.clashes.get((topic.topic, field))
    if clash is None:
        return
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    imgui.indent(canvas.px(10))
    who = clash.by or _("Somebody")
    canvas.paragraph(
        _("{who} has changed this meanwhile.").format(who=who), warning(canvas), size_px=look.SMALL_PX
    )
    canvas.paragraph(_("Theirs: {text}").format(text=_plain(clash, mine=False)), size_px=look.SMALL_PX)
    canvas.paragraph(_("Mine: {text}").format(text=_plain(clash, mine=True)), size_px=look.SMALL_PX)
    imgui.push_id(field)
    if canvas.button(_("Keep mine")):
        card.found.append(KeepMine(topic.topic, field))
    imgui.same_line(0, canvas.px(4))
    if canvas.button(_("Take theirs"), primary=True):
        card.found.append(TakeTheirs(topic.topic, field))
    imgui.pop_id()
    imgui.unindent(canvas.px(10))
    below = imgui.get_cursor_screen_pos().y - canvas.px(4)
    imgui.get_window_draw_list().add_line((x, y), (x, below), packed(warning(canvas)), canvas.px(3))


def _plain(clash: Clash, *, mine: bool) -> str:
    text = plain_value(clash.mine if mine else clash.theirs)
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1].rstrip() + "…"


def plain_value(value: Any) -> str:
    """Return a field's value as people read it, "—" for nothing."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, tuple | list):
        return ", ".join(plain_value(one) for one in value) or "—"
    if isinstance(value, dict):
        return str(value.get("url") or (value.get("file") or {}).get("name") or "—")
    return str(value) if value not in (None, "") else "—"


# ---- lists ------------------------------------------------------------


def draw_lists(card: Card) -> None:
    """Draw the fields whose words the session offers, others being allowed."""
    topic, frame = card.topic, card.frame
    vocabulary = frame.world.review.vocabulary
    for field, name in LISTS:
        value = str(value_of(card, field))
        offered = getattr(vocabulary, name)
        chosen = _draw_list(
            frame, field, value=value, lines=[Line(word, shown(word), word) for word in offered]
        )
        if chosen is not None and chosen != value:
            card.found.append(ChangeTopic(topic.topic, ((field, chosen),)))
        draw_clash(card, field)


def _draw_list(frame: Frame, field: str, *, value: str, lines: list[Line]) -> str | None:
    label(frame, _(FIELD_TEXT[field]))
    if not may_change(frame):
        frame.canvas.text(shown(value) or "—")
        return None
    none = Line("", "—", _("none"))
    return pick(frame, field, shown(value) or "—", lines=[*lines, none] if value else lines)


def label(frame: Frame, text: str) -> None:
    """Draw the name of a field at the left; its value follows on the same line."""
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    canvas.put_clipped(x, y + canvas.px(4), text, width=canvas.px(LABEL_PX - 6), colour=canvas.theme.muted)
    imgui.set_cursor_screen_pos((x + canvas.px(LABEL_PX), y))


def draw_owner(card: Card) -> None:
    """Draw who is to see to it: somebody here, somebody that the session knows, or any name."""
    frame, topic = card.frame, card.topic
    label(frame, _(FIELD_TEXT["assigned"]))
    value = str(value_of(card, "assigned"))
    accepted = bool(value_of(card, "accepted")) and bool(value)
    text = f"{value} ✓" if accepted else value or _("nobody")
    if not may_change(frame):
        frame.canvas.text(text)
        return
    chosen = pick(frame, "assigned", text, lines=owner_lines(frame, none=bool(value)))
    if chosen is not None and chosen != value:
        card.found.append(ChangeTopic(topic.topic, owner_changes(frame, chosen)))
    draw_clash(card, "assigned")


def owner_lines(frame: Frame, *, none: bool) -> list[Line]:
    """Return who can be chosen as an owner: people here first, oneself on top."""
    me, people = frame.world.me, frame.world.people.values()
    here = sorted((p for p in people if p.kind == "person"), key=lambda p: (p.id != me, p.name.casefold()))
    lines = {p.name: Line(p.name, f"{p.name} ({_('you')})" if p.id == me else p.name) for p in here}
    for user in frame.world.review.vocabulary.users:
        lines.setdefault(user, Line(user, user))
    for user in known_owners(frame):
        lines.setdefault(user, Line(user, user))
    return [*lines.values(), Line("", _("nobody"))] if none else list(lines.values())


def known_owners(frame: Frame) -> list[str]:
    """Return who owns some topic already."""
    review = frame.world.review

    def found() -> list[str]:
        return sorted({topic.assigned for topic in review.topics.values() if topic.assigned})

    return frame.memory.of("topic owners", (id(review), review.revision // 64, len(review.topics)), found)


def owner_changes(frame: Frame, name: str) -> tuple[tuple[str, Any], ...]:
    """Return what changes with a new owner: their id when they are here; oneself accepts by that."""
    person = next((p for p in frame.world.people.values() if p.name == name), None)
    author = person.author if person is not None else ""
    is_me = person is not None and person.id == frame.world.me
    owner: tuple[tuple[str, Any], ...] = (("assigned", name), ("assigned_id", author))
    return (*owner, ("accepted", True)) if is_me and author else owner


# ---- when it is due ------------------------------------------------------------


def draw_due(card: Card) -> None:
    """Draw the due date: a field that understands several ways to write one, and quick choices."""
    frame, topic = card.frame, card.topic
    canvas, day = frame.canvas, today(frame)
    label(frame, _(FIELD_TEXT["due"]))
    if not may_change(frame):
        canvas.text(due_text(topic, day) or "—")
        return
    key, desk = (topic.topic, "due"), frame.view.topics
    before = _typed(card, "due")
    text = canvas.field("topic due", _("2026-12-03 or +14"), before, focus=_focus(card, "due"))
    left = imgui.is_item_deactivated_after_edit()
    if text != before and not imgui.is_key_pressed(imgui.Key.escape):
        desk.typed[key] = Typed(text, topic.number)
    error = draw_due_words(frame, text, topic=topic)
    if left and not error and key in desk.typed:
        typed = desk.typed.pop(key)
        due = read_due(typed.text, day)
        if due != topic.due:
            card.found.append(ChangeTopic(topic.topic, (("due", due),), typed.base))
    quick = draw_due_choices(frame)
    if quick is not None and quick != topic.due:
        desk.typed.pop(key, None)
        card.found.append(ChangeTopic(topic.topic, (("due", quick),)))
    draw_clash(card, "due")


def draw_due_words(
    frame: Frame, text: str, *, topic: Topic | None = None, indent_px: float = LABEL_PX
) -> bool:
    """Say in words when that is, or why it is no date; tells whether it is none."""
    canvas, day = frame.canvas, today(frame)
    try:
        due = read_due(text, day)
    except BadInput as error:
        canvas.paragraph(str(error), warning(canvas), size_px=look.SMALL_PX)
        return True
    status = topic.status if topic is not None else ""
    seen = Topic(title="", topic="", due=due, status=status)
    if due:
        indent = canvas.px(indent_px) + 0.01  # 0 would be the usual one
        imgui.indent(indent)
        canvas.text(due_text(seen, day), due_colour(canvas, seen, day), size_px=look.SMALL_PX)
        imgui.unindent(indent)
    return False


def draw_due_choices(frame: Frame) -> str | None:
    """Draw quick choices of a due date; returns the one that was clicked as a date, "" for none."""
    canvas = frame.canvas
    imgui.indent(canvas.px(LABEL_PX))
    clicked: str | None = None
    right = imgui.get_cursor_screen_pos().x + imgui.get_content_region_avail().x
    for place, (text, word) in enumerate(DUES):
        if place and imgui.get_item_rect_max().x + canvas.width(_(word)) + canvas.px(22) < right:
            imgui.same_line(0, canvas.px(4))
        if canvas.button(_(word)):
            clicked = read_due(text, today(frame))
    imgui.unindent(canvas.px(LABEL_PX))
    return clicked
