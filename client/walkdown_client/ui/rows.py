"""The inventory behind trees, search and inspector, and what a person wishes with a row of it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from walkdown_client.finding import Live
from walkdown_client.hiding import hidden_rows
from walkdown_client.inventory import Inventory, Part
from walkdown_client.tools import intents as wish
from walkdown_client.twin_index import NOTHING
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame

SMALL = 5000
"""So many rows are put together in a frame, where no thread has done it yet."""


def inventory_of(frame: Frame) -> Inventory | None:
    """Return what can be found now, None while that is being put together."""
    facts, twin = frame.facts, frame.world.twin
    if facts.inventory is not None and facts.inventory.twin is twin:
        return facts.inventory
    if len(twin.catalogue.things) + sum(len(model.elements) for model in facts.models) > SMALL:
        return None
    parts = [Part(m.ref.name, m.ref.base, m.elements, m.ref.model) for m in facts.models]
    key = (id(twin), tuple((part.base, id(part.elements)) for part in parts))
    return frame.memory.of("inventory", key, lambda: Inventory(twin, parts))


def live_of(frame: Frame) -> Live:
    """Return the newest values."""
    return Live(frame.world.signals, frame.world.thing_states)


def hidden_of(frame: Frame, inventory: Inventory) -> npt.NDArray[np.bool_]:
    """Return which rows are hidden; (n,) bool."""
    key = (id(inventory), frame.view.hidden)
    return frame.memory.of("hidden", key, lambda: hidden_rows(inventory, frame.view.hidden))


def select(inventory: Inventory, row: int, *, add: bool = False) -> wish.Intent:
    """Return the wish to select a row."""
    if inventory.is_thing(row):
        return wish.SelectThing(inventory.keys[row], add=add)
    return wish.SelectElement(element_info(inventory, row), add=add)


def select_all(inventory: Inventory, rows: Iterable[int], *, add: bool = False) -> wish.Intent:
    """Return the wish to select many rows."""
    chosen = list(dict.fromkeys(rows))
    things = tuple(inventory.keys[row] for row in chosen if inventory.is_thing(row))
    elements = tuple(inventory.keys[row] for row in chosen if not inventory.is_thing(row))
    return wish.SelectThings(things, elements, add=add)


def fly_to(inventory: Inventory, row: int) -> wish.Intent:
    """Return the wish to fly to a row and select it."""
    if inventory.is_thing(row):
        return wish.FlyToThing(inventory.keys[row])
    return wish.FlyToElement(element_info(inventory, row))


def element_info(inventory: Inventory, row: int) -> wish.ElementInfo:
    """Return what a model says about an element that is no thing."""
    key, name, kind = inventory.keys[row], inventory.names[row], inventory.kinds[row]
    place = inventory.element_row(row)
    model = place[0].name if place is not None else ""
    return wish.ElementInfo(int(inventory.drawn[row]), key, name, kind, model)


def has_state(frame: Frame, thing_row: int) -> bool:
    """Tell whether a thing can have a state: what is nothing but an element of a model has none."""
    twin = frame.world.twin
    thing = twin.catalogue.things[thing_row]
    return not thing.is_element or int(twin.main_signal[thing_row]) != NOTHING


def state_of(frame: Frame, inventory: Inventory, row: int) -> int | None:
    """Return the state of a thing that can have one, None for what never has."""
    known = inventory.is_thing(row) and has_state(frame, row)
    return int(frame.world.thing_states[row]) if known else None


def about(inventory: Inventory, row: int) -> str:
    """Return a few lines that tell a row from others."""
    lines = [inventory.names[row], inventory.kinds[row], inventory.readable_keys[row]]
    if inventory.storeys[row] != NOTHING:
        lines.append(inventory.names[int(inventory.storeys[row])])
    return "\n".join(dict.fromkeys(line for line in lines if line))


def count(number: int) -> str:
    """Return a number of rows."""
    return words.number(number)
