"""What stands on the things in the scene: markers of states, value cards, note pins, relations."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from walkdown.messages import Note
from walkdown.twin import STATE_ALARM, STATE_ATTENTION, Signal, Thing
from walkdown_client.app.colouring import GROUPS
from walkdown_client.app.models import Models
from walkdown_client.scene.cards import Card, Pin, rgba
from walkdown_client.scene.element_state import HIDDEN
from walkdown_client.scene.view import SceneView
from walkdown_client.tools.view_state import ViewState
from walkdown_client.twin_index import NOTHING
from walkdown_client.ui import words
from walkdown_client.world import World

F64 = npt.NDArray[np.float64]

CARDS_MAX = 5
TITLE_MAX = 40
"""Letters of a name on a card."""
CARD_REACH_M = 60.0
MARKER_ABOVE_M = 0.15
CARDS_EVERY_TICKS = 10
"""Values on cards are renewed twice a second, so that they can be read."""

RELATION_SRGB = {
    "feeds": "4DA3FF",
    "connects_to": "57C4A0",
    "depends_on": "E69F00",
    "part_of": "93A1AF",
    "located_in": "93A1AF",
}
FLOWING = {"feeds": 1.0, "connects_to": 0.5, "depends_on": 0.5}
"""Marks a second that run along an arc; colour is not the only sign."""

NOTE_TEXT_MAX = 42
SPARK_SECS = 60.0


class Annotations:
    """Keeps the labels of one scene up to date."""

    def __init__(self, scene: SceneView, models: Models) -> None:
        self._scene, self._models = scene, models
        self._keys: dict[str, Hashable] = {}
        self._rows = np.zeros(0, np.intp)
        self._tops: F64 = np.zeros((0, 3))
        self._lows = self._highs = np.zeros((0, 3))
        self._seen = np.zeros(0, bool)

    def update(self, world: World, view: ViewState, eye: F64) -> None:
        """Show markers, cards, pins and relations as they are now."""
        model = (id(world.twin), self._models.revision)
        if self._changed("machines", model):
            self._find_machines(world)
        hidden = (model, view.hidden, view.isolated, self._scene.sections.planes)
        if self._changed("seen", hidden):
            self._find_seen(world)
        if self._changed("markers", (hidden, world.states_revision, view.colouring.mode)):
            self._show_markers(world)
        states = world.thing_states[self._rows].tobytes()
        if self._changed("cards", (hidden, states, world.tick_number // CARDS_EVERY_TICKS, view.selection)):
            self._scene.labels.set_cards(self._cards(world, view, eye))
        cuts = self._scene.sections.planes
        notes = (model, cuts, world.notes_revision, world.people_revision, world.packages_revision)
        if self._changed("notes", notes):
            standing = [note for note in world.notes.values() if world.is_standing(note)]
            pins = [_pin(note, world) for note in standing]
            kept = self._scene.sections.keeps([pin.anchor for pin in pins])
            self._scene.labels.set_pins([pin for pin, stays in zip(pins, kept, strict=True) if stays])
        if self._changed("relations", (model, view.selected)):
            self._show_relations(world, view)

    def _changed(self, name: str, key: Hashable) -> bool:
        changed = self._keys.get(name) != key
        self._keys[name] = key
        return changed

    def _find_machines(self, world: World) -> None:
        """Find the things that deserve a marker: those with signals that are no part of a machine."""
        rows, tops, boxes = [], [], []
        for row in np.flatnonzero(world.twin.main_signal != NOTHING).tolist():
            thing = world.catalogue.things[row]
            if thing.type in GROUPS or not _is_whole(world, row):
                continue
            box = self._models.box_of(thing.id)
            if box is not None:
                rows.append(row)
                tops.append(_top(box))
                boxes.append(box)
        self._rows = np.array(rows, np.intp)
        self._tops = np.array(tops).reshape(-1, 3)
        self._lows, self._highs = np.array(boxes).reshape(-1, 2, 3).transpose(1, 0, 2)

    def _find_seen(self, world: World) -> None:
        """Find the machines that are neither hidden nor all cut away."""
        names = [world.catalogue.things[row].id for row in self._rows.tolist()]
        flags, drawn = self._scene.state.flags, self._models.drawn
        self._seen = np.array([not (flags[drawn.own_ids_of((name,))] & HIDDEN).any() for name in names], bool)
        self._seen &= self._scene.sections.leaves(self._lows, self._highs)

    def _show_markers(self, world: World) -> None:
        """Show the states of what is seen, and every alarm, for nobody hides one by hiding a machine."""
        codes = world.thing_states[self._rows]
        shown = self._seen | (codes == STATE_ALARM)
        self._scene.labels.set_markers(self._tops[shown], codes[shown])

    def _cards(self, world: World, view: ViewState, eye: F64) -> list[Card]:
        """Return cards of the selection first, then of the most urgent machines near by."""
        selected = view.selection if len(view.selection) <= CARDS_MAX else ()  # many would hide each other
        there = [thing for thing in reversed(selected) if world.twin.has_thing(thing)]
        chosen = [world.twin.thing(thing) for thing in there if self._is_left(thing)]
        states = world.thing_states[self._rows]
        far = np.linalg.norm(self._tops - eye, axis=1) if len(self._rows) else np.zeros(0)
        urgency = np.select([states == STATE_ALARM, states == STATE_ATTENTION], [2, 1], 0)
        order = np.lexsort((far, -urgency))
        shown = self._seen | (urgency == 2)
        near = [int(self._rows[i]) for i in order if urgency[i] and shown[i] and far[i] < CARD_REACH_M]
        urgent = [world.catalogue.things[row] for row in near[:CARDS_MAX]]
        wanted = _unique([*chosen, *urgent])[:CARDS_MAX]
        return [card for thing in wanted if (card := card_of(thing, world, self._models)) is not None]

    def _is_left(self, thing: str) -> bool:
        """Tell whether something of a thing is not cut away."""
        box = self._models.box_of(thing)
        return box is None or bool(self._scene.sections.leaves(*box)[0])

    def _show_relations(self, world: World, view: ViewState) -> None:
        edges = world.twin.edges(view.selected) if world.twin.has_thing(view.selected) else ()
        boxes = [
            (
                self._models.box_of(edge.relation.source),
                self._models.box_of(edge.relation.target),
                edge.relation.kind,
            )
            for edge in edges
        ]
        known = [(_top(a), _top(b), kind) for a, b, kind in boxes if a is not None and b is not None]
        self._scene.relations.update(
            np.array([start for start, _end, _kind in known]).reshape(-1, 3),
            np.array([end for _start, end, _kind in known]).reshape(-1, 3),
            colors=np.array([rgba(RELATION_SRGB[kind], 0.9) for _start, _end, kind in known]).reshape(-1, 4),
            flow=np.array([FLOWING.get(kind, 0.0) for _start, _end, kind in known]),
        )


def _is_whole(world: World, row: int) -> bool:
    twin = world.twin
    parent = int(twin.parent[row])
    return bool(twin.main_signal[row] != NOTHING) and (
        parent == NOTHING or twin.catalogue.things[parent].type in GROUPS
    )


def _unique(things: Sequence[Thing]) -> list[Thing]:
    return list({thing.id: thing for thing in things}.values())


def _top(box: tuple[F64, F64]) -> F64:
    low, high = box
    return np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, high[2] + MARKER_ABOVE_M])


def card_of(thing: Thing, world: World, models: Models) -> Card | None:
    """Return what stands on a thing: its main value, or in trouble the one that is beyond its limits."""
    box = models.box_of(thing.id)
    if box is None:
        return None
    x, y, z = _top(box).tolist()
    state = int(world.thing_states[world.twin.thing_row[thing.id]])
    row = _why(thing, world) if state in (STATE_ATTENTION, STATE_ALARM) else NOTHING
    row = _telling_signal(thing, world) if row == NOTHING else row
    if row == NOTHING:
        return Card(key=thing.id, anchor=(x, y, z), title=_short(thing.name), state=state)
    signal = world.catalogue.signals[row]
    times, values = world.history(row)
    return Card(
        key=thing.id,
        anchor=(x, y, z),
        title=_short(thing.name),
        value=words.value(signal, world.signals.value(row)),
        unit=words.unit(signal.unit),
        state=state,
        detail=_detail(signal, thing, world),
        spark=values[times > -SPARK_SECS].tolist(),
    )


def _short(name: str) -> str:
    """Return what fits on a card of a long name, as files give them."""
    return name if len(name) <= TITLE_MAX else name[: TITLE_MAX - 1].rstrip() + "…"


def _detail(signal: Signal, thing: Thing, world: World) -> str:
    """Return what a card's value is, and of which part when it is not the thing's own."""
    if signal.thing == thing.id:
        return signal.name
    part = world.twin.thing(signal.thing).name.rpartition(" · ")[2]
    return f"{signal.name} · {part}"


def _telling_signal(thing: Thing, world: World) -> int:
    """Return the thing's main signal, or the first with a course when that is a mere word."""
    rows = world.twin.signal_rows(thing.id)
    main = rows[0] if rows else NOTHING
    curved = (row for row in rows if world.catalogue.signals[row].kind in ("f32", "f64"))
    return (
        next(curved, main)
        if main != NOTHING and world.catalogue.signals[main].kind in ("enum", "text")
        else main
    )


