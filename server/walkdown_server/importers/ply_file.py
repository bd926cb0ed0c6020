"""The header and tables of a PLY file, text or binary, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _

TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8", "int64": "i8", "uint64": "u8",
}  # fmt: skip
ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": "="}
MAX_HEADER_BYTES = 1 << 20
MAX_ROWS = 400_000_000

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Property:
    """One property: its type, and that of its length where it is a list."""

    name: str
    kind: str
    length: str = ""


@dataclass(frozen=True, slots=True)
class Lists:
    """A list property: all values one after the other, and how many each row has."""

    values: Array
    sizes: npt.NDArray[np.int64]


@dataclass(slots=True)
class Table:
    """One element of the header with what its rows hold, by property."""

    name: str
    count: int
    properties: list[Property] = field(default_factory=list)
    scalars: dict[str, Array] = field(default_factory=dict)
    lists: dict[str, Lists] = field(default_factory=dict)


@dataclass(slots=True)
class PlyFile:
    """All tables by name, and the comments."""

    tables: dict[str, Table]
    comments: list[str]


def parse_ply(data: bytes) -> PlyFile:
    """Return what a PLY file holds.

    Raises:
        ImportFailed: it is none, or cut off.
    """
    order, tables, comments, start = _header(data)
    if order == "=":
        _read_text(tables, data[start:])
    else:
        for table in tables:
            start = _read_binary(table, data, start=start, order=order)
    return PlyFile({table.name: table for table in tables}, comments)


def _header(data: bytes) -> tuple[str, list[Table], list[str], int]:
    end = data.find(b"end_header", 0, MAX_HEADER_BYTES)
    if not data.startswith(b"ply") or end < 0:
        raise ImportFailed(
            _("a PLY file starts with 'ply' and has 'end_header', but this one starts with {start!r}").format(
                start=data[:16]
            )
        )
    order, tables, comments = "", list[Table](), list[str]()
    for line in data[:end].decode("utf-8", "replace").splitlines():
        words = [*line.split(), "", ""]
        if words[0] == "format":
            order = ORDERS.get(words[1], "")
        elif words[0] in {"comment", "obj_info"}:
            comments.append(line.strip()[len(words[0]) :].strip())
        elif words[0] == "element":
            tables.append(Table(words[1], _count(words[2])))
        elif words[0] == "property" and tables:
            tables[-1].properties.append(_property(line.split()))
    if not order:
        raise ImportFailed(_("the header should say 'format ascii 1.0' or a binary one, but does not"))
    line_end = data.find(b"\n", end)
    return order, tables, comments, len(data) if line_end < 0 else line_end + 1


def _count(word: str) -> int:
    count = int(word) if word.isdigit() else -1
    if not 0 <= count <= MAX_ROWS:
        raise ImportFailed(
            _("the header should count up to {limit}, but says {word!r}").format(
                limit=MAX_ROWS, word=word[:40]
            )
        )
    return count


def _property(words: list[str]) -> Property:
    words = [*words, ""] if len(words) < 2 else words
    kinds = words[2:4] if words[1] == "list" else words[1:2]
    if len(words) != len(kinds) + (3 if words[1] == "list" else 2) or any(
        kind not in TYPES for kind in kinds
    ):
        raise ImportFailed(
            _("the header has a property that cannot be read: {line!r}").format(line=" ".join(words)[:100])
        )
    length = TYPES[kinds[0]] if words[1] == "list" else ""
    return Property(words[-1], TYPES[kinds[-1]], length)


def _cut_off(table: Table) -> ImportFailed:
    return ImportFailed(
        _("the file should hold {count} rows of {name}, but ends before: it is cut off").format(
            count=table.count, name=table.name
        )
    )


# ---- binary -----------------------------------------------------------------------------------------


def _read_binary(table: Table, data: bytes, *, start: int, order: str) -> int:
    """Fill a table and return where the next one starts."""
    lengths = {p.name: 0 for p in table.properties if p.length}
    row = _row_type(table, lengths, order)
    if table.count * row.itemsize > len(data) - start:
        raise _cut_off(table)
    if not table.count:
        return start
    if lengths:
        lengths = _first_lengths(table, data, start=start, order=order)
        row = _row_type(table, lengths, order)
        room = (len(data) - start) // max(row.itemsize, 1)
        if table.count > room or not _uniform(np.frombuffer(data, row, table.count, start), lengths):
            return _read_ragged(table, data, start=start, order=order)
    rows = np.frombuffer(data, row, table.count, start)
    for p in table.properties:
        if p.length:
            values = np.ascontiguousarray(rows[p.name]).reshape(-1)
            table.lists[p.name] = Lists(values, np.full(table.count, lengths[p.name], np.int64))
        else:
            table.scalars[p.name] = np.ascontiguousarray(rows[p.name])
    return start + table.count * row.itemsize


def _row_type(table: Table, lengths: dict[str, int], order: str) -> np.dtype[Any]:
    fields: list[Any] = []
    for p in table.properties:
        if p.length:
            fields.append((f"#{p.name}", order + p.length))
            fields.append((p.name, order + p.kind, (lengths[p.name],)))
        else:
            fields.append((p.name, order + p.kind))
    try:
        return np.dtype(fields)
    except ValueError as error:
        raise ImportFailed(_("the header names a property twice: {reason}").format(reason=error)) from None


def _first_lengths(table: Table, data: bytes, *, start: int, order: str) -> dict[str, int]:
    found = {}
    for p in table.properties:
        if p.length:
            kind = np.dtype(order + p.length)
            if start + kind.itemsize > len(data):
                raise _cut_off(table)
            found[p.name] = max(int(np.frombuffer(data, kind, 1, start)[0]), 0)
            start += kind.itemsize
        start += np.dtype(p.kind).itemsize * (found[p.name] if p.length else 1)
    return found


def _uniform(rows: Array, lengths: dict[str, int]) -> bool:
    return all((rows[f"#{name}"] == length).all() for name, length in lengths.items())


def _read_ragged(table: Table, data: bytes, *, start: int, order: str) -> int:
    """Fill a table whose lists have different lengths, row by row."""
    scalars: dict[str, list[Any]] = {p.name: [] for p in table.properties if not p.length}
    lists: dict[str, list[Array]] = {p.name: [] for p in table.properties if p.length}
    kinds = [
        (p, np.dtype(order + p.length) if p.length else None, np.dtype(order + p.kind))
        for p in table.properties
    ]
    for _row in range(table.count):
        for p, length, kind in kinds:
            count = 1
            if length is not None:
                count = int.from_bytes(
                    data[start : start + length.itemsize], "big" if order == ">" else "little"
                )
                start += length.itemsize
            if start + count * kind.itemsize > len(data):
                raise _cut_off(table)
            values = np.frombuffer(data, kind, count, start)
            start += count * kind.itemsize
            (lists[p.name].append(values) if length is not None else scalars[p.name].append(values[0]))
    _store(table, scalars, lists)
    return start


def _store(table: Table, scalars: dict[str, list[Any]], lists: dict[str, list[Array]]) -> None:
    for p in table.properties:
        if p.length:
            parts = lists[p.name]
            values = np.concatenate(parts) if parts else np.zeros(0)
            table.lists[p.name] = Lists(values, np.array([len(part) for part in parts], np.int64))
        else:
            table.scalars[p.name] = np.array(scalars[p.name], p.kind)


# ---- text -------------------------------------------------------------------------------------------


def _read_text(tables: list[Table], text: bytes) -> None:
    words = text.split()
    place = 0
    for table in tables:
        place = _read_words(table, words, place)


def _read_words(table: Table, words: list[bytes], place: int) -> int:
    """Fill a table of words and return where the next one starts."""
    width = len(table.properties)
    if not any(p.length for p in table.properties):
        end = place + table.count * width
        if end > len(words):
            raise _cut_off(table)
        numbers = _numbers(words[place:end]).reshape(table.count, width)
        for column, p in zip(numbers.T, table.properties, strict=True):
            table.scalars[p.name] = _as_kind(column, p.kind)
        return end
    return _read_ragged_words(table, words, place)


def _read_ragged_words(table: Table, words: list[bytes], place: int) -> int:
    columns: dict[str, list[list[bytes]]] = {p.name: [] for p in table.properties}
    for _row in range(table.count):
        for p in table.properties:
            count = 1
            if p.length:
                count = int(words[place]) if place < len(words) and words[place].isdigit() else 0
                place += 1
            if place + count > len(words):
                raise _cut_off(table)
            columns[p.name].append(words[place : place + count])
            place += count
    for p in table.properties:
        rows = columns[p.name]
        values = _numbers([word for row in rows for word in row])
        if p.length:
            table.lists[p.name] = Lists(values, np.array([len(row) for row in rows], np.int64))
        else:
            table.scalars[p.name] = _as_kind(values, p.kind)
    return place


def _numbers(words: list[bytes]) -> npt.NDArray[np.float64]:
    try:
        return np.array(words, dtype="S").astype(np.float64) if words else np.zeros(0)
    except ValueError:
        raise ImportFailed(_("the table should hold numbers, but does not: it is damaged")) from None


def _as_kind(column: npt.NDArray[np.float64], kind: str) -> Array:
    if kind[0] == "f":
        return column
    limits = np.iinfo(kind)
    return np.nan_to_num(column).clip(limits.min, limits.max).astype(kind)
