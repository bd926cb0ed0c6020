"""The inspector on the right: what the selected thing is, how it is, and what it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from imgui_bundle import imgui

from walkdown.i18n import _, mark
from walkdown.messages import Note
from walkdown.twin import Thing
from walkdown_client.tools import intents as wish
from walkdown_client.twin_index import Edge
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import limited_width
from walkdown_client.ui.panels.values import draw_values

NAME = "inspector"

ROWS_MAX = 40
"""Relations and properties beyond this are counted, not listed."""

RELATION_WORDS = {
    ("feeds", False): mark("fed by"),
    ("feeds", True): mark("feeds"),
    ("connects_to", True): mark("connects to"),
    ("connects_to", False): mark("connected to"),
    ("depends_on", True): mark("depends on"),
    ("depends_on", False): mark("needed by"),
    ("located_in", True): mark("located in"),
    ("part_of", True): mark("part of"),
    ("part_of", False): mark("has part"),
    ("located_in", False): mark("contains"),
}
"""In the order in which they are listed; True seen from the source."""


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the inspector for the selected thing or element."""
    rect, thing = frame.layout.right, _selected_thing(frame)
    if rect is None or (thing is None and frame.view.element is None):
        return []
    with frame.canvas.window(NAME, rect):
        found = list(_draw_element(frame) if thing is None else _draw_thing(frame, thing))
        moved, preferences = frame.canvas.edge(rect.x + frame.canvas.px(3), rect), frame.view.preferences
        preferences.right_width = limited_width(preferences.right_width - moved)
    return found


def _selected_thing(frame: Frame) -> Thing | None:
    selected = frame.view.selected
    return frame.world.twin.thing(selected) if frame.world.twin.has_thing(selected) else None


def _draw_thing(frame: Frame, thing: Thing) -> Iterator[wish.Intent]:
    yield from _draw_head(frame, thing)
    yield from _draw_actions(frame, thing.id)
    yield from draw_values(frame, thing)
    yield from _draw_identity(frame, thing)
    _draw_functions(frame, thing)
    yield from _draw_relations(frame, thing)
    yield from _draw_notes(frame, thing)
    _draw_properties(frame, [(name, words.plain(value)) for name, value in thing.properties.items()])
    imgui.dummy((0, frame.canvas.px(8)))


# ---- head -------------------------------------------------------------------------------------------


def _draw_head(frame: Frame, thing: Thing) -> Iterator[wish.Intent]:
    canvas = frame.canvas
    state = int(frame.world.thing_states[frame.world.twin.thing_row[thing.id]])
    x, y = imgui.get_cursor_screen_pos()
    width = imgui.get_content_region_avail().x
    canvas.state(x + canvas.px(9), y + canvas.px(12), state, radius_px=8)
    name = canvas.fitting(thing.name, width - canvas.px(60), look.TITLE_PX)
    canvas.put(x + canvas.px(26), y, name, size_px=look.TITLE_PX)
    words_of_state = f"{_(look.STATE_WORDS[state])} · {thing.type}"
    canvas.put(
        x + canvas.px(26), y + canvas.px(25), words_of_state, colour=canvas.theme.muted, size_px=look.SMALL_PX
    )
    if _close_button(frame, x, y, width=width):
        yield wish.SelectThing("")


def _close_button(frame: Frame, x: float, y: float, *, width: float) -> bool:
    canvas = frame.canvas
    imgui.set_cursor_screen_pos((x + width - canvas.px(24), y - canvas.px(2)))
    closed = canvas.icon_button("close", _("Close"), size_px=24)
    imgui.set_cursor_screen_pos((x, y + canvas.px(46)))
    return closed


def _draw_actions(frame: Frame, thing_id: str) -> Iterator[wish.Intent]:
    buttons: tuple[tuple[str, str, wish.Intent], ...] = (
        ("frame", _("Frame the selection"), wish.FrameSelection()),
        ("isolate", _("Show only the selection"), wish.IsolateSelection()),
        ("ghost", _("See through the selection"), wish.GhostSelection()),
        ("hide", _("Hide the selection"), wish.HideSelection()),
        ("notes", _("Place a note here"), wish.BeginNote(thing_id)),
        ("copy", _("Copy the id"), wish.CopyText(thing_id)),
    )
    for icon, tip, intent in buttons:
        if frame.canvas.icon_button(icon, tip, name="head"):
            yield intent
        imgui.same_line(0, frame.canvas.px(2))
    imgui.dummy((1, frame.canvas.px(28)))


# ---- what it is -------------------------------------------------------------------------------------


def _draw_identity(frame: Frame, thing: Thing) -> Iterator[wish.Intent]:
    frame.canvas.section(_("Identity"))
    rows = (
        (_("Id"), thing.id),
        (_("Type"), thing.type),
        (_("Maker"), thing.maker),
        (_("Model"), thing.model),
        (_("Serial number"), thing.serial),
    )
    for label, text in rows:
        if text and _draw_pair(frame, label, text, copied=label in {_("Id"), _("Serial number")}):
            yield wish.CopyText(text)


