"""What a foreign model brings to the twin: a thing for each element, and how they are connected."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

import msgspec
import numpy as np
import numpy.typing as npt

from walkdown.package import NO_ROW, ElementTable
from walkdown.twin import ModelThings, Relation, RelationKind, Thing, is_worldwide

THINGS_MAX = 50_000
"""Things that are made of a package's elements; those nearest the root come first."""

RELATIONS: dict[str, RelationKind] = {
    "connects_to": "connects_to",
    "feeds": "feeds",
    "depends_on": "depends_on",
}
"""By the kind of an edge; ``contains`` is what a thing's parent says."""

_log = logging.getLogger(__name__)


def things_of(elements: ElementTable, edges: Iterable[tuple[int, int, str]] = ()) -> ModelThings:
    """Return a thing for each element that draws something, and for each above it.

    Its id is the element's key, which stays the same when the file is exported again; its parent is the
    element's parent. What draws nothing but is connected to something is a thing too.

    Args:
        elements: of a package.
        edges: (from row, to row, kind) of the same package.
    """
    known = [(a, b, RELATIONS[kind]) for a, b, kind in edges if kind in RELATIONS]
    kept = _kept_rows(elements, [row for a, b, _kind in known for row in (a, b)])
    things = tuple(_thing(elements, row, kept) for row in np.flatnonzero(kept).tolist())
    return ModelThings(
        things,
        tuple(
            Relation(elements.keys[a], elements.keys[b], kind) for a, b, kind in known if kept[a] and kept[b]
        ),
    )


def things_in_session(things: ModelThings, model: str, ids: Mapping[str, str]) -> ModelThings:
    """Return the things of a model under the ids that they have in a session, bound to that model.

    Args:
        ids: by key, the id of each thing that is named in them.
    """

    def renamed(thing: Thing) -> Thing:
        return msgspec.structs.replace(
            thing,
            id=ids[thing.id],
            parent=ids.get(thing.parent, thing.parent),
            element_model="" if is_worldwide(thing.element) else model,
        )

    return ModelThings(
        tuple(renamed(thing) for thing in things.things),
        tuple(Relation(ids[r.source], ids[r.target], r.kind) for r in things.relations),
    )


def _kept_rows(elements: ElementTable, connected: list[int]) -> npt.NDArray[np.bool_]:
    """Return (n,) whether each element becomes a thing."""
    parents = elements.parents.tolist()
    kept = np.asarray(elements.triangles) > 0
    kept[connected] = True
    for row in range(len(parents) - 1, -1, -1):
        if kept[row] and parents[row] != NO_ROW:
            kept[parents[row]] = True
    if kept.sum() > THINGS_MAX:
        _log.warning("the model has %d parts; %d can be selected", kept.sum(), THINGS_MAX)
        depths = _depths(parents)
        order = np.lexsort((np.arange(len(parents)), depths, ~kept))
        kept[order[THINGS_MAX:]] = False
    return kept


def _depths(parents: list[int]) -> npt.NDArray[np.int32]:
    depths: list[int] = []
    for parent in parents:
        depths.append(0 if parent == NO_ROW else depths[parent] + 1)
    return np.array(depths, np.int32)


def _thing(elements: ElementTable, row: int, kept: npt.NDArray[np.bool_]) -> Thing:
    key, parent = elements.keys[row], int(elements.parents[row])
    return Thing(
        id=key,
        name=elements.names[row] or elements.kinds[row],
        type=elements.kinds[row],
        element=key,
        parent=elements.keys[parent] if parent != NO_ROW and kept[parent] else "",
    )
