"""What BCF has no field for, in fields that it has: a link of ours, a label for the discipline, a document.

Other tools drop private files and elements, but keep these. The link is one that people can open
(``walkdown://host/session?topic=…``); what it says beyond that counts only where the topic is new.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from msgspec.structs import replace

from walkdown.messages import Topic, Viewpoint
from walkdown_server.exchange.bcf.trees import stamp
from walkdown_server.exchange.incoming import derived
from walkdown_server.exchange.pins import about

DISCIPLINE = "Discipline: "
"""What the label begins with that says the discipline."""

SCHEMES = ("walkdown:", "walkdowns:")
EVIDENCE_TEXT = "Evidence: values of signals, alarms, models and people when this was written"
LINK_MAX, MOST_LINKED = 2000, 8
_FLAGS = ("accepted", "parked")


def evidence_guid(topic_guid: str) -> str:
    """Return the GUID of the document that holds the evidence of a topic."""
    return derived(topic_guid, "evidence")


def snippet_guid(topic_guid: str) -> str:
    """Return the GUID of the document that stands for a topic's BIM snippet."""
    return derived(topic_guid, "snippet")


def split_labels(labels: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Return the labels of a file without the one that says the discipline, and the discipline."""
    disciplines = [one.removeprefix(DISCIPLINE).strip() for one in labels if one.startswith(DISCIPLINE)]
    if not disciplines or not disciplines[0]:
        return tuple(labels), ""
    first = next(one for one in labels if one.startswith(DISCIPLINE))
    return tuple(one for one in labels if one != first), disciplines[0]


def joined_labels(labels: Sequence[str], discipline: str) -> list[str]:
    """Return the labels for a file, that of the discipline last."""
    return [*labels, *([f"{DISCIPLINE}{discipline}"] if discipline else [])]


def is_ours(link: str) -> bool:
    """Return whether a link is one that the exporter adds."""
    return link.startswith(SCHEMES) and "rev" in _said(link)


def our_link(address: str, topic: Topic, views: Sequence[Viewpoint], *, rev: str) -> str:
    """Return the link of a topic.

    Args:
        address: where people find it, ``walkdown://host/session?topic=…``; with "" one without a host.
        views: of the topic; what they say already is not said again.
        rev: what :func:`~walkdown_server.exchange.incoming.revision` says of it.
    """
    things, point = about(views)
    address = address or f"walkdown:?topic={quote(topic.topic)}"
    time_ns = next((view.time_ns for view in views if view.time_ns), topic.made_ns)
    said = [("t", stamp(time_ns))] if time_ns and "&t=" not in address else []
    said.append(("rev", rev))
    said += [(name, "1") for name in _FLAGS if getattr(topic, name)]
    said += [("speaker", topic.speaker)] if topic.speaker else []
    if topic.things != things:
        said += [("thing", one) for one in topic.things[:MOST_LINKED]]
    if topic.point is not None and (topic.point, topic.model) != (point, ""):
        said.append(("pin", ",".join(map(repr, topic.point))))
        said += [("frame", topic.model)] if topic.model else []
    link = f"{address}{'&' if '?' in address else '?'}{urlencode(said, quote_via=quote, safe=':,')}"
    return link if len(link) <= LINK_MAX else link[: link.rindex("&", 0, LINK_MAX)]


def rev_of(link: str) -> str:
    """Return what one of our links says of the topic when it left."""
    return _said(link).get("rev", "")[:200]


def with_extras(topic: Topic, link: str) -> Topic:
    """Return a topic with what one of our links says."""
    said = _said(link)
    things = tuple(one[:1300] for one in _things(link))
    found: dict[str, Any] = {name: True for name in _FLAGS if said.get(name) == "1"}
    if said.get("speaker"):
        found["speaker"] = said["speaker"][:200]
    point = _point(said.get("pin", ""))
    if point is not None:
        found |= {"point": point, "model": said.get("frame", "")[:200]}
    if things:
        found["things"] = things
    return replace(topic, **found)


def _things(link: str) -> list[str]:
    return [value for key, value in parse_qsl(urlsplit(link).query) if key == "thing"]


def _said(link: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(urlsplit(link).query))
    except ValueError:
        return {}


def _point(words: str) -> tuple[float, float, float] | None:
    try:
        x, y, z = (float(word) for word in words.split(","))
    except ValueError:
        return None
    return (x, y, z) if all(math.isfinite(each) for each in (x, y, z)) else None
