"""Makes the inventory of a session in a thread, and reads the properties of its models for the search.

A frame hands over what there is now and gets the newest inventory that is ready; it never waits.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor

from walkdown.errors import WalkdownError
from walkdown.package import Columns, ElementTable, property_columns
from walkdown.twin import Catalogue
from walkdown_client.app.models import OpenPackage
from walkdown_client.inventory import Inventory, Part
from walkdown_client.twin_index import TwinIndex

log = logging.getLogger(__name__)


class Indexing:
    """The newest inventory, made anew whenever things or models change."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="walkdown-index")
        self._columns: dict[int, tuple[ElementTable, Columns]] = {}
        self._wanted: Hashable = None
        self._read: Hashable = None
        self._newest: tuple[Hashable, Inventory] = (None, Inventory(TwinIndex(Catalogue(0))))

    def step(self, twin: TwinIndex, packages: Sequence[OpenPackage], *, loaded: bool) -> Inventory | None:
        """Return the inventory of what there is, None while it is not ready.

        Args:
            loaded: whether the models are drawn; their properties are read only then, so as not to slow
                that down.
        """
        parts = tuple(Part(p.ref.name, p.ref.base, p.elements, p.ref.model) for p in packages)
        key = (id(twin), tuple((part.name, part.base, id(part.elements)) for part in parts))
        if key != self._wanted:
            self._wanted = key
            self._worker.submit(self._make, twin, parts, key)
        made_of, newest = self._newest
        if made_of != key:
            return None
        if loaded and self._read != key:
            self._read = key
            self._worker.submit(self._read_properties, newest, key)
        return newest

    def close(self) -> None:
        """End the thread."""
        self._wanted = None
        self._worker.shutdown(cancel_futures=True)

    def _make(self, twin: TwinIndex, parts: tuple[Part, ...], key: Hashable) -> None:
        """Make an inventory with all that a search needs at once."""
        if key != self._wanted:
            return
        try:
            made = Inventory(twin, parts)
            made.warm()
            for place, part in enumerate(parts):
                if id(part.elements) in self._columns:
                    made.learn(place, self._columns[id(part.elements)][1])
        except Exception:
            log.exception("the inventory could not be made")
            raise
        self._newest = (key, made)

    def _read_properties(self, inventory: Inventory, key: Hashable) -> None:
        """Read what is not known yet, a model at a time; what cannot be read has no properties."""
        known = {id(part.elements): self._columns.get(id(part.elements)) for part in inventory.parts}
        self._columns = {table: kept for table, kept in known.items() if kept is not None}
        for place, part in enumerate(inventory.parts):
            if key != self._wanted:
                return
            if id(part.elements) not in self._columns:
                self._columns[id(part.elements)] = (part.elements, _columns_of(part))
            inventory.learn(place, self._columns[id(part.elements)][1])
        inventory.sources("")  # puts them in order here, not in the frame


def _columns_of(part: Part) -> Columns:
    try:
        return property_columns(part.elements.property_chunks())
    except (WalkdownError, OSError) as error:
        log.warning("the properties of %s cannot be searched: %s", part.name, error)
        return {}
