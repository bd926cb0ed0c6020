"""The palette: every action, thing, person and note by typing a part of its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from imgui_bundle import imgui

from walkdown.i18n import LANGUAGES, _
from walkdown_client.fuzzy import best
from walkdown_client.input.bindings import PRESET_TEXT, Action, available
from walkdown_client.input.chords import shown
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.colour import known_quantities
from walkdown_client.ui.panels.rail import offered
from walkdown_client.ui.panels.settings import QUALITY_TEXT, THEME_TEXT

NAME = "palette"
WIDTH_PX, ROWS_MAX = 620.0, 12
_OPEN = imgui.WindowFlags_.no_scrollbar


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette.

    Attributes:
        kind: what it is, in a word. right: its key, or what tells it from others.
        also: more words by which it is found.
    """

    text: str
    kind: str
    right: str
    intent: wish.Intent
    also: str = ""
    state: int | None = None


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the palette when it is open."""
    view = frame.view
    if not view.palette_open:
        view.searches.pop(NAME, None)
        view.palette_row = 0
        return []
    entries = _answers(frame)
    found: list[wish.Intent] = []
    with frame.canvas.window(NAME, _place(frame, len(entries)), flags=_OPEN):
        if imgui.is_window_appearing():
            imgui.set_window_focus()
        _draw_field(frame)
        _draw_entries(frame, entries, found)
    found += _keys(frame, entries)
    return found


def entries(frame: Frame) -> Iterator[Entry]:
    """Yield everything that the palette can reach now."""
    yield from (
        _of_action(frame, action) for action in available(lambda need: met(frame, need)) if action.in_palette
    )
    yield from _people_and_notes(frame)
    for row, thing in enumerate(frame.world.catalogue.things):
        name, state = thing.name, int(frame.world.thing_states[row])
        also = f"{thing.name} {thing.id}"
        yield Entry(name, thing.type, thing.id, wish.FlyToThing(thing.id), also, state)
    for quantity in known_quantities(frame):
        text = _("Colour by {value}").format(value=quantity.name)
        intent = wish.ColourBy("signal", quantity.name, quantity.unit)
        yield Entry(text, _("colour"), words.unit(quantity.unit), intent)
    yield from _disturbances(frame)
    yield from _settings()


def _people_and_notes(frame: Frame) -> Iterator[Entry]:
    for person in frame.world.people.values():
        if person.id != frame.world.me:
            text = _("Go to {name}").format(name=person.name)
            yield Entry(text, _("person"), "", wish.GoToPerson(person.id))
    for note in frame.world.notes.values():
        yield Entry(note.text.replace("\n", " "), _("note"), note.author, wish.GoToNote(note.note))


def _disturbances(frame: Frame) -> Iterator[Entry]:
    for disturbance in frame.world.catalogue.disturbances:
        active = disturbance.id in frame.world.disturbances
        text = _("End: {disturbance}") if active else _("Start: {disturbance}")
        intent = wish.TriggerDisturbance(disturbance.id, not active)
        name = disturbance.name
        yield Entry(text.format(disturbance=name), _("disturbance"), disturbance.thing, intent)


def _settings() -> Iterator[Entry]:
    choices: tuple[tuple[str, Mapping[str, str], Callable[[str], wish.Intent]], ...] = (
        (_("Mouse and keys"), PRESET_TEXT, wish.SetPreset),
        (_("Language"), LANGUAGES, wish.SetLanguage),
        (_("Panels"), THEME_TEXT, wish.SetTheme),
        (_("Quality of the picture"), QUALITY_TEXT, wish.SetQuality),
    )
    for title, texts, intent in choices:
        for key, text in texts.items():
            yield Entry(f"{title}: {_(text)}", _("setting"), "", intent(key), key)


def met(frame: Frame, need: str) -> bool:
    """Tell whether what an action needs is there."""
    view = frame.view
    selected = bool(view.selection or view.elements)
    return {
        "selection": selected,
        "place": selected or view.hover_point is not None,
        "people": len(frame.world.people) > 1,
        "moving": view.moving is not None,
    }[need]


def _of_action(frame: Frame, action: Action) -> Entry:
    keys = action.keys_in(frame.view.preferences.preset)
    return Entry(
        _(action.text),
        _("action"),
        shown(keys[0]) if keys else "",
        action.intent,
        f"{action.text} {action.id}",
    )


def _answers(frame: Frame) -> list[Entry]:
    world, view = frame.world, frame.view
    search = view.searches.get(NAME, "")
    key = (
        search,
        world.people_revision,
        world.notes_revision,
        id(world.twin),
        frozenset(world.disturbances),
        view.selection,
        view.hover_point is None,
        (view.preferences.preset, view.preferences.language),
    )
    return frame.memory.of("palette", key, lambda: _find(frame, search))


def _find(frame: Frame, search: str) -> list[Entry]:
    everything = [entry for entry in entries(frame) if _is_offered(frame, entry)]
    places = best(search, [f"{e.text} {e.also} {e.kind} {e.right}" for e in everything], limit=ROWS_MAX)
    return [everything[place] for place in places]


def _is_offered(frame: Frame, entry: Entry) -> bool:
    intent = entry.intent
    return not isinstance(intent, wish.OpenPanel) or offered(frame.world.twin, intent.panel)


def _place(frame: Frame, rows: int) -> Rect:
    canvas, bar = frame.canvas, frame.layout.top_bar
    width = min(canvas.px(WIDTH_PX), bar.width - canvas.px(16))
    height = canvas.px(64 + max(rows, 2) * look.ROW_PX)
    return Rect((bar.width - width) / 2, bar.height + canvas.px(48), width, height)


def _draw_field(frame: Frame) -> None:
    view = frame.view
    before = view.searches.get(NAME, "")
    hint = _("Type a part of an action, a thing, a person or a note")
    view.searches[NAME] = frame.canvas.field(NAME, hint, before, focus=imgui.is_window_appearing())
    if view.searches[NAME] != before:
        view.palette_row = 0
    imgui.dummy((0, frame.canvas.px(2)))


def _draw_entries(frame: Frame, rows: list[Entry], found: list[wish.Intent]) -> None:
    if not rows:
        frame.canvas.muted(_("Nothing answers this; try fewer letters."))
    for place, entry in enumerate(rows):
        if _draw_entry(frame, entry, place):
            found += [wish.OpenPalette(), entry.intent]


def _draw_entry(frame: Frame, entry: Entry, place: int) -> bool:
    canvas = frame.canvas
    rect, clicked = canvas.row(f"entry {place}", chosen=place == frame.view.palette_row)
    x, y, right = rect.x + canvas.px(6), rect.y + canvas.px(3), rect.x + rect.width - canvas.px(6)
    if entry.state is not None:
        canvas.state(x + canvas.px(5), rect.y + rect.height / 2, entry.state, radius_px=4.5)
    x += canvas.px(20)
    kind = canvas.fitting(entry.kind, canvas.px(110), look.SMALL_PX)
    canvas.put(
        right - canvas.px(110), y + canvas.px(2), kind, colour=canvas.theme.muted, size_px=look.SMALL_PX
    )
    key = canvas.fitting(entry.right, canvas.px(120), look.SMALL_PX)
    canvas.put_right(
        right - canvas.px(124), y + canvas.px(2), key, colour=canvas.theme.muted, size_px=look.SMALL_PX
    )
    canvas.put_clipped(x, y, entry.text, width=right - canvas.px(252) - x)
    return clicked


def _keys(frame: Frame, rows: list[Entry]) -> list[wish.Intent]:
    """Move the choice with the arrow keys and take it with Enter."""
    view, key = frame.view, imgui.Key
    if rows and imgui.is_key_pressed(key.down_arrow):
        view.palette_row = (view.palette_row + 1) % len(rows)
    if rows and imgui.is_key_pressed(key.up_arrow):
        view.palette_row = (view.palette_row - 1) % len(rows)
    if rows and (imgui.is_key_pressed(key.enter, False) or imgui.is_key_pressed(key.keypad_enter, False)):
        return [wish.OpenPalette(), rows[min(view.palette_row, len(rows) - 1)].intent]
    return []
