"""The inspector on the right: what the selected thing is, how it is, and what it belongs to."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from imgui_bundle import imgui

from walkdown.errors import WalkdownError
from walkdown.i18n import _
from walkdown.package import Scalar
from walkdown.twin import Thing
from walkdown_client.inventory import Inventory, Labels
from walkdown_client.tools import intents as wish
from walkdown_client.tools.topic_intents import BeginTopic
from walkdown_client.twin_index import NOTHING
from walkdown_client.ui import rows as what
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.belongings import draw_notes, draw_relations
from walkdown_client.ui.panels.many import Rows, draw_many, draw_many_head, selected_rows
from walkdown_client.ui.panels.pairs import copy_tip, draw_pair
from walkdown_client.ui.panels.properties import draw_properties
from walkdown_client.ui.panels.side import limited_width
from walkdown_client.ui.panels.topic_of_thing import draw_topics_of
from walkdown_client.ui.panels.values import draw_values

log = logging.getLogger(__name__)

NAME = "inspector"


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the inspector for what is selected."""
    rect, thing = frame.layout.right, _selected_thing(frame)
    inventory = what.inventory_of(frame)
    many = selected_rows(frame, inventory) if inventory is not None else ()
    if rect is None or (thing is None and frame.view.element is None and len(many) < 2):
        return []
    with frame.canvas.window(NAME, rect, flags=imgui.WindowFlags_.no_focus_on_appearing):
        found = list(_draw_content(frame, thing, inventory, many=many))
        moved, preferences = frame.canvas.edge(rect.x + frame.canvas.px(3), rect), frame.view.preferences
        preferences.right_width = limited_width(preferences.right_width - moved)
    return found


def _selected_thing(frame: Frame) -> Thing | None:
    selected = frame.view.selected
    return frame.world.twin.thing(selected) if frame.world.twin.has_thing(selected) else None


def _draw_content(
    frame: Frame, thing: Thing | None, inventory: Inventory | None, *, many: Sequence[int] | Rows
) -> Iterator[wish.Intent]:
    if inventory is not None and len(many) > 1:
        yield from _draw_many(frame, inventory, np.asarray(many, np.intp))
    elif frame.view.element is not None or thing is None:
        yield from _draw_element(frame, inventory)
    else:
        yield from _draw_thing(frame, thing, inventory)
    imgui.dummy((0, frame.canvas.px(8)))


def _draw_thing(frame: Frame, thing: Thing, inventory: Inventory | None) -> Iterator[wish.Intent]:
    yield from _draw_head(frame, thing)
    yield from _draw_actions(frame, thing.id)
    yield from draw_values(frame, thing)
    yield from _draw_identity(frame, thing, inventory)
    _draw_functions(frame, thing)
    yield from draw_relations(frame, thing)
    yield from draw_topics_of(frame, thing.id)
    yield from draw_notes(frame, thing)
    yield from _draw_row_properties(frame, inventory, key=thing.id, known=thing.properties)


def _draw_many(frame: Frame, inventory: Inventory, rows: Rows) -> Iterator[wish.Intent]:
    x, y = imgui.get_cursor_screen_pos()
    width = imgui.get_content_region_avail().x
    draw_many_head(frame, len(rows))
    if _close_button(frame, x, y, width=width):
        yield wish.SelectThing("")
    yield from _draw_actions(frame, "")
    yield from draw_many(frame, inventory, rows)


# ---- head -------------------------------------------------------------------------------------------


def _draw_head(frame: Frame, thing: Thing) -> Iterator[wish.Intent]:
    """Draw name and type, and the state of what has one."""
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    width, text = imgui.get_content_region_avail().x, thing.type
    indent = 0.0
    thing_row = frame.world.twin.thing_row[thing.id]
    if what.has_state(frame, thing_row):
        state = int(frame.world.thing_states[thing_row])
        canvas.state(x + canvas.px(9), y + canvas.px(12), state, radius_px=8)
        text, indent = f"{_(look.STATE_WORDS[state])} · {thing.type}", canvas.px(26)
    _draw_title(frame, thing.name, text, indent=indent)
    if _close_button(frame, x, y, width=width):
        yield wish.SelectThing("")


def _draw_title(frame: Frame, name: str, below: str, *, indent: float = 0.0) -> None:
    canvas = frame.canvas
    x, y = imgui.get_cursor_screen_pos()
    room = imgui.get_content_region_avail().x - indent - canvas.px(34)
    canvas.put(x + indent, y, canvas.fitting(name, room, look.TITLE_PX), size_px=look.TITLE_PX)
    below = canvas.fitting(below, room, look.SMALL_PX)
    canvas.put(x + indent, y + canvas.px(25), below, colour=canvas.theme.muted, size_px=look.SMALL_PX)


def _close_button(frame: Frame, x: float, y: float, *, width: float) -> bool:
    canvas = frame.canvas
    imgui.set_cursor_screen_pos((x + width - canvas.px(24), y - canvas.px(2)))
    closed = canvas.icon_button("close", _("Close"), size_px=24)
    imgui.set_cursor_screen_pos((x, y + canvas.px(46)))
    return closed


