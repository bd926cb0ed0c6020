"""The palette: every action, thing, person and note by typing a part of its name."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace

from imgui_bundle import imgui

from walkdown import messages
from walkdown.errors import BadInput
from walkdown.i18n import LANGUAGES, _
from walkdown.pairing import read_code
from walkdown_client.fuzzy import best
from walkdown_client.input.action import Action
from walkdown_client.input.bindings import PRESET_TEXT, available
from walkdown_client.input.chords import shown
from walkdown_client.inventory import Inventory
from walkdown_client.query import parse
from walkdown_client.tools import intents as wish
from walkdown_client.tools.rights import ROLE_TEXT, roles_up_to
from walkdown_client.ui import rows as what
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.canvas import Rect
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels import share
from walkdown_client.ui.panels.colour import known_quantities
from walkdown_client.ui.panels.entry import Entry
from walkdown_client.ui.panels.palette_marks import mark_entries
from walkdown_client.ui.panels.palette_meeting import meeting_entries
from walkdown_client.ui.panels.palette_views import view_entries
from walkdown_client.ui.panels.palette_voice import voice_entries
from walkdown_client.ui.panels.person_card import kick, over
from walkdown_client.ui.panels.rail import offered
from walkdown_client.ui.panels.settings import QUALITY_TEXT, THEME_TEXT
from walkdown_client.ui.panels.topic_palette import topic_entries
from walkdown_client.ui.panels.topic_table import table_of
from walkdown_client.ui.searching import answer, sentence
from walkdown_client.world import PersonView, World

NAME = "palette"
THINGS_RANKED = 100
"""So many of the things that answer are ranked among all else."""
WIDTH_PX, ROWS_MAX = 620.0, 12
_OPEN = imgui.WindowFlags_.no_scrollbar


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
    """Yield everything that the palette can reach now but things and elements."""
    yield from (
        _of_action(frame, action) for action in available(lambda need: met(frame, need)) if action.in_palette
    )
    yield from _people_and_notes(frame)
    for quantity in known_quantities(frame):
        text = _("Colour by {value}").format(value=quantity.name)
        intent = wish.ColourBy("signal", quantity.name, quantity.unit)
        yield Entry(text, _("colour"), words.unit(quantity.unit), intent)
    yield from _disturbances(frame)
    yield from _at_the_door(frame)
    yield from voice_entries(frame)
    yield from mark_entries(frame)
    yield from topic_entries(frame, frame.view.searches.get(NAME, ""))
    yield from meeting_entries(frame)
    yield from view_entries(frame)
    for name, people, where in frame.facts.sessions:
        text = _("Leave for the session {name}").format(name=name)
        yield Entry(text, _("session"), words.people(people), wish.JoinElsewhere(where))
    yield from _settings()


def _people_and_notes(frame: Frame) -> Iterator[Entry]:
    for person in frame.world.people.values():
        if person.id != frame.world.me:
            text = _("Go to {name}").format(name=person.name)
            yield Entry(text, _("person"), "", wish.GoToPerson(person.id))
    for note in frame.world.notes.values():
        yield Entry(note.text.replace("\n", " "), _("note"), note.author, wish.GoToNote(note.note))


def _at_the_door(frame: Frame) -> Iterator[Entry]:
    """Yield links that can be made and copied, and what can be done about people."""
    world, door = frame.world, _("door")
    for role in roles_up_to(world.role):
        form = replace(frame.view.share, role=role)
        text = _("Make a link for: {role}").format(role=_(ROLE_TEXT[role]))
        yield Entry(text, door, "", share.invite(frame, form), "share invite")
    for made in world.invitations.mine.values():
        about = share.about_invitation(made)
        if made.links:
            yield Entry(_("Copy link"), door, about, wish.CopySecret(made.links[0]))
        yield Entry(_("Revoke link"), door, about, wish.Revoke(made.invite))
    for person in world.people.values():
        if person.id != world.me:
            yield from _about_person(world, person)
    chosen = world.people.get(frame.view.person)
    if chosen is not None and chosen.id != world.me and over(world, chosen, messages.SetRole):
        yield from _roles_for(world, chosen)


def _about_person(world: World, person: PersonView) -> Iterator[Entry]:
    door, name = _("door"), person.name
    yield Entry(_("All about {name}").format(name=name), _("person"), "", wish.OpenPerson(person.id))
    if over(world, person, messages.Mute):
        text = _("Let {name} be heard") if person.muted else _("Mute {name}")
        yield Entry(text.format(name=name), door, "", wish.Mute(person.id, not person.muted))
    if over(world, person, messages.Kick):
        yield Entry(_("Show {name} the door").format(name=name), door, "", kick(person), "kick remove")


def _roles_for(world: World, person: PersonView) -> Iterator[Entry]:
    """Yield the roles that the person whose card is open may get; for everybody they would be too many."""
    for role in roles_up_to(world.role):
        if role != person.role:
            text = _("Let {name} be: {role}").format(name=person.name, role=_(ROLE_TEXT[role]))
            yield Entry(text, _("door"), "", wish.SetRole(person.id, role))


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
        "group": bool(view.hearing.group),
        "zone": bool(frame.facts.zone),
        "called": bool(view.together.called_by),
        "section": bool(view.sectioning.section),
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
        (table_of(frame).revision, view.topics.topic),
        id(world.twin),
        id(what.inventory_of(frame)),
        _things_answering(frame, search),
        frozenset(world.disturbances),
        (world.role, world.invitations.revision, frame.facts.opens_door, view.share.opened, view.person),
        frame.facts.sessions,
        view.selection,
        view.hover_point is None,
        (view.preferences.preset, view.preferences.language),
        _voice_key(frame),
        (view.elements, view.marking.laid_aside is None),
        _meeting_key(frame),
    )
    return frame.memory.of("palette", key, lambda: _find(frame, search))


def _voice_key(frame: Frame) -> Hashable:
    """Return what changes when there is something else to be done about voices."""
    sound, hearing, state = frame.view.preferences.sound, frame.view.hearing, frame.facts.sound.state
    devices = (state.outputs, state.inputs) if state is not None else ()
    volumes = (sound.master, sound.voices, sound.machines, sound.signals, sound.gate_dbfs)
    return hearing.group, hearing.revision, devices, volumes, frame.world.voice.revision, frame.facts.zone


def _meeting_key(frame: Frame) -> Hashable:
    """Return what changes when there is something else to be done in the review."""
    taking, together = frame.view.together, frame.view.preferences.together
    settings = (together.come_at_once, together.show_followers, together.cut)
    asks = (taking.following, taking.called_by, tuple(taking.hands), taking.form.verdict)
    return frame.world.review.revision, asks, settings


def _things_answering(frame: Frame, search: str) -> Hashable:
    """Return what changes when other things answer than before."""
    inventory = what.inventory_of(frame)
    if inventory is None or not search.strip():
        return None
    return id(answer(frame, inventory, text=search, name=NAME).rows)


def _find(frame: Frame, search: str) -> list[Entry]:
    if is_way_elsewhere(search):
        text = _("Leave this session and join that of this code or link")
        return [Entry(text, _("door"), "", wish.JoinElsewhere(search.strip()))]
    found = _found_things(frame, search) if search.strip() else []
    if not is_words(search):
        return found[:ROWS_MAX]
    everything = [*(entry for entry in entries(frame) if _is_offered(frame, entry)), *found]
    places = best(search, [f"{e.text} {e.also} {e.kind} {e.right}" for e in everything], limit=ROWS_MAX)
    return [everything[place] for place in places]


def is_way_elsewhere(search: str) -> bool:
    """Tell whether a search is a short code or a link, and so a way into another session."""
    if search.strip().startswith("walkdown:"):
        return True
    try:
        return "-" in search and bool(read_code(search))
    except BadInput:
        return False


def is_words(search: str) -> bool:
    """Tell whether a search is words alone, which actions, people and notes can answer too."""
    try:
        return parse(search).words is not None
    except BadInput:
        return False


def _found_things(frame: Frame, search: str) -> list[Entry]:
    """Return the best things and elements that answer a search."""
    inventory = what.inventory_of(frame)
    if inventory is None:
        return []
    rows = answer(frame, inventory, text=search, name=NAME).rows[:THINGS_RANKED]
    return [_of_row(frame, inventory, row) for row in rows.tolist()]


def _of_row(frame: Frame, inventory: Inventory, row: int) -> Entry:
    state, key = what.state_of(frame, inventory, row), inventory.keys[row]
    right = key if state is not None else inventory.storey_names.of(row)
    name = inventory.names[row]
    search = f"{name} {inventory.readable_keys[row]}"
    return Entry(name, inventory.kinds[row], right, what.fly_to(inventory, row), search, state)


def _is_offered(frame: Frame, entry: Entry) -> bool:
    intent = entry.intent
    if not frame.may(type(intent.then if isinstance(intent, wish.AskFirst) else intent)):
        return False
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
    view.searches[NAME] = frame.canvas.field(
        NAME, hint, before, focus=imgui.is_window_appearing(), secret=is_way_elsewhere(before)
    )
    if view.searches[NAME] != before:
        view.palette_row = 0
    imgui.dummy((0, frame.canvas.px(2)))


def _draw_entries(frame: Frame, rows: list[Entry], found: list[wish.Intent]) -> None:
    if not rows:
        frame.canvas.paragraph(_sentence(frame), frame.canvas.theme.muted, size_px=look.SMALL_PX)
    for place, entry in enumerate(rows):
        if _draw_entry(frame, entry, place):
            found += [wish.OpenPalette(), entry.intent]


def _sentence(frame: Frame) -> str:
    """Say why there is nothing to choose from."""
    inventory = what.inventory_of(frame)
    search = frame.view.searches.get(NAME, "")
    answered = None if inventory is None else answer(frame, inventory, text=search, name=NAME)
    said = answered.error or answered.note if answered is not None else ""
    return sentence(said) or _("Nothing answers this; try fewer letters.")


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