def _why(thing: Thing, world: World) -> int:
    """Return the signal of a thing or else of one of its parts that is beyond its limits."""
    parts = (thing, *world.twin.children(thing.id))
    return next((row for part in parts if (row := _beyond_limits(part, world)) != NOTHING), NOTHING)


def _beyond_limits(thing: Thing, world: World) -> int:
    """Return the first signal that is beyond its limits, ``NOTHING`` when none is."""
    for signal, row in zip(world.twin.signals(thing.id), world.twin.signal_rows(thing.id), strict=True):
        value, limits = world.signals.value(row), signal.limits
        if limits is None or isinstance(value, str):
            continue
        low = limits.low if limits.low is not None else limits.low_alarm
        high = limits.high if limits.high is not None else limits.high_alarm
        if (low is not None and value < low) or (high is not None and value > high):
            return row
    return NOTHING


def _pin(note: Note, world: World) -> Pin:
    author = next((p for p in world.people.values() if p.name == note.author), None)
    text = note.text if len(note.text) <= NOTE_TEXT_MAX else note.text[: NOTE_TEXT_MAX - 1] + "…"
    return Pin(
        key=note.note,
        anchor=world.note_position(note),
        color=author.colour if author else 0,
        text=text.replace("\n", " "),
        open=author is not None,
    )
