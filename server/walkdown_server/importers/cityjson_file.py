"""A CityJSON file or a sequence of CityJSON features, opened part by part within bounds.

A plain file is one part. A sequence (CityJSONSeq) has one JSON document a line: first a header that holds
what all share, then features that bring vertices of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from walkdown.errors import ImportFailed
from walkdown.i18n import _, mark
from walkdown_server.importers.report import ImportReport, Note

MAX_FILE_BYTES = 2 << 30
MAX_LINE_BYTES = 64 << 20
MAX_BLANK_BYTES = 1 << 20
"""A file whose first line is whole and has no more than this of blanks after it has one document."""

VERSIONS = ("1", "2")
"""Major versions that can be read."""

_BOM = b"\xef\xbb\xbf"
_NO_NUMBER = re.compile(rb"(?<=[:,\[\s])(?:NaN|-?Infinity)(?=\s{0,100}[,\]}])")

Triple = tuple[float, float, float]


class Transform(msgspec.Struct, frozen=True):
    """How the integers of ``vertices`` become coordinates: ``scale * vertex + translate``."""

    scale: Triple
    translate: Triple


class Geometry(msgspec.Struct):
    """One geometry; its ``boundaries`` stay text until they are wanted."""

    type: str
    lod: str | float | None = None
    boundaries: msgspec.Raw = msgspec.Raw(b"[]")
    semantics: Any = None
    material: Any = None
    texture: Any = None
    template: int | None = None
    matrix: list[float] | None = msgspec.field(name="transformationMatrix", default=None)


class CityObject(msgspec.Struct):
    """One city object."""

    type: str
    attributes: Any = None
    address: Any = None
    geometry: list[Geometry] | None = None
    children: list[str] | None = None
    members: list[str] | None = None
    parents: list[str] | None = None


class Templates(msgspec.Struct):
    """Shapes that stand in many places."""

    templates: list[Geometry] = []
    vertices: list[Triple] = msgspec.field(name="vertices-templates", default_factory=list)


class Document(msgspec.Struct):
    """A whole file, the header of a sequence, or one of its features; objects stay text until wanted."""

    type: str
    version: str | float = ""
    objects: dict[str, msgspec.Raw] = msgspec.field(name="CityObjects", default_factory=dict)
    vertices: list[Triple] = []
    transform: Transform | None = None
    metadata: Any = None
    appearance: Any = None
    templates: Templates | None = msgspec.field(name="geometry-templates", default=None)


@dataclass(slots=True)
class CityFile:
    """An opened file.

    Attributes:
        header: what all parts share; for a plain file, the file itself.
        parts: yields each part that holds objects, once.
        sequence: whether it is a sequence of features.
    """

    header: Document
    parts: Callable[[], Iterator[Document]]
    sequence: bool
    notes: list[Note] = field(default_factory=list)


_documents: msgspec.json.Decoder[Document] = msgspec.json.Decoder(Document)
_objects: msgspec.json.Decoder[CityObject] = msgspec.json.Decoder(CityObject)


def open_city(path: Path, *, report: ImportReport, progress: Callable[[float], None]) -> CityFile:
    """Open a file, and read it but for the features of a sequence.

    Raises:
        ImportFailed: one sentence that says what was expected and what came.
    """
    size = _size_of(path)
    with path.open("rb") as file:
        first = file.readline()
        left = size - file.tell()
        alone = left <= MAX_BLANK_BYTES and not file.read(left).strip()
    header = _try_decode(first.removeprefix(_BOM))
    if header is not None and not alone:
        _check_header(header, of_sequence=True)
        return CityFile(header, lambda: _features(path, size, report=report, progress=progress), True)
    if path.suffix.lower() == ".jsonl" and header is None and first.rstrip().endswith(b"}"):
        raise _not_json(first, line=1)
    notes: list[Note] = []
    document = header if header is not None else _decode_all(path, notes)
    _check_header(document, of_sequence=False)
    return CityFile(document, lambda: iter([document]), False, notes)


def decode_object(data: msgspec.Raw) -> CityObject:
    """Return one city object.

    Raises:
        msgspec.MsgspecError: it is not what the format says.
    """
    return _objects.decode(data)


def _size_of(path: Path) -> int:
    if not path.is_file():
        raise ImportFailed(_("there is no such file"))
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ImportFailed(
            _("a CityJSON file may have {limit} bytes, but this one has {size}: split it").format(
                limit=MAX_FILE_BYTES, size=size
            )
        )
    return size


def _try_decode(data: bytes) -> Document | None:
    try:
        return _documents.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _decode_all(path: Path, notes: list[Note]) -> Document:
    data = path.read_bytes().removeprefix(_BOM)
    try:
        return _documents.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        mended = _NO_NUMBER.sub(b"null", data)
        document = _try_decode(mended) if mended != data else None
        if document is None:
            raise _not_json(data) from None
    text = mark("Values NaN or Infinity, which JSON does not know, taken for unknown: {count}.")
    notes.append(Note(text, {"count": len(_NO_NUMBER.findall(data))}))
    return document


def _not_json(data: bytes, *, line: int | None = None) -> ImportFailed:
    """Return the error that says why ``data`` is no CityJSON."""
    where = "" if line is None else _("line {line}: ").format(line=line)
    if not data.strip():
        return ImportFailed(_("a CityJSON file is one JSON object, but this one is empty"))
    try:
        _documents.decode(data)
    except RecursionError:
        return ImportFailed(where + _("its JSON is nested too deeply: it is damaged or hostile"))
    except UnicodeDecodeError:
        return ImportFailed(where + _("a CityJSON file is UTF-8 text, but this one is not"))
    except msgspec.ValidationError as error:
        return ImportFailed(where + _("it is JSON, but no CityJSON: {reason}").format(reason=error))
    except msgspec.DecodeError as error:
        text = _("it should be JSON, but is cut off or damaged: {reason}")
        return ImportFailed(where + text.format(reason=error))
    return ImportFailed(where + _("it is no CityJSON"))


def _check_header(document: Document, *, of_sequence: bool) -> None:
    if document.type != "CityJSON":
        hint = _("a sequence starts with a line of type CityJSON") if of_sequence else ""
        if document.type == "CityJSONFeature":
            hint = _("a feature needs a line of type CityJSON before it")
        text = _("its type should be 'CityJSON', but is {found!r}")
        raise ImportFailed(text.format(found=document.type[:60]) + (f": {hint}" if hint else ""))
    version = str(document.version)
    if version.partition(".")[0] not in VERSIONS:
        raise ImportFailed(
            _("only CityJSON 1.0, 1.1 and 2.0 can be read, but this file has version {version!r}").format(
                version=version[:20]
            )
        )


def _features(
    path: Path, size: int, *, report: ImportReport, progress: Callable[[float], None]
) -> Iterator[Document]:
    """Yield the features of a sequence, and what its header holds itself; bad lines are left out."""
    with path.open("rb") as file:
        for number, line in _lines(file, report):
            document = _try_decode(line.removeprefix(_BOM))
            if document is None:
                report.skip(mark("a line that is no CityJSON feature"))
            elif document.objects and (number == 1 or document.type == "CityJSONFeature"):
                yield document
            elif number > 1 and document.type != "CityJSONFeature":
                report.skip(mark("a line that is no CityJSON feature"))
            progress(min(1.0, file.tell() / size))


def _lines(file: BinaryIO, report: ImportReport) -> Iterator[tuple[int, bytes]]:
    """Yield number and text of each line that is not blank; one that is too long is left out."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES):
        number += 1
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            report.skip(mark("a line of more than 64 MiB"))
            while (more := file.readline(MAX_LINE_BYTES)) and not more.endswith(b"\n"):
                pass
        elif line.strip():
            yield number, line
