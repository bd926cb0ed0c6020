"""The lines of an OBJ file as arrays: points, and the corners of polygons with what they belong to."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown_server.importers.report import ImportReport
from walkdown_server.importers.units import unit_in

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

HEAD_BYTES = 4096
BAD_NUMBERS = 0.01
"""The share of what should be numbers and is none, from which on a file is damaged."""

MAX_CORNERS = 10_000
LINES_TOLD = 100_000
"""How often progress is told."""

MISSING = -1
"""The texture coordinate or normal of a corner that has none."""

_RELATIVE = re.compile(rb"^ *f[^\n]*-", re.MULTILINE)
OWNING = (b"o", b"g", b"usemtl")
NOT_READ = {
    b"l": mark("a line"),
    b"p": mark("a point"),
    b"curv": mark("a free-form curve"),
    b"surf": mark("a free-form surface"),
    b"call": mark("a call of another file"),
}


@dataclass(frozen=True, slots=True)
class Owner:
    """What the lines before a face say about it."""

    object: str = ""
    group: str = ""
    material: str = ""


@dataclass(slots=True)
class ObjFile:
    """A file as it stands.

    Attributes:
        points: (v, 3). colors: (v, 3) uint8 or None. uvs: (t, 2), v up. normals: (n, 3).
        corners: (c, 3) int64: point, texture coordinate and normal of each corner, ``MISSING`` for none.
        sizes: (f,) corners of each polygon. owners: (f,) rows of ``named``.
        named: what polygons belong to, in the order of the file.
        libraries: material files. unit: name of the unit that a comment mentions, or None.
    """

    points: Floats
    uvs: Floats
    normals: Floats
    corners: Ints
    sizes: Ints
    owners: Ints
    named: list[Owner]
    libraries: list[str]
    colors: npt.NDArray[np.uint8] | None = None
    unit: str | None = None


@dataclass(slots=True)
class _Lines:
    points: list[bytes] = field(default_factory=list)
    uvs: list[bytes] = field(default_factory=list)
    normals: list[bytes] = field(default_factory=list)
    faces: list[bytes] = field(default_factory=list)
    owners: list[tuple[int, int]] = field(default_factory=list)
    before: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    named: dict[Owner, int] = field(default_factory=dict)
    libraries: list[str] = field(default_factory=list)

    def owned(self, owner: Owner) -> None:
        """Let the faces that follow belong to something else."""
        row = self.named.setdefault(owner, len(self.named))
        self.owners.append((len(self.faces), row))


def parse_obj(data: bytes, report: ImportReport, progress: Callable[[float], None]) -> ObjFile:
    """Return what an OBJ file holds.

    Args:
        data: of the file. report: is told what is left out. progress: is told the part that is done.

    Raises:
        ImportFailed: a line is no OBJ, or a face uses a point that is not there.
    """
    data = as_utf8(data)
    lines = _sort_lines(data, report, progress)
    points, colors = _points(lines.points)
    owners, named = _owners(lines)
    file = ObjFile(
        points=points,
        colors=colors,
        uvs=_columns(lines.uvs, 2),
        normals=_columns(lines.normals, 3),
        corners=np.zeros((0, 3), np.int64),
        sizes=np.zeros(0, np.int64),
        owners=owners,
        named=named,
        libraries=lines.libraries,
        unit=unit_in(b"\n".join(line for line in data[:HEAD_BYTES].split(b"\n") if line.startswith(b"#"))),
    )
    _read_faces(file, lines)
    return file


def _sort_lines(data: bytes, report: ImportReport, progress: Callable[[float], None]) -> _Lines:
    """Sort the lines by their first word."""
    lines = _Lines()
    columns = {b"v": lines.points, b"vt": lines.uvs, b"vn": lines.normals, b"f": lines.faces}
    owner = Owner()
    lines.owned(owner)
    text = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\\\n", b" ").replace(b"\t", b" ")
    relative = _RELATIVE.search(text) is not None
    everything = text.split(b"\n")
    for number, line in enumerate(everything):
        if not number % LINES_TOLD:
            progress(number / len(everything))
        word, _space, rest = line.lstrip().partition(b" ")
        if word in columns:
            if relative and word == b"f" and b"-" in rest:
                lines.before[len(lines.faces)] = (len(lines.points), len(lines.uvs), len(lines.normals))
            columns[word].append(rest.partition(b" #")[0] if b" #" in rest else rest)
        elif word in OWNING:
            owner = _owned(owner, word, _text(rest))
            lines.owned(owner)
        elif word == b"mtllib":
            lines.libraries.append(_text(rest))
        elif word in NOT_READ:
            report.skip(NOT_READ[word])
    return lines


def _owners(lines: _Lines) -> tuple[Ints, list[Owner]]:
    """Return (f,) rows of the owners that have faces, and those owners in the order of the file."""
    starts, rows = np.array(lines.owners, np.int64).T
    counts = np.diff(np.append(starts, len(lines.faces)))
    used = np.unique(rows[counts > 0])
    new = np.zeros(len(lines.named), np.int64)
    new[used] = np.arange(len(used))
    named = list(lines.named)
    return new[np.repeat(rows, counts)], [named[row] for row in used.tolist()]


def _text(rest: bytes) -> str:
    return rest.strip().decode("utf-8", "replace")


def _owned(owner: Owner, word: bytes, name: str) -> Owner:
    if word == b"o":
        return Owner(name, "", owner.material)
    if word == b"g":
        return Owner(owner.object, name, owner.material)
    return Owner(owner.object, owner.group, name)


def _numbers(lines: Sequence[bytes], noun: str) -> Floats:
    """Return all numbers of some lines, one after the other."""
    words = b" ".join(lines).split()
    try:
        return np.array(words, dtype="S").astype(np.float64) if words else np.zeros(0)
    except ValueError:
        found = np.array([_number(word) for word in words])
    if np.isnan(found).mean() > BAD_NUMBERS:
        raise ImportFailed(
            _("a line of {noun} should hold numbers, but one does not: it is damaged").format(noun=noun)
        )
    return found


def _number(word: bytes) -> float:
    try:
        return float(word)
    except ValueError:  # for instance 1.#QNAN, which some programs write
        return math.nan


def as_utf8(data: bytes) -> bytes:
    """Return text of a file in UTF-8, whatever its byte order mark says it is in."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def _points(lines: Sequence[bytes]) -> tuple[Floats, npt.NDArray[np.uint8] | None]:
    """Return (v, 3) points and (v, 3) colours, where there are any."""
    numbers = _numbers(lines, "v")
    count = len(lines)
    widths = np.array([len(line.split()) for line in lines], np.int64) if numbers.size != 3 * count else None
    if widths is None:
        return numbers.reshape(-1, 3), None
    if widths.min() < 3:
        raise ImportFailed(
            _("a point should have three coordinates, but one has {count}").format(count=widths.min())
        )
    first = np.cumsum(widths) - widths
    points = numbers[first[:, None] + np.arange(3)]
    if (widths < 6).all():
        return points, None
    colored = widths >= 6
    colors = np.full((count, 3), 255, np.uint8)
    given = numbers[first[colored][:, None] + np.arange(3, 6)]
    factor = 255 if not given.size or np.nanmax(given) <= 1 else 1
    colors[colored] = np.rint(np.nan_to_num(given) * factor).clip(0, 255).astype(np.uint8)
    return points, colors


