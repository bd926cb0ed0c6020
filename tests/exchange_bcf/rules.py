"""The named rules under which a file may differ from the one it came from; ``docs/bcf.md`` says why."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.exchange_bcf.flat import Flat, Value

XSI = "@{http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(frozen=True)
class Difference:
    """One line in which two files differ; None for what is not there.

    Attributes:
        changed: whether the files have different versions of BCF.
    """

    path: str
    before: Value | None
    after: Value | None
    changed: bool
    old: Flat = field(repr=False)
    new: Flat = field(repr=False)

    @property
    def values(self) -> tuple[Value | None, Value | None]:
        return self.before, self.after


def link(one: Difference) -> bool:
    """Each topic has a link of ours, and then its list of links is not empty."""
    if one.path.endswith("ReferenceLinks[1]"):
        return one.values == ("", None)
    return "/ReferenceLinks[1]/ReferenceLink[" in one.path and str(one.after).startswith("walkdown:")


def words(one: Difference) -> bool:
    """The lists also offer the words of the session; the file that names them goes with them."""
    added = one.before is None
    named = one.path == "project.bcfp:ProjectExtension/ExtensionSchema[1]"
    return added and (one.path.startswith("words:") or named)


def version(one: Difference) -> bool:
    """The file says its version, hints where a schema lies go, lists are named by BCF 2.1."""
    said = one.path.startswith("bcf.version:") or one.path.endswith("ProjectExtension/ExtensionSchema[1]")
    return one.changed and (said or (XSI in one.path and one.after is None))


def empty(one: Difference) -> bool:
    """A list or text with nothing in it is not written where the schema does not allow it."""
    return set(one.values) == {"", None}


def demanded(one: Difference) -> bool:
    """What the other schema demands is filled."""
    filled = {
        r"/@TopicType$|/@TopicStatus$": "Undefined",
        r"/DocumentReference\[\d+\]/@Guid$": one.after,
        r"Camera\[1\]/AspectRatio\[1\]$": one.after,
    }
    return (
        one.changed
        and one.before is None
        and any(re.search(pattern, one.path) and one.after == value for pattern, value in filled.items())
    )


def no_place(one: Difference) -> bool:
    """What BCF 2.1 has no place for goes: the number a server gave, and how wide a view is."""
    if one.path.endswith("Camera[1]/AspectRatio[1]"):  # on the way back it is as wide as its snapshot
        return one.changed and one.before is not None
    return one.changed and one.path.endswith("/@ServerAssignedId") and one.after is None


def narrow(one: Difference) -> bool:
    """A field of view is brought to the 45 to 60 degrees that BCF 2.1 allows."""
    return one.path.endswith("/FieldOfView[1]") and one.after in (45.0, 60.0)


def spelling(one: Difference) -> bool:
    """Formats of bitmaps are spelt in small letters in BCF 3.0, in capitals in BCF 2.1."""
    return one.changed and "Bitmap" in one.path and str(one.before).lower() == str(one.after).lower()


def documents(one: Difference) -> bool:
    """A document lies with its topic in BCF 2.1 and with those of all in BCF 3.0; its bytes stay."""
    if not one.changed:
        return False
    if found := re.match(
        r"(.*/DocumentReference\[\d+\])/(ReferencedDocument|DocumentGuid|Url)\[1\]$", one.path
    ):
        return _document(one.old, found[1]) == _document(one.new, found[1])
    if re.search(r"/DocumentReference\[\d+\]/@IsExternal$", one.path):
        return True
    if one.path.startswith("documents.xml:"):
        return one.before is None or _is_file(one.before, one.new) or XSI in one.path
    blob = one.before if one.after is None else one.after
    return ":" not in one.path and blob in one.old.values() and blob in one.new.values()


def _document(flat: Flat, path: str) -> Value | None:
    """Return what a reference leads to: the hash of a file in the zip, or an address."""
    names = ("ReferencedDocument", "DocumentGuid", "Url")
    said = next((flat[f"{path}/{name}[1]"] for name in names if f"{path}/{name}[1]" in flat), None)
    folder = path.partition("/")[0]
    places = (f"{folder}/{said}", str(said).removeprefix("../"), f"documents/{said}")
    return next((flat[place] for place in places if place in flat), said)


def _is_file(name: Value, flat: Flat) -> bool:
    """Return whether a file of this name, or a reference to a GUID, is there."""
    return (
        any(path.endswith(f"/{name}") for path in flat)
        or re.fullmatch(r"[0-9a-f-]{36}", str(name)) is not None
    )


RULES: dict[str, Callable[[Difference], bool]] = {
    "link": link,
    "words": words,
    "version": version,
    "empty": empty,
    "demanded": demanded,
    "no place": no_place,
    "narrow": narrow,
    "spelling": spelling,
    "documents": documents,
}


def rules_of(one: Difference) -> list[str]:
    return [name for name, holds in RULES.items() if holds(one)]
