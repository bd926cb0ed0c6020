"""What works together: the system of each thing of a twin, as far as parts and pipes tell.

A thing belongs to the line, area or unit that it is part of; one that is part of none belongs together with
what ``connects_to`` it, directly or through others, and that is called by the best connected of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from walkdown.package.ancestry import nearest_above
from walkdown_client.twin_index import NOTHING, TwinIndex

I32 = npt.NDArray[np.int32]

SYSTEM_KINDS = frozenset(
    {"area", "circuit", "line", "loop", "network", "section", "system", "train", "unit", "zone"}
)
"""Types of things that are systems themselves; case folded."""


def systems_of_things(twin: TwinIndex) -> I32:
    """Return for each thing the one that its system is called by, ``NOTHING`` for none; (things,) int32."""
    things = twin.catalogue.things
    rows = np.arange(len(things), dtype=np.int32)
    are_systems = np.array([thing.type.casefold() in SYSTEM_KINDS for thing in things], bool)
    found = nearest_above(np.where(are_systems, rows, NOTHING).astype(np.int32), twin.parent)
    bodies = _bodies(twin, rows)
    joined = _joined(_pipes(twin, bodies, free=found == NOTHING))
    named = np.array([joined.get(body, NOTHING) for body in bodies.tolist()], np.int32)
    return np.where(found == NOTHING, named, found).astype(np.int32)


def _bodies(twin: TwinIndex, rows: I32) -> I32:
    """Return what each thing is a part of, all the way up; the groups of a foreign model do not count."""
    brought = np.array([thing.is_element for thing in twin.catalogue.things], bool)
    parents = np.where(brought, NOTHING, twin.parent).astype(np.int32)
    return nearest_above(np.where(parents == NOTHING, rows, NOTHING).astype(np.int32), parents)


def _pipes(twin: TwinIndex, bodies: I32, *, free: npt.NDArray[np.bool_]) -> Iterable[tuple[int, int]]:
    """Yield the two ends of what is connected and in no system."""
    for relation in twin.catalogue.relations:
        if relation.kind == "connects_to":
            source, target = twin.thing_row.get(relation.source), twin.thing_row.get(relation.target)
            if source is not None and target is not None and free[source] and free[target]:
                yield int(bodies[source]), int(bodies[target])


def _joined(pipes: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return for each end the best connected of all that it is connected with."""
    up: dict[int, int] = {}
    degrees: Counter[int] = Counter()

    def top(row: int) -> int:
        while (above := up.setdefault(row, row)) != row:
            up[row] = up[above]
            row = above
        return row

    for source, target in pipes:
        if source != target:
            degrees.update((source, target))
            up[top(source)] = top(target)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for row in degrees:
        groups[top(row)].append(row)
    return {
        row: min(members, key=lambda member: (-degrees[member], member))
        for members in groups.values()
        for row in members
    }