def _columns(lines: Sequence[bytes], width: int) -> Floats:
    """Return the first numbers of each line; what is missing is 0."""
    numbers = _numbers(lines, "vt" if width == 2 else "vn")
    if numbers.size == width * len(lines):
        return numbers.reshape(-1, width)
    widths = np.array([len(line.split()) for line in lines], np.int64)
    first = np.cumsum(widths) - widths
    place = first[:, None] + np.arange(width)
    there = np.arange(width) < widths[:, None]
    return np.where(there, numbers[np.where(there, place, 0)], 0.0)


def _read_faces(file: ObjFile, lines: _Lines) -> None:
    """Fill in corners and sizes."""
    tokens = [face.split() for face in lines.faces]
    file.sizes = np.array([len(words) for words in tokens], np.int64)
    if len(file.sizes) and file.sizes.max() > MAX_CORNERS:
        raise ImportFailed(
            _("a polygon may have {limit} corners, but one has {count}").format(
                limit=MAX_CORNERS, count=int(file.sizes.max())
            )
        )
    file.corners = _corners([word for words in tokens for word in words])
    before = np.array([len(file.points), len(file.uvs), len(file.normals)])
    counts = np.tile(before, (len(tokens), 1))
    for face, known in lines.before.items():
        counts[face] = known
    there = np.repeat(counts, file.sizes, axis=0)
    file.corners = np.where(file.corners < 0, file.corners + there, file.corners - 1)
    _check_range(file, before)


def _corners(words: list[bytes]) -> Ints:
    """Return (c, 3) numbers as they stand, 0 for what is left out."""
    if not words:
        return np.zeros((0, 3), np.int64)
    slashes = np.char.count(np.array(words, dtype="S"), b"/")
    joined = b" ".join(words)
    try:
        if (slashes == slashes[0]).all() and b"/ " not in joined + b" ":
            width = int(slashes[0]) + 1
            flat = joined.replace(b"//", b"/0/").replace(b"/", b" ").split()
            found = np.array(flat, dtype="S").astype(np.int64).reshape(-1, width)
            return np.pad(found, ((0, 0), (0, 3 - width)))
        return np.array([_one_corner(word) for word in words], np.int64)
    except (ValueError, OverflowError):
        raise ImportFailed(
            _("a face should name its corners as 1, 1/1, 1//1 or 1/1/1: the file is damaged")
        ) from None


def _one_corner(word: bytes) -> tuple[int, int, int]:
    point, uv, normal = (int(part or 0) for part in [*word.split(b"/"), b"", b""][:3])
    return point, uv, normal


def _check_range(file: ObjFile, counts: npt.NDArray[Any]) -> None:
    """Refuse points that are not there; coordinates and normals that are not there are left out."""
    wrong = (file.corners[:, 0] < 0) | (file.corners[:, 0] >= counts[0])
    if wrong.any():
        raise ImportFailed(
            _("a face uses point {number}, but there are {count}: the file is damaged").format(
                number=int(file.corners[wrong][0, 0]) + 1, count=int(counts[0])
            )
        )
    for column in (1, 2):
        values = file.corners[:, column]
        values[(values < 0) | (values >= counts[column])] = MISSING
