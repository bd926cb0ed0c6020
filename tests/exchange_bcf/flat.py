"""BCF files as flat tables, made with nothing of ours: zip and ElementTree alone.

A table has for each element with a text, and each attribute, a path and a value: times are instants, numbers
numbers. A file that is no XML is its SHA-256. Elements of one name are counted, in the order of the file.
Paths of BCF 2.1 are told as BCF 3.0 has them, so that two versions can be compared.
"""

from __future__ import annotations

import hashlib
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

Value = str | float | datetime
Flat = dict[str, Value]

ENDINGS = (".bcf", ".bcfv", ".bcfp", ".version", "documents.xml")
LISTS = ("extensions.xml", "extensions.xsd")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

MOVED = [
    (re.compile(pattern), new)
    for pattern, new in (
        (r"(Markup/Header\[1\])/(File\[)", r"\1/Files[1]/\2"),
        (r"(Markup/Topic\[1\])/(ReferenceLink|DocumentReference|RelatedTopic)(\[\d+\])", r"\1/\2s[1]/\2\3"),
        (r"(Markup/Topic\[1\])/Labels(\[\d+\])$", r"\1/Labels[1]/Label\2"),
        (r"Markup/Comment(\[)", r"Markup/Topic[1]/Comments[1]/Comment\1"),
        (r"Markup/Viewpoints(\[)", r"Markup/Topic[1]/Viewpoints[1]/ViewPoint\1"),
        (r"(Components\[1\])/(ViewSetupHints)", r"\1/Visibility[1]/\2"),
        (r"(Color\[\d+\])/(Component\[)", r"\1/Components[1]/\2"),
        (r"(VisualizationInfo)/(Bitmap\[\d+\])/Bitmap\[1\]", r"\1/\2/Format[1]"),
        (r"(VisualizationInfo)/(Bitmap\[)", r"\1/Bitmaps[1]/\2"),
        (r"@isExternal", "@IsExternal"),
        (r"ProjectExtension/(Project\[)", r"ProjectInfo/\1"),
    )
]
"""Where BCF 3.0 has what stands elsewhere in BCF 2.1."""

used: set[str] = set()
"""Which of them were needed so far."""

WORDS = {"UserIdType": "User", "TopicLabel": "TopicLabel"}


def version_of(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return ET.fromstring(archive.read("bcf.version")).attrib["VersionId"]  # noqa: S314


def flattened(data: bytes) -> Flat:
    """Return everything that is in a BCF file."""
    old = version_of(data) != "3.0"
    flat: Flat = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.endswith("/"):
                continue
            content = archive.read(name)
            if name in LISTS:
                flat.update(_words(ET.fromstring(content)))  # noqa: S314
            elif name.endswith(ENDINGS):
                root = ET.fromstring(content)  # noqa: S314
                for path, value in _entries(root, _local(root.tag)):
                    flat[f"{name}:{_moved(path) if old else path}"] = value
            else:
                flat[name] = hashlib.sha256(content).hexdigest()
    return flat


def _moved(path: str) -> str:
    for pattern, new in MOVED:
        path, count = pattern.subn(new, path)
        if count:
            used.add(pattern.pattern)
    return path


def _words(root: ET.Element) -> Iterator[tuple[str, Value]]:
    """Yield each word that the lists offer, whichever way the version has them."""
    kind = ""
    for node in root.iter():
        name = _local(node.tag)
        if name == "simpleType":
            kind = WORDS.get(node.attrib["name"], node.attrib["name"])
        elif name == "enumeration":
            yield f"words:{kind}:{node.attrib['value']}", ""
        elif not len(node) and (node.text or "").strip():
            yield f"words:{name}:{(node.text or '').strip()}", ""


def _entries(node: ET.Element, path: str) -> Iterator[tuple[str, Value]]:
    for key, value in node.attrib.items():
        yield f"{path}/@{key}", typed(value)
    text = (node.text or "").strip()
    if text or not (len(node) or node.attrib):
        yield path, typed(text)
    count: Counter[str] = Counter()
    for child in node:
        count[child.tag] += 1
        yield from _entries(child, f"{path}/{_local(child.tag)}[{count[child.tag]}]")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def typed(text: str) -> Value:
    """Return a text as what it is: an instant, a number or a text; a time without a zone is UTC."""
    if _TIME.fullmatch(text):
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return float(text) if _NUMBER.fullmatch(text) and len(text) < 40 else text


def same(one: Value | None, other: Value | None) -> bool:
    """Return whether two values are equal, numbers to 1e-9 of their size."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    return one == other


def differences(before: Flat, after: Flat) -> list[tuple[str, Value | None, Value | None]]:
    """Return (path, before, after) where two tables differ; None for what is not there."""
    paths = dict.fromkeys((*before, *after))
    found = ((path, before.get(path), after.get(path)) for path in paths)
    return [each for each in found if not same(each[1], each[2])]