def _draw_pair(frame: Frame, label: str, text: str, *, copied: bool = False) -> bool:
    """Draw a name and what it stands for; tells whether a click wishes to copy it."""
    canvas = frame.canvas
    row, clicked = canvas.row(f"pair {label}", height_px=24)
    canvas.tip(_("Click to copy {text}").format(text=text) if copied else "")
    y, column = row.y + canvas.px(3), canvas.px(118)
    canvas.put_clipped(row.x, y, label, width=column - canvas.px(8), colour=canvas.theme.muted)
    canvas.put_clipped(row.x + column, y, text, width=row.width - column - canvas.px(20 if copied else 0))
    if copied:
        canvas.icon(
            "copy",
            row.x + row.width - canvas.px(16),
            row.y + canvas.px(5),
            size_px=14,
            colour=canvas.theme.muted,
        )
    return clicked and copied


def _draw_functions(frame: Frame, thing: Thing) -> None:
    if not thing.functions:
        return
    frame.canvas.section(_("Functions"))
    for text in thing.functions:
        shown = text
        frame.canvas.paragraph(shown[:1].upper() + shown[1:])


def _draw_properties(frame: Frame, pairs: list[tuple[str, str]]) -> None:
    if not pairs:
        return
    frame.canvas.section(_("Properties"))
    for label, text in pairs[:ROWS_MAX]:
        _draw_pair(frame, label, text)
    _draw_rest(frame, len(pairs))


def _draw_rest(frame: Frame, count: int) -> None:
    if count > ROWS_MAX:
        frame.canvas.muted(_("and {count} more").format(count=words.number(count - ROWS_MAX)))


# ---- what it belongs to -----------------------------------------------------------------------------


def _draw_relations(frame: Frame, thing: Thing) -> Iterator[wish.Intent]:
    edges = sorted(frame.world.twin.edges(thing.id), key=_edge_order)
    if not edges:
        return
    frame.canvas.section(_("Relations"))
    for place, edge in enumerate(edges[:ROWS_MAX]):
        yield from _draw_edge(frame, edge, place)
    _draw_rest(frame, len(edges))


def _edge_order(edge: Edge) -> tuple[int, str]:
    return list(RELATION_WORDS).index((edge.relation.kind, edge.outgoing)), edge.other.id


def _draw_edge(frame: Frame, edge: Edge, place: int) -> Iterator[wish.Intent]:
    canvas = frame.canvas
    row, clicked = canvas.row(f"edge {place}", height_px=24)
    if imgui.is_item_hovered():
        yield wish.HoverThing(edge.other.id)
    y, column = row.y + canvas.px(3), canvas.px(118)
    word = _(RELATION_WORDS[edge.relation.kind, edge.outgoing])
    canvas.put_clipped(row.x, y, word, width=column - canvas.px(8), colour=canvas.theme.muted)
    state = int(frame.world.thing_states[frame.world.twin.thing_row[edge.other.id]])
    canvas.state(row.x + column + canvas.px(6), row.y + row.height / 2, state, radius_px=4.5)
    canvas.put_clipped(
        row.x + column + canvas.px(18),
        y,
        edge.other.name,
        width=row.width - column - canvas.px(18),
    )
    if clicked:
        yield wish.SelectThing(edge.other.id)


def _draw_notes(frame: Frame, thing: Thing) -> Iterator[wish.Intent]:
    notes = notes_on(frame, thing.id)
    if not notes:
        return
    frame.canvas.section(_("Notes"))
    for note in notes:
        if _draw_note(frame, note):
            yield wish.GoToNote(note.note)


def notes_on(frame: Frame, thing_id: str) -> list[Note]:
    """Return the notes on a thing, the newest first."""
    notes = [note for note in frame.world.notes.values() if note.thing == thing_id]
    return sorted(notes, key=lambda note: -note.time_ns)


def _draw_note(frame: Frame, note: Note) -> bool:
    canvas = frame.canvas
    row, clicked = canvas.row(f"note {note.note}", height_px=42)
    canvas.tip(note.text)
    age_secs = (frame.world.session_ns - note.time_ns) / 1e9
    canvas.put_clipped(row.x, row.y + canvas.px(2), note.text.replace("\n", " "), width=row.width)
    line = f"{note.author} · {words.age(age_secs)}"
    canvas.put(row.x, row.y + canvas.px(22), line, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    return clicked


# ---- an element without a thing ---------------------------------------------------------------------


def _draw_element(frame: Frame) -> Iterator[wish.Intent]:
    element, canvas = frame.view.element, frame.canvas
    if element is None:
        return
    x, y = imgui.get_cursor_screen_pos()
    width = imgui.get_content_region_avail().x
    name = canvas.fitting(element.name or element.key, width - canvas.px(32), look.TITLE_PX)
    canvas.put(x, y, name, size_px=look.TITLE_PX)
    canvas.put(x, y + canvas.px(25), element.kind, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    if _close_button(frame, x, y, width=width):
        yield wish.SelectThing("")
    if canvas.icon_button("frame", _("Frame the selection")):
        yield wish.FrameSelection()
    canvas.section(_("Identity"))
    if _draw_pair(frame, _("Key"), element.key, copied=True):
        yield wish.CopyText(element.key)
    _draw_pair(frame, _("Model"), element.package)
    canvas.paragraph(
        _("No thing of the twin is bound to this element, so it has no values."),
        canvas.theme.muted,
        size_px=look.SMALL_PX,
    )
    _draw_properties(frame, list(element.properties))
