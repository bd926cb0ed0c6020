"""The tables of a package: elements with their properties, joints and edges.

Nothing here does input or output: ``fetch`` returns the bytes of a path, and what it returns is verified
against the manifest before it is parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt

from walkdown.errors import PackageError
from walkdown.i18n import _
from walkdown.package.ancestry import all_below, is_storey, nearest_above
from walkdown.package.manifest import CHUNK_ROWS, Fetch, Manifest, verify_blob
from walkdown.package.model import F32, LAYERS, NO_ROW, U8, U32, Joint, Scalar
from walkdown.package.tables import (
    I32,
    EdgeTable,
    ElementChunk,
    JointTable,
    Number,
    PropertyChunk,
    Row,
    column,
    unpack_table,
)


class ElementTable:
    """All elements of a package, in columns.

    Attributes:
        keys: stable names, unique.
        names: for people.
        kinds: classes in the model's own words.
        systems: what each works in together with others, "" for none.
        parents: (n,) int32, ``NO_ROW`` for roots.
        layers: (n,) uint8, rows of ``LAYERS``.
        joints: (n,) int32, ``NO_ROW`` for what does not move.
        lo: (n, 3) float32 corner of the box of the element and all below it, NaN when nothing is drawn.
        hi: (n, 3) float32.
        triangles: (n,) uint32, the element's own.
    """

    def __init__(self, manifest: Manifest, fetch: Fetch, chunks: list[ElementChunk]) -> None:
        """Join the chunks; ``read_elements`` is the way to make one."""
        self._manifest, self._fetch = manifest, fetch
        self.keys = [key for chunk in chunks for key in chunk.keys]
        self.names = [name for chunk in chunks for name in chunk.names]
        self.kinds = [kind for chunk in chunks for kind in chunk.kinds]
        self.systems = [system for chunk in chunks for system in chunk.systems]
        count = len(self.keys)
        self.parents: I32 = _join(chunks, "parents", np.int32, shape=(count,))
        self.layers: U8 = _join(chunks, "layers", np.uint8, shape=(count,))
        self.joints: I32 = _join(chunks, "joints", np.int32, shape=(count,))
        self.lo: F32 = _join(chunks, "lo", np.float32, shape=(count, 3))
        self.hi: F32 = _join(chunks, "hi", np.float32, shape=(count, 3))
        self.triangles: U32 = _join(chunks, "triangles", np.uint32, shape=(count,))
        self._rows = {key: row for row, key in enumerate(self.keys)}
        self._properties: tuple[int, list[dict[str, Scalar]]] = (-1, [])
        self._check()

    def __len__(self) -> int:
        """Return the number of elements."""
        return len(self.keys)

    def _check(self) -> None:
        count = self._manifest.element_count
        texts = (self.keys, self.names, self.kinds, self.systems, self._rows)
        if any(len(column) != count for column in texts):
            raise PackageError(
                _("the element table should have {count} rows with unique keys, but does not").format(
                    count=count
                )
            )
        rows = np.arange(count)
        if ((self.parents < NO_ROW) | (self.parents >= rows)).any():
            raise PackageError(_("the element table should name parents before their children, but does not"))
        if (self.layers >= len(LAYERS)).any() or (self.joints < NO_ROW).any():
            raise PackageError(_("the element table names a layer or a joint that does not exist"))
        boxed = np.isfinite(self.lo).all(1) & np.isfinite(self.hi).all(1) & (self.lo <= self.hi).all(1)
        if not (boxed | (np.isnan(self.lo).all(1) & np.isnan(self.hi).all(1))).all():
            raise PackageError(_("the element table holds a box that is neither finite nor empty"))

    def row_of(self, key: str) -> int:
        """Return the row of a key, or ``NO_ROW``."""
        return self._rows.get(key, NO_ROW)

    def descendants(self, row: int) -> npt.NDArray[np.intp]:
        """Return the rows of an element and of all below it."""
        return np.flatnonzero(all_below(np.arange(len(self)) == row, self.parents))

    @cached_property
    def storeys(self) -> I32:
        """(n,) int32, the storey that each element is or is in, ``NO_ROW`` for none."""
        storeys = {kind for kind in set(self.kinds) if is_storey(kind)}
        own = np.array([row if kind in storeys else NO_ROW for row, kind in enumerate(self.kinds)], np.int32)
        return nearest_above(own, self.parents) if storeys else own

    def properties(self, row: int) -> dict[str, Scalar]:
        """Return the properties of an element; fetches its chunk unless it was the last one asked for.

        Raises:
            PackageError: the chunk is damaged.
        """
        number = row // CHUNK_ROWS
        newest = self._properties
        if newest[0] != number:
            newest = self._properties = (number, self._read_properties(number))
        return newest[1][row % CHUNK_ROWS]

    def property_chunks(self) -> Iterator[list[dict[str, Scalar]]]:
        """Yield the properties of all elements in order, up to 4,096 at a time; works in any thread.

        Raises:
            PackageError: a chunk is damaged.
        """
        for number in range(len(self._manifest.tables.properties)):
            yield self._read_properties(number)

    def _read_properties(self, number: int) -> list[dict[str, Scalar]]:
        path = self._manifest.tables.properties[number]
        chunk = _read_table(self._manifest, self._fetch, path, kind=PropertyChunk)
        if len(chunk.rows) != min(CHUNK_ROWS, len(self) - number * CHUNK_ROWS):
            raise PackageError(
                _("{path} should hold the properties of every element of its chunk, but does not").format(
                    path=path
                )
            )
        return chunk.rows


def _join(
    chunks: list[ElementChunk], name: str, kind: type[Number], *, shape: tuple[int, ...]
) -> npt.NDArray[Number]:
    return column(b"".join(getattr(c, name) for c in chunks), kind, shape, where=f"the column {name}")


def _read_table(manifest: Manifest, fetch: Fetch, path: str, *, kind: type[Row]) -> Row:
    data = fetch(path)
    verify_blob(manifest, path, data)
    return unpack_table(data, kind, where=path)


def read_elements(manifest: Manifest, fetch: Fetch) -> ElementTable:
    """Read the element table; properties are fetched when they are asked for.

    Raises:
        PackageError: a chunk is damaged or does not fit the manifest.
    """
    chunks = [_read_table(manifest, fetch, path, kind=ElementChunk) for path in manifest.tables.elements]
    return ElementTable(manifest, fetch, chunks)


def read_joints(manifest: Manifest, fetch: Fetch) -> tuple[Joint, ...]:
    """Read all joints, parents before their children.

    Raises:
        PackageError: the table is damaged.
    """
    if manifest.tables.joints is None:
        return ()
    table = _read_table(manifest, fetch, manifest.tables.joints, kind=JointTable)
    for row, joint in enumerate(table.rows):
        numbers = (*joint.origin, *joint.axis, joint.period)
        if joint.parent >= row or not np.isfinite(numbers).all():
            raise PackageError(
                _("the joint {key!r} should stand behind its parent and have finite numbers").format(
                    key=joint.key
                )
            )
    return tuple(Joint(r.key, r.kind, r.origin, r.axis, r.parent, r.period) for r in table.rows)


def read_edges(manifest: Manifest, fetch: Fetch) -> tuple[tuple[int, int, str], ...]:
    """Read all edges: (from row, to row, kind).

    Raises:
        PackageError: the table is damaged.
    """
    if manifest.tables.edges is None:
        return ()
    table = _read_table(manifest, fetch, manifest.tables.edges, kind=EdgeTable)
    shape = (len(table.kinds),)
    rows = np.stack(
        [
            column(table.sources, np.int32, shape, where="the edges' sources"),
            column(table.targets, np.int32, shape, where="the edges' targets"),
        ]
    )
    if rows.size and not 0 <= rows.min() <= rows.max() < manifest.element_count:
        raise PackageError(
            _("the edges name an element beyond the {count} that there are").format(
                count=manifest.element_count
            )
        )
    return tuple(zip(*rows.tolist(), table.kinds, strict=True))
