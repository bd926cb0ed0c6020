"""What a file brings: topics with comments and views, in the words of a session, whatever format it had."""

from __future__ import annotations

import base64
import functools
import hashlib
import math
import re
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from walkdown.messages import Comment, Topic, TopicFields, Viewpoint, Vocabulary

CARRIED = (
    "title",
    "description",
    "type",
    "status",
    "priority",
    "stage",
    "discipline",
    "labels",
    "assigned",
    "due",
    "related",
    "links",
    "documents",
)
"""Fields of a topic that BCF has a place for; the others stay in the session."""

SEEN = (
    "camera",
    "planes",
    "lines",
    "shown",
    "exceptions",
    "ghosted",
    "selection",
    "painted",
    "snapshot",
    "order",
)
"""The same of a viewpoint."""

FOV_LIMITS_DEG = (45.0, 60.0)
"""The fields of view that BCF 2.1 allows."""

OURS = uuid.UUID("5b0c5e1a-3c0a-5a52-9d1e-1d7f3b2c9a60")
"""Under which names become UUIDs where a file needs one."""

_IFC = re.compile(r"(?:^|#)ifc:([0-9A-Za-z_$]{22})(?:\[\d+\])?$")
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Letters that XML does not have."""

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class HeaderFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A model file that the header of a topic names, by name and by the GUID of its IfcProject."""

    name: str = ""
    project: str = ""


class IncomingTopic(msgspec.Struct, frozen=True, omit_defaults=True):
    """One topic of a file, complete.

    Attributes:
        rev: what :func:`revision` said of it when it left a session, "" where the file does not tell.
        fields: that the file has a place for, and may therefore change.
        local: views and pin are in the coordinates of the model that it belongs to, not in those of the site.
        files: models that its header names.
    """

    topic: Topic
    comments: tuple[Comment, ...] = ()
    viewpoints: tuple[Viewpoint, ...] = ()
    rev: str = ""
    fields: tuple[str, ...] = CARRIED
    local: bool = False
    files: tuple[HeaderFile, ...] = ()