def _draw_actions(frame: Frame, key: str, *, is_thing: bool = True) -> Iterator[wish.Intent]:
    """Draw what can be done with the selection; ``key`` is empty when it is more than one."""
    buttons: list[tuple[str, str, wish.Intent]] = [
        ("frame", _("Frame the selection"), wish.FrameSelection()),
        ("isolate", _("Show only the selection"), wish.IsolateSelection()),
        ("ghost", _("See through the selection"), wish.GhostSelection()),
        ("hide", _("Hide the selection"), wish.HideSelection()),
    ]
    if key and is_thing and frame.may(wish.BeginNote):
        buttons.append(("notes", _("Place a note here"), wish.BeginNote(key)))
    if key and frame.may(BeginTopic):
        buttons.append(("topics", _("Make a topic of it"), BeginTopic(key)))
    if key:
        buttons.append(("copy", _("Copy the id"), wish.CopyText(key)))
    for icon, tip, intent in buttons:
        if frame.canvas.icon_button(icon, tip, name="head"):
            yield intent
        imgui.same_line(0, frame.canvas.px(2))
    imgui.dummy((1, frame.canvas.px(28)))


# ---- what it is -------------------------------------------------------------------------------------


def _draw_identity(frame: Frame, thing: Thing, inventory: Inventory | None) -> Iterator[wish.Intent]:
    frame.canvas.section(_("Identity"))
    yield from _draw_id(frame, thing.id, inventory)
    yield from _draw_kin(frame, inventory, key=thing.id, kind=thing.type)
    for label, text in ((_("Maker"), thing.maker), (_("Model"), thing.model)):
        if text:
            draw_pair(frame, label, text, tip=text)
    serial = thing.serial
    if serial and draw_pair(frame, _("Serial number"), serial, icon="copy", tip=copy_tip(serial)):
        yield wish.CopyText(serial)


def _draw_id(frame: Frame, key: str, inventory: Inventory | None) -> Iterator[wish.Intent]:
    """Draw an id as people read it; what is copied is all of it."""
    row = NOTHING if inventory is None else inventory.row_of(key)
    shown = key if inventory is None or row == NOTHING else inventory.readable_keys[row]
    if draw_pair(frame, _("Id"), shown, icon="copy", tip=copy_tip(key)):
        yield wish.CopyText(key)


def _draw_kin(frame: Frame, inventory: Inventory | None, *, key: str, kind: str) -> Iterator[wish.Intent]:
    """Draw type, model file, storey and system; a click selects all that share it."""
    row = NOTHING if inventory is None else inventory.row_of(key)
    if inventory is None or row == NOTHING:
        draw_pair(frame, _("Type"), kind)
        return
    kin = (
        (_("Type"), inventory.types, _("Click to select all {count} of this type")),
        (_("Storey"), inventory.storey_names, _("Click to select all {count} in this storey")),
        (_("System"), inventory.systems, _("Click to select all {count} of this system")),
        (_("File"), inventory.model_names, ""),
    )
    for label, labels, tip in kin:
        if not (text := labels.of(row)):
            continue
        many = _kin(frame, inventory, labels, label=label, text=text)
        tip = f"{text}\n" + tip.format(count=words.number(len(many)))
        if draw_pair(frame, label, text, icon="select" if labels is not kin[-1][1] else "", tip=tip.strip()):
            yield what.select_all(inventory, many.tolist())


def _kin(frame: Frame, inventory: Inventory, labels: Labels, *, label: str, text: str) -> Rows:
    """Return the rows of a label that can be found."""

    def look_up() -> Rows:
        rows = labels.rows(text)
        return rows[inventory.findable[rows]]

    return frame.memory.of(f"kin {label}", (id(labels), text), look_up)


def _draw_functions(frame: Frame, thing: Thing) -> None:
    if not thing.functions:
        return
    frame.canvas.section(_("Functions"))
    for text in thing.functions:
        shown = text
        frame.canvas.paragraph(shown[:1].upper() + shown[1:])


def _draw_row_properties(
    frame: Frame, inventory: Inventory | None, *, key: str, known: Mapping[str, Scalar]
) -> Iterator[wish.Intent]:
    """Draw the properties that a model gives, or those that are known without one."""

    def read() -> Mapping[str, Scalar]:
        row = NOTHING if inventory is None else inventory.row_of(key)
        try:
            return known if inventory is None or row == NOTHING else inventory.properties(row)
        except WalkdownError as error:
            log.warning("the properties of %s cannot be shown: %s", key, error)
            return known

    properties = frame.memory.of("row properties", (id(inventory), key), read)
    yield from draw_properties(frame, properties, of=key)


# ---- an element without a thing ---------------------------------------------------------------------


def _draw_element(frame: Frame, inventory: Inventory | None) -> Iterator[wish.Intent]:
    element, canvas = frame.view.element, frame.canvas
    if element is None:
        return
    x, y = imgui.get_cursor_screen_pos()
    width = imgui.get_content_region_avail().x
    _draw_title(frame, element.name or element.key, element.kind)
    if _close_button(frame, x, y, width=width):
        yield wish.SelectThing("")
    yield from _draw_actions(frame, element.key, is_thing=False)
    canvas.section(_("Identity"))
    yield from _draw_id(frame, element.key, inventory)
    row = NOTHING if inventory is None else inventory.row_of(element.key)
    if inventory is None or row == NOTHING:
        draw_pair(frame, _("File"), element.package)
    yield from _draw_kin(frame, inventory, key=element.key, kind=element.kind)
    whole = NOTHING if inventory is None or row == NOTHING else inventory.whole_of(row)
    if inventory is not None and whole != NOTHING:
        if draw_pair(frame, _("Part of"), inventory.names[whole], icon="go"):
            yield what.select(inventory, whole)
    elif frame.world.catalogue.signals:
        canvas.paragraph(
            _("No thing of the twin is bound to this element, so it has no values."),
            canvas.theme.muted,
            size_px=look.SMALL_PX,
        )
    yield from draw_topics_of(frame, element.key)
    yield from _draw_row_properties(frame, inventory, key=element.key, known={})
