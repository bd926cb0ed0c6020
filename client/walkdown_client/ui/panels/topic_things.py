"""What a topic is about and belongs to: things, labels, other topics, links, documents and attached files."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import Document
from walkdown_client.tools import intents as wish
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.topic_state import file_icon
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import entered
from walkdown_client.ui.panels.topic_fields import Card, draw_clash, label, may_change, value_of
from walkdown_client.ui.panels.topic_pick import Line, pick
from walkdown_client.ui.panels.topic_views import draw_picture
from walkdown_client.ui.panels.topic_words import FIELD_TEXT, draw_standing, number_of, warning

ROW_PX, PICTURE_PX = 26.0, 110.0
THINGS_SHOWN = 30
MANY = 100
"""Of so many topics, or twice as many, the list to choose from is made anew after each change, or two."""


def draw(card: Card) -> None:
    """Draw all but the labels, each part with what can be added to it."""
    _draw_things(card)
    _draw_related(card)
    _draw_links(card)
    _draw_documents(card)


def _change(card: Card, field: str, values: Sequence[Any]) -> None:
    card.found.append(topics.ChangeTopic(card.topic.topic, ((field, tuple(values)),)))


def _row(card: Card, name: str, text: str, *, icon: str = "", colour: Any = None) -> tuple[bool, bool, Rect]:
    """Draw a line with a cross at its end; tells whether the line, and whether the cross was clicked."""
    canvas = card.frame.canvas
    imgui.set_next_item_allow_overlap()
    rect, clicked = canvas.row(name, height_px=ROW_PX)
    x = rect.x + canvas.px(2)
    if icon:
        canvas.icon(icon, x, rect.y + canvas.px(5), size_px=15, colour=canvas.theme.muted)
        x += canvas.px(22)
    room = rect.x + rect.width - canvas.px(28) - x
    canvas.put_clipped(x, rect.y + canvas.px(3), text, width=room, colour=colour)
    removed = False
    if may_change(card.frame):
        after = imgui.get_cursor_screen_pos()
        imgui.set_cursor_screen_pos((rect.x + rect.width - canvas.px(24), rect.y + canvas.px(2)))
        removed = canvas.icon_button("close", _("Take it away"), size_px=22, name=name)
        imgui.set_cursor_screen_pos(after)
        imgui.dummy((0, 0))
    return clicked and not removed, removed, rect


# ---- labels -------------------------------------------------------------------------------------------


def draw_labels(card: Card) -> None:
    """Draw the labels side by side, and a list from which one more is chosen or typed."""
    canvas, frame = card.frame.canvas, card.frame
    labels: tuple[str, ...] = tuple(value_of(card, "labels"))
    label(frame, _(FIELD_TEXT["labels"]))
    if not may_change(frame):
        canvas.paragraph(", ".join(labels) or "—")
        return
    offered = [Line(word, word) for word in frame.world.review.vocabulary.labels if word not in labels]
    chosen = pick(frame, "labels", ", ".join(labels) or "—", lines=[*offered, *_removals(labels)])
    if chosen is not None:
        rest = tuple(word for word in labels if word != chosen)
        _change(card, "labels", rest if chosen in labels else (*labels, chosen))
    draw_clash(card, "labels")


def _removals(labels: tuple[str, ...]) -> list[Line]:
    return [Line(word, _("without {label}").format(label=word)) for word in labels]


# ---- things -------------------------------------------------------------------------------------------


def _draw_things(card: Card) -> None:
    frame, canvas = card.frame, card.frame.canvas
    things: tuple[str, ...] = tuple(value_of(card, "things"))
    canvas.section(_("About"), words.number(len(things)) if things else "")
    knows = frame.facts.topics.knows
    for thing in things[:THINGS_SHOWN]:
        gone = knows(thing) is False
        text = (
            f"{name_of(frame, thing)} · {_('not in the models any more')}" if gone else name_of(frame, thing)
        )
        clicked, removed, _rect = _row(
            card, f"thing {thing}", text, icon="models", colour=warning(canvas) if gone else None
        )
        if clicked and not gone:
            card.found.append(wish.FlyToThing(thing) if frame.world.twin.has_thing(thing) else _select(thing))
        if removed:
            _change(card, "things", [one for one in things if one != thing])
    if len(things) > THINGS_SHOWN:
        canvas.muted(_("and {count} more").format(count=words.number(len(things) - THINGS_SHOWN)))
    _draw_adding_things(card, things)
    draw_clash(card, "things")


def _select(element: str) -> wish.Intent:
    return wish.SelectThings((), (element,))


def name_of(frame: Frame, thing: str) -> str:
    """Return what people call a thing; of what is not known its id, shortened."""
    if frame.world.twin.has_thing(thing):
        return frame.world.twin.thing(thing).name or thing
    return thing if len(thing) <= 40 else f"{thing[:39]}…"


def _draw_adding_things(card: Card, things: tuple[str, ...]) -> None:
    frame, view = card.frame, card.frame.view
    new = [key for key in (*view.selection, *view.elements) if key not in things]
    if not may_change(frame) or not (new or not things):
        return
    if frame.canvas.button(_("Add the selection"), enabled=bool(new)):
        _change(card, "things", [*things, *new][:1000])
    frame.canvas.tip("" if new else _("Select in the scene what it is about"))


# ---- other topics ---------------------------------------------------------------------------------------


def _draw_related(card: Card) -> None:
    frame, canvas = card.frame, card.frame.canvas
    related: tuple[str, ...] = tuple(value_of(card, "related"))
    if not related and not may_change(frame):
        return
    canvas.section(_(FIELD_TEXT["related"]))
    for name in related:
        other = frame.world.review.topics.get(name)
        text = f"{number_of(other)} {other.title}" if other is not None else _("a topic that is not here")
        clicked, removed, rect = _row(card, f"related {name}", text, icon="topics")
        if other is not None:
            middle = rect.y + rect.height / 2
            draw_standing(canvas, rect.x + canvas.px(10), middle, status=other.status, radius_px=5)
        if clicked and other is not None:
            card.found.append(topics.OpenTopic(name))
        if removed:
            _change(card, "related", [one for one in related if one != name])
    if may_change(frame):
        chosen = pick(frame, "related", _("Add a topic…"), lines=lambda: _others(card, related), free=False)
        if chosen:
            _change(card, "related", (*related, chosen))
    draw_clash(card, "related")


def _others(card: Card, related: tuple[str, ...]) -> list[Line]:
    review, own = card.frame.world.review, card.topic.topic

    def lines() -> list[Line]:
        known = {own, *related}
        left = (topic for topic in review.topics.values() if topic.topic not in known)
        rows = sorted(left, key=lambda topic: -topic.index)
        return [Line(t.topic, f"{number_of(t)} {t.title}") for t in rows]

    changes = review.revision // max(1, len(review.topics) // MANY)
    return card.frame.memory.of("topic lines", (id(review), changes, own, related), lines)


# ---- links and documents ----------------------------------------------------------------------------------


def _draw_links(card: Card) -> None:
    frame, canvas = card.frame, card.frame.canvas
    links: tuple[str, ...] = tuple(value_of(card, "links"))
    if not links and not may_change(frame):
        return
    canvas.section(_(FIELD_TEXT["links"]))
    for place, link in enumerate(links):
        clicked, removed, _rect = _row(card, f"link {place}", link, icon="share")
        canvas.tip(_("Click to copy {text}").format(text=link))
        if clicked:
            card.found.append(wish.CopyText(link))
        if removed:
            _change(card, "links", [*links[:place], *links[place + 1 :]])
    typed = _adding(card, "link", _("Paste a link and press Enter"))
    if typed:
        _change(card, "links", (*links, typed[:2000])[:100])
    draw_clash(card, "links")


def _adding(card: Card, name: str, hint: str) -> str:
    """Draw a field for one more; returns what was entered, "" for nothing."""
    if not may_change(card.frame):
        return ""
    searches, key = card.frame.view.searches, f"topic {name}"
    searches[key] = card.frame.canvas.field(key, hint, searches.get(key, ""))
    done = imgui.is_item_deactivated_after_edit() and entered()
    return searches.pop(key).strip() if done else ""


def _draw_documents(card: Card) -> None:
    frame, canvas = card.frame, card.frame.canvas
    documents: tuple[Document, ...] = tuple(value_of(card, "documents"))
    if not documents and not frame.may(topics.AttachFile):
        return
    canvas.section(_("Documents and files"))
    for place, document in enumerate(documents):
        _draw_document(card, document, place, documents=documents)
    if not frame.may(topics.AttachFile):
        return
    if frame.facts.has_dialog and canvas.button(_("Attach a file…")):
        card.found.append(topics.AttachFile(card.topic.topic))
    typed = _adding(card, "document", _("Paste the address of a document, or the path of a file"))
    if typed.casefold().startswith(("http://", "https://")):
        _change(card, "documents", (*documents, document_at(typed)))
    elif typed:
        card.found.append(topics.AttachFile(card.topic.topic, typed))
    draw_clash(card, "documents")


def document_at(url: str) -> Document:
    """Return a document that lies elsewhere."""
    return Document(str(uuid.uuid4()), url=url[:2000])


def _draw_document(card: Card, document: Document, place: int, *, documents: tuple[Document, ...]) -> None:
    canvas, file = card.frame.canvas, document.file
    if file is not None and file_icon(file) == "picture":
        _draw_photo(card, document)
    text = document.url or document.description
    if file is not None:
        text = f"{file.name} · {words.size(file.size)}"
    icon = file_icon(file) if file is not None else "share"
    clicked, removed, _rect = _row(card, f"document {place}", text, icon=icon)
    canvas.tip(_("Click to save it on this computer") if file is not None else _("Click to copy the address"))
    if clicked and file is not None:
        card.found.append(topics.SaveAttached(file.name, file.sha256, file.size))
    elif clicked:
        card.found.append(wish.CopyText(document.url))
    if removed:
        _change(card, "documents", [*documents[:place], *documents[place + 1 :]])
    if document.description and document.url:
        canvas.paragraph(document.description, canvas.theme.muted, size_px=look.SMALL_PX)


def _draw_photo(card: Card, document: Document) -> None:
    file, canvas = document.file, card.frame.canvas
    if file is None:
        return
    x, y = imgui.get_cursor_screen_pos()
    size = (canvas.px(PICTURE_PX * 1.6), canvas.px(PICTURE_PX))
    if imgui.invisible_button(f"photo {document.document}", size):
        card.found.append(topics.ShowPicture(file.sha256))
    canvas.tip(_("See the picture large"))
    draw_picture(canvas, card.frame.facts.topics.picture(file.sha256), Rect(x, y, *size))
