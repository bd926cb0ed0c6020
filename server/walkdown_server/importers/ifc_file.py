"""Opens an .ifc or .ifczip file, and says in one sentence why one cannot be opened."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ifcopenshell

from walkdown.errors import ImportFailed
from walkdown.i18n import _

MAX_FILE_BYTES = 2 << 30
ZIP_MAGIC = b"PK\x03\x04"
STEP_MAGIC = b"ISO-10303-21"
HEAD_BYTES, TAIL_BYTES = 64 << 10, 256

KNOWN_SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
OTHER_NAMES = {
    "IFC2X3_FINAL": "IFC2X3",
    "IFC2X3_TC1": "IFC2X3",
    "IFC4_ADD1": "IFC4",
    "IFC4_ADD2": "IFC4",
    "IFC4_ADD2_TC1": "IFC4",
    "IFC4X3": "IFC4X3_ADD2",
    "IFC4X3_TC1": "IFC4X3_ADD2",
    "IFC4X3_ADD1": "IFC4X3_ADD2",
}
"""What exporters also write into FILE_SCHEMA: the same schemas, with corrections that changed no entity."""

_ENTITY = re.compile(rb"#\d+\s*=\s*[A-Za-z]")
_DATA = re.compile(rb"\bDATA\s*[;(]", re.IGNORECASE)
_WHOLE = re.compile(rb"IFC(?:CARTESIANPOINT|DIRECTION)\s*\(\s*\((?:[^(),]*,)*\s*-?\d+\s*[,)]", re.IGNORECASE)
_ABSURD = re.compile(
    rb"IFC(?:CARTESIANPOINT|DIRECTION)\s*\(\s*\([^()]*E\+?(?:[2-9]\d|\d{3,})\s*[,)]", re.IGNORECASE
)
_COORDINATES = re.compile(r"IFC(?:CARTESIANPOINT|DIRECTION)\s*\(\s*\([^()]*\)", re.IGNORECASE)
_INTEGER = re.compile(r"(?<=[(,\s])-?\d+(?=\s*[,)])")
_STRAY = re.compile(r"[^\x00-\x7f]+")
_SCHEMA = re.compile(rb"FILE_SCHEMA\s*\(\s*\(\s*'([^']{0,100})'", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IfcFile:
    """An opened file.

    Attributes:
        graph: ``ifcopenshell.file``.
        name: file name without suffix.
        schema: as the file names it.
        errors: what the parser left out or could not resolve, in its own words.
        declared: how many entities the text holds.
        read: how many of them are in ``graph``.
    """

    graph: Any
    name: str
    schema: str
    errors: list[str]
    declared: int
    read: int


def open_ifc(path: Path) -> IfcFile:
    """Read a file.

    Raises:
        ImportFailed: one sentence that says what was expected and what came.
    """
    data = _read(path)
    zipped = data.startswith(ZIP_MAGIC)
    if zipped:
        data = _unzip(data)
    start = data[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    _check_form(start, tail=data[-HEAD_BYTES:].rstrip()[-TAIL_BYTES:])
    _check_coordinates(data)
    said = _schema_of(start)
    if not _DATA.search(data):
        raise ImportFailed(_("the file ends after its header: it is cut off, or it was exported empty"))
    schema = OTHER_NAMES.get(said.upper(), said.upper())
    as_it_is = not zipped and schema == said and data.startswith(STEP_MAGIC) and _is_strict(data)
    text = None if as_it_is else _text(data, said=said, schema=schema)
    declared = sum(1 for _entity in _ENTITY.finditer(data))
    del data, start  # a large file should not lie in memory twice while it is parsed
    graph, errors = _parse(path, text)
    read = len(graph.entity_names()) if errors else declared
    return IfcFile(graph, path.stem, said, errors, declared, read)


def _parse(path: Path, text: str | None) -> tuple[Any, list[str]]:
    """Return the graph of ``text``, or else of the file, and what the parser complains about."""
    log: Any = ifcopenshell.get_log  # returns what was logged since it was last asked
    log()
    try:
        graph = ifcopenshell.open(str(path)) if text is None else ifcopenshell.file.from_string(text)
    except (ifcopenshell.Error, RuntimeError, OSError, ValueError) as error:
        raise ImportFailed(
            _("the file is damaged: an IFC file should parse as STEP, but {reason}").format(
                reason=(_errors(log()) or [_first_line(error)])[0]
            )
        ) from None
    return graph, _errors(log())


def _errors(log: str) -> list[str]:
    """Return the errors of a log without their times, each a line of text."""
    lines = (line for line in log.splitlines() if line.startswith("[error]"))
    return [line.rpartition("] ")[2].strip()[:200] for line in lines]


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise ImportFailed(_("there is no such file"))
    _check_size(path.stat().st_size)
    return path.read_bytes()


def _check_size(size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise ImportFailed(
            _("a file may have {limit} bytes, but this one has {size}").format(
                limit=MAX_FILE_BYTES, size=size
            )
        )


def _unzip(data: bytes) -> bytes:
    """Return the one .ifc file of an .ifczip file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".ifc")]
            if len(names) != 1:
                raise ImportFailed(
                    _("an .ifczip file holds one .ifc file, but this one holds {count}").format(
                        count=len(names)
                    )
                )
            _check_size(archive.getinfo(names[0]).file_size)
            with archive.open(names[0]) as member:
                return member.read(MAX_FILE_BYTES)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        raise ImportFailed(
            _("the .ifczip file is cut off or damaged: {reason}").format(reason=_first_line(error))
        ) from None


