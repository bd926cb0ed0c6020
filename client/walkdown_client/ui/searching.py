"""What answers the text in a search field, found anew only when there is something new to find."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown_client.finding import find
from walkdown_client.inventory import Inventory
from walkdown_client.query import Query, parse
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.rows import live_of

PER_SECOND = 2
"""So often an answer that depends on live values is looked for again."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What answers a search.

    Attributes:
        rows: (k,) of the inventory. note: how the query was understood, or "".
        error: why it could not be read, or ""; then there are no rows.
    """

    rows: npt.NDArray[np.intp]
    note: str = ""
    error: str = ""


def answer(frame: Frame, inventory: Inventory, *, text: str, name: str) -> Answer:
    """Return what answers a text; ``name`` tells one field's answers from another's."""
    language = frame.view.preferences.language
    read = frame.memory.of(f"query {name}", (text, language), lambda: _read(text))
    if isinstance(read, Answer):
        return read
    key = (id(inventory), inventory.properties_revision, text, language, _moment(frame, read, name))

    def look() -> Answer:
        found = find(read, inventory, live_of(frame))
        return Answer(found.rows, found.note)

    return frame.memory.of(f"answer {name}", key, look)


def _read(text: str) -> Query | Answer:
    try:
        return parse(text)
    except BadInput as error:
        return Answer(np.zeros(0, np.intp), error=str(error))


def _moment(frame: Frame, query: Query, name: str) -> Hashable:
    """Return what changes when live values may have changed the answer, at most twice a second."""
    if not query.asks_live:
        return None
    world = frame.world
    slot = int(frame.facts.now_secs * PER_SECOND)
    return frame.memory.of(f"moment {name}", slot, lambda: (world.signals_revision, world.states_revision))


def sentence(text: str) -> str:
    """Return what an error says as a sentence that stands alone."""
    return text[:1].upper() + text[1:]


def help_text() -> str:
    """Return examples of what can be typed."""
    return "\n".join(
        (
            _("Words are looked for in names, ids and types. More exactly:"),
            'type:pump   name:"hall 2"   id:P-10',
            'system:supply   storey:"level 1"   state:alarm',
            "pressure>4   length>=2000mm   firerating=EI60",
            "-type:valve   type:pump|fan   width:*",
        )
    )