class Incoming(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that a file brings.

    Attributes:
        file, format: its name, and ``BCF 2.1`` and so on. sha256: of the file, "" where it is not kept.
        vocabulary: the words that its lists offer, None where it has no lists.
        notes: what was odd about it, English sentences.
    """

    file: str
    format: str
    sha256: str = ""
    topics: tuple[IncomingTopic, ...] = ()
    vocabulary: Vocabulary | None = None
    notes: tuple[str, ...] = ()


def guid_of(name: str) -> str:
    """Return the UUID, in small letters, that an id has in files; one made of it where it is none.

    >>> guid_of("3F2504E0-4F89-11D3-9A0C-0305E82C3301")
    '3f2504e0-4f89-11d3-9a0c-0305e82c3301'
    """
    small = name.lower().strip("{}")
    if _GUID.fullmatch(small):
        return small
    if len(small) == 32 and all(letter in "0123456789abcdef" for letter in small):
        return str(uuid.UUID(small))
    return str(uuid.uuid5(OURS, name))


def derived(*names: str) -> str:
    """Return the UUID that some names together have."""
    return str(uuid.uuid5(OURS, "\0".join(names)))


def plain(value: Any) -> Any:
    """Return a value as it is after a way through a file: no letters that XML does not have, and trimmed."""
    if isinstance(value, str):
        return ILLEGAL.sub("", value).strip()
    if isinstance(value, tuple):
        return tuple(plain(each) for each in value)
    return value


def carried(topic: TopicFields, field: str) -> Any:
    """Return a field for comparison, as it is after a way through a file.

    Texts without white space around them, documents by what they are and not by how their files are called,
    a day as a day.
    """
    value = getattr(topic, field)
    if field == "documents":
        return tuple(
            (guid_of(one.document), one.url, plain(one.description), one.file.sha256 if one.file else "")
            for one in value
        )
    if field == "related":
        return tuple(dict.fromkeys(guid_of(one) for one in value))
    if field == "due":
        return _moment(value)
    return plain(value)


def _moment(due: str) -> str:
    """Return a due date as a moment of UTC, a day as its beginning; what is no date as it is."""
    try:
        found = datetime.fromisoformat(due)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return due


def seen(view: Viewpoint) -> tuple[Any, ...]:
    """Return what a file says of a view."""
    return tuple(getattr(view, field) for field in SEEN)


def same_view(here: Viewpoint, file: Viewpoint) -> bool:
    """Return whether a file says of a view what stands here, as far as files can.

    Numbers may differ by what writing and reading them costs. How wide a picture is does not count, nor
    does a field of view that BCF 2.1 does not allow.
    """
    one, other = here.camera, file.camera
    if one is not None and other is not None:
        fov_deg = one.fov_deg
        if other.fov_deg in FOV_LIMITS_DEG and fov_deg:
            fov_deg = min(max(fov_deg, FOV_LIMITS_DEG[0]), FOV_LIMITS_DEG[1])
        here = replace(here, camera=replace(one, aspect=other.aspect, fov_deg=fov_deg))
    return _near(_bare(seen(_by_guid(here))), _bare(seen(_by_guid(file))))


def ifc_guid(thing: str) -> str:
    """Return the IFC GUID at the end of the id of a thing, "" for none.

    >>> ifc_guid("hall#ifc:2O2Fr$t4X7Zf8NOew3FLOH[2]"), ifc_guid("gltf:/Pump")
    ('2O2Fr$t4X7Zf8NOew3FLOH', '')
    """
    found = _IFC.search(thing)
    return found[1] if found else ""


def as_in_files(things: Iterable[str]) -> tuple[str, ...]:
    """Return things as files name them: copies of one element share its IFC GUID."""
    return tuple({f"ifc:{guid}" if (guid := ifc_guid(one)) else one: None for one in things})


def _by_guid(view: Viewpoint) -> Viewpoint:
    painted = tuple(replace(one, things=as_in_files(one.things)) for one in view.painted)
    lists = {name: as_in_files(getattr(view, name)) for name in ("exceptions", "ghosted", "selection")}
    return replace(view, painted=painted, **lists)


def _bare(value: Any) -> Any:
    """Return a value as tuples in tuples, whole: structs leave out what they say by default."""
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.astuple(value)
    return tuple(map(_bare, value)) if isinstance(value, tuple) else value


def _near(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-7)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_near, one, other))
    return bool(one == other)


def revision(topic: Topic, views: tuple[Viewpoint, ...] = ()) -> str:
    """Return what a file needs to tell later what was changed in it since: number, fields and views.

    The number of the newest record about the topic, four letters for each of ``CARRIED``, and eight for all
    its views, with a ``.`` between.
    """
    shown = sorted((guid_of(view.viewpoint), _bare(seen(view))) for view in views) if views else []
    marks = "".join(mark(topic, field) for field in CARRIED)
    return f"{topic.number}.{marks}.{_digest(shown, 6)}"


def mark(topic: TopicFields, field: str) -> str:
    """Return four letters that are others for another value of a field."""
    return _mark(carried(topic, field))


@functools.lru_cache(4096)
def _mark(value: Any) -> str:
    return _digest(value, 3)


def parts_of(rev: str) -> tuple[int, dict[str, str], str]:
    """Return number, marks of fields and of views that :func:`revision` made; no marks where it is none."""
    number, marks, views = (*rev.split("."), "", "", "")[:3]
    if not number.isascii() or not number.isdecimal() or len(marks) != 4 * len(CARRIED):
        return 0, {}, ""
    return int(number[:16]), {name: marks[4 * at : 4 * at + 4] for at, name in enumerate(CARRIED)}, views


def _digest(value: Any, size_bytes: int) -> str:
    whole = hashlib.sha256(msgspec.msgpack.encode(value)).digest()
    return base64.urlsafe_b64encode(whole[:size_bytes]).decode()