def _check_form(start: bytes, *, tail: bytes) -> None:
    if not start.startswith(STEP_MAGIC):
        if start.startswith((b"<?xml", b"<ifc", b"<ex:")):
            raise ImportFailed(_("the file is ifcXML, which cannot be read: export it as .ifc"))
        raise ImportFailed(
            _("an IFC file starts with {expected!r}, but this one starts with {found!r}").format(
                expected=STEP_MAGIC.decode(), found=start[:12].decode("latin-1")
            )
        )
    end = tail.upper()
    if b"END-ISO-10303-21" not in end and b"ENDSEC" not in end:
        raise ImportFailed(
            _(
                "the file is cut off: an IFC file ends with END-ISO-10303-21, but this one ends in {found!r}"
            ).format(found=tail[-30:].decode("latin-1"))
        )


def _check_coordinates(data: bytes) -> None:
    """Refuse coordinates so large that a kernel which computes exactly would not come to an end."""
    found = _ABSURD.search(data)
    if found:
        raise ImportFailed(
            _("the file is damaged: no coordinate of a building is as large as in {text}").format(
                text=found[0].decode("latin-1")[-100:]
            )
        )


def _schema_of(start: bytes) -> str:
    """Return what the header names, when it can be read."""
    found = _SCHEMA.search(start)
    if not found:
        raise ImportFailed(_("the header of the file names no IFC schema: it is damaged"))
    said = found[1].decode("latin-1").strip()
    if OTHER_NAMES.get(said.upper(), said.upper()) not in KNOWN_SCHEMAS:
        raise ImportFailed(
            _(
                "the file is {schema}, but only IFC2X3, IFC4 and IFC4X3 (the final one) can be read: "
                "export it again as one of them"
            ).format(schema=said or _("of no schema"))
        )
    return said


def _text(data: bytes, *, said: str, schema: str) -> str:
    """Return the text with a schema name that the parser knows, letters and coordinates as STEP demands.

    Bytes beyond ASCII are read as UTF-8 or else Latin-1, and escaped; the parser would drop them. It would
    also drop points whose coordinates are whole numbers, which STEP wants to end in a point.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    head = text[:HEAD_BYTES].replace(f"'{said}'", f"'{schema}'", 1).lstrip()
    escaped = _STRAY.sub(_escape, head + text[HEAD_BYTES:])
    return _COORDINATES.sub(lambda found: _INTEGER.sub(r"\g<0>.", found[0]), escaped)


def _is_strict(data: bytes) -> bool:
    """Return whether the parser can take the bytes as they are."""
    return data.isascii() and _WHOLE.search(data) is None


def _escape(letters: re.Match[str]) -> str:
    return f"\\X4\\{letters[0].encode('utf-32-be').hex().upper()}\\X0\\"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
