"""What a thing belongs to: its relations to other things, and the notes on it."""

from __future__ import annotations

from collections.abc import Iterator

from imgui_bundle import imgui

from walkdown.i18n import _, mark
from walkdown.messages import Note
from walkdown.twin import Thing
from walkdown_client.tools import intents as wish
from walkdown_client.twin_index import Edge
from walkdown_client.ui import rows as what
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame

ROWS_MAX = 40
"""Relations beyond this are counted, not listed."""

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


def draw_relations(frame: Frame, thing: Thing) -> Iterator[wish.Intent]:
    """List the things that a thing is related to; a click goes there."""
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
    x = row.x + column
    other = frame.world.twin.thing_row[edge.other.id]
    if what.has_state(frame, other):
        state = int(frame.world.thing_states[other])
        canvas.state(x + canvas.px(6), row.y + row.height / 2, state, radius_px=4.5)
        x += canvas.px(18)
    canvas.put_clipped(x, y, edge.other.name, width=row.x + row.width - x)
    if clicked:
        yield wish.SelectThing(edge.other.id)


def draw_notes(frame: Frame, thing: Thing) -> Iterator[wish.Intent]:
    """List the notes on a thing; a click goes there."""
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


def _draw_rest(frame: Frame, count: int) -> None:
    if count > ROWS_MAX:
        frame.canvas.muted(_("and {count} more").format(count=words.number(count - ROWS_MAX)))
