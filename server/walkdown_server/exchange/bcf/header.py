"""The header of a topic: which model files it is about."""

from __future__ import annotations

from lxml import etree

from walkdown_server.exchange.bcf.components import GUID
from walkdown_server.exchange.bcf.markup import Markup
from walkdown_server.exchange.bcf.trees import Node, add, attribute, child, children, listed, place, text
from walkdown_server.exchange.incoming import HeaderFile

MOST_FILES = 100
NAME_MAX = 200


def header_files(root: Node) -> tuple[HeaderFile, ...]:
    """Return the files that the header of a topic names, in either version."""
    header = child(root, "Header")
    nodes = [*children(header, "File"), *listed(header, "Files", "File")][:MOST_FILES]
    found = []
    for node in nodes:
        project = attribute(node, "IfcProject")
        name = text(node, "Filename")[-NAME_MAX:]
        found.append(HeaderFile(name, project if GUID.fullmatch(project) else ""))
    return tuple(found)


def put_header(markup: Markup, file: HeaderFile) -> None:
    """Give a topic that has none a header with one file, which does not come along."""
    is_new = markup.shape.version == "3.0"
    header = place(markup.root, etree.Element("Header"), markup.shape.root)
    node = add(add(header, "Files") if is_new else header, "File")
    if file.project:
        node.set("IfcProject", file.project)
    node.set("IsExternal" if is_new else "isExternal", "true")
    if file.name:
        add(node, "Filename", file.name)
    markup.changed = True
