"""XML from strangers: no entities, no network, bounded."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

from lxml import etree

from walkdown.errors import ImportFailed
from walkdown.i18n import _

MAX_XML_BYTES = 1 << 30
MAX_DEPTH = 512
MAX_NODES = 20_000_000

Node: TypeAlias = Any
"""An element of lxml, which has no types."""


def parser(*, recover: bool = False) -> etree.XMLParser:
    """Return a parser that resolves nothing; one that recovers notes what was wrong and goes on."""
    return etree.XMLParser(
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )


def parse_xml(data: bytes) -> Node:
    """Return the root of a document.

    Raises:
        ImportFailed: it is no XML, declares entities, or is too large or too deep.
    """
    if len(data) > MAX_XML_BYTES:
        raise ImportFailed(
            _("an XML file may have {limit} bytes, but this one has {size}").format(
                limit=MAX_XML_BYTES, size=len(data)
            )
        )
    if b"<!ENTITY" in data or b"<\0!\0E\0N\0T\0I\0T\0Y" in data:
        raise ImportFailed(_("the file declares entities, which a model has no use for: it is hostile"))
    try:
        root = _root(data.lstrip())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ImportFailed(_("the file is no sound XML: {reason}").format(reason=_reason(error))) from None
    if root is None:
        raise ImportFailed(_("the file is no sound XML: {reason}").format(reason=_("it is empty")))
    _check_depth(root)
    return root


def _root(data: bytes) -> Node:
    """Return the root; a prefix that nothing declares, as in many a simulator's world, is let pass."""
    try:
        return etree.fromstring(data, parser())
    except etree.XMLSyntaxError as error:
        if error.code != etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE:
            raise
        lenient = parser(recover=True)
        root = etree.fromstring(data, lenient)
        if any(entry.type != error.code for entry in lenient.error_log):
            raise
        return root


def _reason(error: etree.XMLSyntaxError | ValueError) -> str:
    """Return what the parser says, without the name that it has for a file in memory."""
    return str(error).partition(" (<string>")[0][:200]


def _check_depth(root: Node) -> None:
    depth = 0
    for count, (event, _node) in enumerate(etree.iterwalk(root, events=("start", "end"))):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH or count > 2 * MAX_NODES:
            raise ImportFailed(
                _("the file may be {depth} levels deep and have {count} parts, but has more").format(
                    depth=MAX_DEPTH, count=MAX_NODES
                )
            )


def local(node: Node) -> str:
    """Return the name of a node without its namespace; "" for what is none."""
    return str(node.tag).rpartition("}")[2].rpartition(":")[2] if isinstance(node.tag, str) else ""


def place_numbers(text: str | None, default: list[float]) -> list[float]:
    """Return the numbers that place something, the default when there are none.

    Raises:
        ImportFailed: they are not as many, or not finite: it would stand in a wrong place without a word.
    """
    if text is None or not text.strip():
        return default
    found = numbers(text, [math.nan] * len(default))
    if math.isnan(found[0]):
        raise ImportFailed(
            _("what places a part should be {count} numbers, but is {found!r}").format(
                count=len(default), found=text.strip()[:60]
            )
        )
    return found


def numbers(text: str | None, default: list[float]) -> list[float]:
    """Return the numbers of a text, the default when they are not as many or not finite."""
    try:
        found = [float(word) for word in (text or "").split()]
    except ValueError:
        return default
    return found if len(found) == len(default) and all(map(math.isfinite, found)) else default
