"""Components in a view: elements by IFC GUID, and what has none by the name of the tool that knows it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from walkdown_server.exchange.bcf.trees import Node, add, attribute, text
from walkdown_server.exchange.incoming import ifc_guid

OUR_SYSTEM = "Walkdown"
"""Originating system of things that have no IFC GUID."""

GUID = re.compile(r"[0-3][0-9A-Za-z_$]{21}")
_OTHER = re.compile(r"bcf:(.*?)\|(.*)", re.DOTALL)


def thing_of(component: Node) -> str:
    """Return the id of the thing that a component names, "" for none.

    ``ifc:GUID`` where it has a GUID; our own id where the component is ours; else ``bcf:SYSTEM|ID``.
    """
    guid = attribute(component, "IfcGuid")
    if GUID.fullmatch(guid):
        return f"ifc:{guid}"
    system, known_as = text(component, "OriginatingSystem"), text(component, "AuthoringToolId")
    if system == OUR_SYSTEM and known_as:
        return known_as[:1300]
    return f"bcf:{system}|{known_as}"[:1300] if known_as else ""


def things_of(components: Iterable[Node]) -> tuple[str, ...]:
    """Return the ids of the things that components name, each once, in their order."""
    return tuple({thing: None for one in components if (thing := thing_of(one))})


def add_components(parent: Node, things: Iterable[str]) -> None:
    """Add a component for each thing; copies of one element, which share a GUID, once."""
    told = set()
    for thing in things:
        guid = ifc_guid(thing)
        if guid not in told or not guid:
            told.add(guid)
            _add_component(parent, thing, guid)


def _add_component(parent: Node, thing: str, guid: str) -> None:
    if guid:
        add(parent, "Component", IfcGuid=guid)
        return
    other = _OTHER.fullmatch(thing)
    made = add(parent, "Component")
    if other is None or other[1]:
        add(made, "OriginatingSystem", other[1] if other else OUR_SYSTEM)
    add(made, "AuthoringToolId", other[2] if other else thing)
