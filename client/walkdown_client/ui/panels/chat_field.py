"""Where one writes to all: a field, links to the selection, and offers for what stands after ``@``."""

from __future__ import annotations

from collections.abc import Iterator

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.tools.chat_links import asked_for, label_of, link_of_selection, put_link, short
from walkdown_client.ui import rows as what
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.agenda_form import kept_on_escape, left_with_enter
from walkdown_client.ui.searching import answer

TEXT_MAX, OFFERS_MAX, OFFER_PX = 4000, 6, 24.0
FIELD_PX = 78.0


def field_height(frame: Frame) -> float:
    """Return how high the field and what belongs to it is, in pixels."""
    return frame.canvas.px(FIELD_PX + OFFER_PX * len(offers(frame)))


def draw_field(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the field; Enter writes to all, or takes the offer that is chosen."""
    canvas, form = frame.canvas, frame.view.together.chat
    choices = offers(frame)
    _draw_offers(frame, choices)
    focus = form.focus or imgui.is_window_appearing()
    form.focus = False
    typed = canvas.field(
        f"line {form.version}", _("Write to all; @ names things and people"), form.text, focus=focus
    )
    done = left_with_enter()
    active = imgui.is_item_active() or done
    form.text = kept_on_escape(form.text, typed[:TEXT_MAX])
    if active and choices:
        done = _choose(frame, choices, done=done)
    if done and form.text.strip():
        found.append(meet.SayLine())
    _draw_buttons(frame, found)


def _draw_buttons(frame: Frame, found: list[wish.Intent]) -> None:
    canvas, form = frame.canvas, frame.view.together.chat
    if canvas.button(_("Send"), primary=bool(form.text.strip()), enabled=bool(form.text.strip())):
        found.append(meet.SayLine())
    imgui.same_line(0, canvas.px(4))
    link = link_of_selection(frame.view)
    name = label_of(frame.world, link) if link else ""
    text = _("Link {thing}").format(thing=short(name)) if name else _("Link the selection")
    room = imgui.get_content_region_avail().x - canvas.px(18)
    if canvas.button(canvas.fitting(text, room), enabled=bool(link)):
        found.append(meet.InsertLink(link))
    canvas.tip("" if link else _("Select a thing first"))


def offers(frame: Frame) -> list[tuple[str, str, str]]:
    """Return (link, label, kind) of what could be meant by what stands after ``@``."""
    form = frame.view.together.chat
    asked = asked_for(form.text)
    if asked is None:
        return []
    revisions = (frame.world.people_revision, frame.world.review.revision, id(what.inventory_of(frame)))
    return frame.memory.of("chat offers", (asked, revisions), lambda: _find(frame, asked))


def _find(frame: Frame, asked: str) -> list[tuple[str, str, str]]:
    found = list(_people_and_topics(frame, asked.casefold()))
    inventory = what.inventory_of(frame)
    if inventory is not None and asked:
        rows = answer(frame, inventory, text=asked, name="chat").rows[:OFFERS_MAX]
        found += [
            (f"thing:{inventory.keys[row]}", inventory.names[row], inventory.kinds[row])
            for row in rows.tolist()
        ]
    return found[:OFFERS_MAX]


def _people_and_topics(frame: Frame, asked: str) -> Iterator[tuple[str, str, str]]:
    world, review = frame.world, frame.world.review
    own = rules.author_of(world)
    for person in sorted(world.people.values(), key=lambda person: person.name):
        if person.author and person.author != own and asked in person.name.casefold():
            yield f"person:{person.author}", person.name, _("person")
    if not asked:
        return
    for topic in review.topics.values():
        if asked in f"#{topic.index} {topic.title}".casefold():
            yield f"topic:{topic.topic}", f"#{topic.index} {topic.title}", _("topic")
    for view in review.views_of(""):
        if view.title and asked in view.title.casefold():
            yield f"viewpoint:{view.viewpoint}", view.title, _("view")


def _draw_offers(frame: Frame, choices: list[tuple[str, str, str]]) -> None:
    canvas, form = frame.canvas, frame.view.together.chat
    for place, (link, label, kind) in enumerate(choices):
        rect, clicked = canvas.row(f"offer {place}", height_px=OFFER_PX, chosen=place == form.choice)
        room = rect.width - canvas.px(84)
        canvas.put_clipped(rect.x, rect.y + canvas.px(2), label, width=room)
        text = canvas.fitting(kind, canvas.px(80), look.SMALL_PX)
        canvas.put_right(
            rect.x + rect.width, rect.y + canvas.px(4), text, colour=canvas.theme.muted, size_px=look.SMALL_PX
        )
        if clicked:
            put_link(form, link, label)


def _choose(frame: Frame, choices: list[tuple[str, str, str]], *, done: bool) -> bool:
    """Move the choice with arrow keys, take it with Enter or Tab; tells whether the line is to be sent."""
    form, key = frame.view.together.chat, imgui.Key
    form.choice = min(form.choice, len(choices) - 1)
    if imgui.is_key_pressed(key.down_arrow):
        form.choice = (form.choice + 1) % len(choices)
    if imgui.is_key_pressed(key.up_arrow):
        form.choice = (form.choice - 1) % len(choices)
    if done or imgui.is_key_pressed(key.tab, False):
        put_link(form, *choices[form.choice][:2])
        return False
    return done
