"""What works together in an IFC file: systems, zones, and the connections between ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from walkdown_server.importers.ifc_tree import entities

SYSTEM_KINDS = ("IfcSystem", "IfcZone")
NO_SYSTEM = ("IfcStructuralAnalysisModel",)
MAX_SYSTEM = 300

Edge = tuple[int, int, str]
"""From, to (numbers of entities), and what it is: ``connects_to``, ``feeds`` or ``depends_on``."""


def read_systems(graph: Any) -> dict[int, str]:
    """Return the names of the systems of each object, joined by ``; ``, by its number."""
    owners = port_owners(graph)
    found: dict[int, list[str]] = {}
    for relation in graph.by_type("IfcRelAssignsToGroup"):
        group = relation.RelatingGroup
        if group is None or not _is_system(group):
            continue
        name = _name(group)
        for member in relation.RelatedObjects or ():
            names = found.setdefault(owners.get(member.id(), member.id()), [])
            if name and name not in names:
                names.append(name)
    return {number: "; ".join(sorted(names))[:MAX_SYSTEM] for number, names in found.items() if names}


def read_edges(graph: Any) -> list[Edge]:
    """Return each connection between two objects once; with the direction of flow where both ports say it."""
    owners = port_owners(graph)
    found: dict[Edge, None] = {}
    for relation in graph.by_type("IfcRelConnectsPorts"):
        ports = (relation.RelatingPort, relation.RelatedPort)
        if any(port is None or port.id() not in owners for port in ports):
            continue
        start, end = (owners[port.id()] for port in ports)
        edge = _directed(start, end, ports)
        if start != end and (edge[1], edge[0], edge[2]) not in found:
            found[edge] = None
    for relation in graph.by_type("IfcRelFlowControlElements"):
        for control in (relation.RelatedControlElements or ()) if relation.RelatingFlowElement else ():
            found[relation.RelatingFlowElement.id(), control.id(), "depends_on"] = None
    return list(found)


def port_owners(graph: Any) -> dict[int, int]:
    """Return the number of the object to which each port belongs, by the port's number."""
    return {port.id(): owner.id() for port, owner in _owned(graph) if port is not None and owner is not None}


def _owned(graph: Any) -> Iterator[tuple[Any, Any]]:
    for relation in graph.by_type("IfcRelNests"):  # since IFC4
        for part in relation.RelatedObjects or ():
            if part.is_a("IfcPort"):
                yield part, relation.RelatingObject
    for relation in entities(graph, "IfcRelConnectsPortToElement"):
        yield relation.RelatingPort, relation.RelatedElement


def _directed(start: int, end: int, ports: tuple[Any, Any]) -> Edge:
    flows = tuple(getattr(port, "FlowDirection", None) for port in ports)
    if flows == ("SOURCE", "SINK"):
        return start, end, "feeds"
    return (end, start, "feeds") if flows == ("SINK", "SOURCE") else (start, end, "connects_to")


def _is_system(group: Any) -> bool:
    return any(map(group.is_a, SYSTEM_KINDS)) and not any(map(group.is_a, NO_SYSTEM))


def _name(group: Any) -> str:
    words = (group.Name, getattr(group, "LongName", None), group.ObjectType)
    return next((word.strip() for word in words if word and word.strip()), "")
