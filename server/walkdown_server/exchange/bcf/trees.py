"""XML of BCF: parsed without entities and within bounds, looked into, and written in order."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from lxml import etree

from walkdown.errors import BadInput
from walkdown.i18n import _
from walkdown_server.exchange.incoming import ILLEGAL

Node: TypeAlias = Any
"""An element of lxml, which has no types."""

MAX_XML_BYTES = 32 << 20
BILLION = 1_000_000_000
_ENTITIES = (b"<!ENTITY", "<!ENTITY".encode("utf-16-le"), "<!ENTITY".encode("utf-16-be"))
_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s*(Z|z|[+-]\d\d:?\d\d)?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PARSER = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, remove_pis=True)


def parse(data: bytes, name: str) -> Node:
    """Return the root of a document.

    Args:
        name: of the file, for the sentence.

    Raises:
        BadInput: it is no sound XML, declares entities, or is larger, or deeper than the 256 of libxml.
    """
    if len(data) > MAX_XML_BYTES:
        raise BadInput(
            _("{name}: the text may have {limit} MiB, but has {size}").format(
                name=name[-80:], limit=MAX_XML_BYTES >> 20, size=len(data) >> 20
            )
        )
    if any(word in data for word in _ENTITIES):
        raise BadInput(
            _("{name}: it declares entities, which BCF has no use for: it is hostile").format(name=name[-80:])
        )
    try:
        root = etree.fromstring(_plain(data), _PARSER)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        reason = str(error).partition(" (<string>")[0][:200]
        raise BadInput(
            _("{name}: it is no sound XML: {reason}").format(name=name[-80:], reason=reason)
        ) from None
    return root


def _plain(data: bytes) -> bytes:
    """Return XML as UTF-8 where it says UTF-8 and is none, as some tools write it."""
    data = data.lstrip(b" \t\r\n")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data
    head = data[:100].lower()
    if b"encoding" in head and b"utf-8" not in head:
        return data
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace").encode()
    return data


def local(node: Node) -> str:
    """Return the name of an element without its namespace, "" for a comment."""
    tag = node.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2]


def child(node: Node | None, name: str) -> Node | None:
    """Return the first child of a name."""
    return None if node is None else next(node.iterchildren(name), None)


def children(node: Node | None, name: str) -> list[Node]:
    """Return the children of a name."""
    return [] if node is None else list(node.iterchildren(name))


def listed(node: Node | None, *names: str) -> list[Node]:
    """Return the children of the last name, in the elements of the names before it."""
    found = [] if node is None else [node]
    for name in names:
        found = [each for one in found for each in one.iterchildren(name)]
    return found


def comment_nodes(root: Node) -> list[Node]:
    """Return the elements of all comments of a topic, whichever version it has."""
    return [*listed(root, "Topic", "Comments", "Comment"), *children(root, "Comment")]


def view_nodes(root: Node) -> list[Node]:
    """Return the elements of all its views."""
    return [*listed(root, "Topic", "Viewpoints", "ViewPoint"), *children(root, "Viewpoints")]


def text(node: Node | None, name: str = "") -> str:
    """Return what stands in an element or its first child of a name, without white space around it."""
    if node is None:
        return ""
    if not name:
        return (node.text or "").strip()
    for each in node.iterchildren(name):
        return (each.text or "").strip()
    return ""


def attribute(node: Node | None, name: str) -> str:
    """Return an attribute, whatever the case of its name; "" for none."""
    if node is None:
        return ""
    value = node.get(name)
    if value is None:
        wanted = name.lower()
        value = next((v for k, v in node.attrib.items() if k.rpartition("}")[2].lower() == wanted), "")
    return str(value).strip()


def truth(value: str, default: bool) -> bool:
    """Return an ``xs:boolean``."""
    return default if not value else value.lower() in ("true", "1")


def number(node: Node | None, name: str, default: float) -> float:
    """Return a number in a child, the default where it is none or not finite."""
    try:
        value = float(text(node, name).replace(",", "."))
    except ValueError:
        return default
    return value if math.isfinite(value) else default


def whole(value: str, default: int) -> int:
    """Return an ``xs:int``, the default where it is none."""
    try:
        made = int(value)
    except ValueError:
        return default
    return made if -(2**31) <= made < 2**31 else default


def instant(value: str) -> tuple[int, bool]:
    """Return a date and time as nanoseconds since 1970, and whether it said its zone; 0 where it is none.

    A time without a zone counts as UTC.
    """
    found = _DATE_TIME.fullmatch(value.strip())
    if found is None:
        return 0, True
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return 0, True
    moment += timedelta(hours=int(hour or 0), minutes=int(minute or 0), seconds=int(second or 0))
    if zone and zone not in "Zz":
        shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        moment -= shift if zone[0] == "+" else -shift
    past = moment - _EPOCH
    nanoseconds = int(((fraction or "") + "0" * 9)[:9])
    return (past.days * 86_400 + past.seconds) * BILLION + nanoseconds, bool(zone)


def stamp(time_ns: int) -> str:
    """Return a time as ``xs:dateTime`` in UTC, with as many digits as it needs."""
    seconds, nanoseconds = divmod(time_ns, BILLION)
    moment = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    fraction = f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""
    return f"{moment}{fraction}Z"


def legal(value: str) -> str:
    """Return a text without the letters that XML does not have."""
    return ILLEGAL.sub("", value)


def add(node: Node, name: str, value: str | None = None, **attributes: str) -> Node:
    """Add an element at the end of another."""
    made = etree.SubElement(node, name)
    for key, word in attributes.items():
        made.set(key, legal(word))
    if value is not None:
        made.text = legal(value)
    return made


def place(node: Node, made: Node, order: Sequence[str]) -> Node:
    """Put a new child where the schema wants it: after all that come before it in ``order``."""
    before = set(order[: order.index(made.tag) + 1])
    at = 0
    for index, each in enumerate(node):
        if each.tag in before:
            at = index + 1
    node.insert(at, made)
    return made


def put_text(node: Node, name: str, value: str, *, order: Sequence[str]) -> None:
    """Set the text of a child; without one the child goes."""
    there = child(node, name)
    if not value:
        if there is not None:
            node.remove(there)
        return
    if there is None:
        there = place(node, etree.Element(name), order)
    there.text = legal(value)


def to_bytes(root: Node) -> bytes:
    """Return a document as UTF-8."""
    etree.indent(root)
    data: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return data
