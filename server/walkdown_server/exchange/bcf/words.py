"""The lists of words that people choose from: extensions.xml of BCF 3.0, extensions.xsd of BCF 2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lxml import etree

from walkdown.messages import Vocabulary
from walkdown_server.exchange.bcf.extras import DISCIPLINE
from walkdown_server.exchange.bcf.trees import (
    Node,
    add,
    attribute,
    child,
    children,
    legal,
    listed,
    local,
    text,
)

MOST_WORDS, MOST_LETTERS = 500, 200
EXTENSIONS = (
    ("TopicTypes", "TopicType", "types"),
    ("TopicStatuses", "TopicStatus", "statuses"),
    ("Priorities", "Priority", "priorities"),
    ("TopicLabels", "TopicLabel", "labels"),
    ("Users", "User", "users"),
    ("SnippetTypes", "SnippetType", ""),
    ("Stages", "Stage", "stages"),
)
"""List and word of BCF 3.0, in the order of its schema, and the field of our vocabulary."""

SCHEMA_TYPES = {
    "TopicType": "types",
    "TopicStatus": "statuses",
    "TopicLabel": "labels",
    "Priority": "priorities",
    "UserIdType": "users",
    "Stage": "stages",
}
"""The types that an extensions.xsd narrows."""

_XS = "http://www.w3.org/2001/XMLSchema"


def _fit(words: Iterable[str]) -> tuple[str, ...]:
    fitted = (word[:MOST_LETTERS].strip() for word in words)
    return tuple({word: None for word in fitted if word})[:MOST_WORDS]


def _vocabulary(found: Mapping[str, Iterable[str]]) -> Vocabulary:
    words = {name: _fit(found.get(name, ())) for name in SCHEMA_TYPES.values()}
    labels = words.pop("labels")
    disciplines = tuple(one.removeprefix(DISCIPLINE) for one in labels if one.startswith(DISCIPLINE))
    plain = tuple(one for one in labels if not one.startswith(DISCIPLINE))
    return Vocabulary(**words, labels=plain, disciplines=disciplines)


def of_extensions(root: Node) -> Vocabulary:
    """Return the words of an extensions.xml."""
    return _vocabulary(
        {field: [text(one) for one in listed(root, outer, inner)] for outer, inner, field in EXTENSIONS}
    )


def of_schema(root: Node) -> Vocabulary:
    """Return the words of an extensions.xsd."""
    found: dict[str, list[str]] = {}
    for kind in root.iter(f"{{{_XS}}}simpleType"):
        field = SCHEMA_TYPES.get(attribute(kind, "name"))
        if field is not None:
            values = [attribute(one, "value") for one in kind.iter(f"{{{_XS}}}enumeration")]
            found.setdefault(field, []).extend(values)
    return _vocabulary(found)


def _words_for_files(words: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Return the words by field, disciplines among the labels."""
    labels = (*words.labels, *(f"{DISCIPLINE}{one}" for one in words.disciplines))
    fields = {field: getattr(words, field) for field in SCHEMA_TYPES.values()}
    return fields | {"labels": labels}


def _add_to_extensions(root: Node, words: Vocabulary, snippets: Iterable[str]) -> None:
    """Add to an extensions.xml the words that it does not have, and put its lists in the schema's order."""
    fields = _words_for_files(words)
    for outer, inner, field in EXTENSIONS:
        node = child(root, outer)
        if node is None:
            node = add(root, outer)
        root.append(node)
        there = {text(one) for one in children(node, inner)}
        for word in fields[field] if field else snippets:
            if word not in there:
                add(node, inner, word)


def _add_to_schema(root: Node, words: Vocabulary, snippets: Iterable[str]) -> None:
    """Add to an extensions.xsd the words that it does not have."""
    outer = next(iter(root.iter(f"{{{_XS}}}redefine")), root)
    fields = _words_for_files(words)
    wanted = {kind: fields[field] for kind, field in SCHEMA_TYPES.items()} | {"SnippetType": tuple(snippets)}
    for kind, found in wanted.items():
        node = next((one for one in outer.iter(f"{{{_XS}}}simpleType") if one.get("name") == kind), None)
        if node is None:
            if not found:
                continue
            node = etree.SubElement(outer, f"{{{_XS}}}simpleType", name=kind)
            etree.SubElement(node, f"{{{_XS}}}restriction", base=kind)
        narrowed = next(iter(node.iter(f"{{{_XS}}}restriction")), node)
        there = {one.get("value") for one in narrowed.iter(f"{{{_XS}}}enumeration")}
        for word in map(legal, found):
            if word not in there:
                etree.SubElement(narrowed, f"{{{_XS}}}enumeration", value=word)


def _snippets(root: Node) -> list[str]:
    """Return the types of BIM snippets that either kind of file names."""
    old = [kind for kind in root.iter(f"{{{_XS}}}simpleType") if kind.get("name") == "SnippetType"]
    values = [attribute(one, "value") for kind in old for one in kind.iter(f"{{{_XS}}}enumeration")]
    return values + [text(one) for one in listed(root, "SnippetTypes", "SnippetType")]


def words_tree(old: Node | None, words: Vocabulary, version: str) -> Node:
    """Return the lists of a version: those of an original with our words added, or new ones.

    Args:
        old: extensions.xml or extensions.xsd of the original.
    """
    is_new = version == "3.0"
    snippets = _snippets(old) if old is not None else []
    if old is not None and (local(old) == "Extensions") != is_new:
        known = (of_schema if is_new else of_extensions)(old)
        words = _before(known, words)
        old = None
    if is_new:
        root = old if old is not None else etree.Element("Extensions")
        _add_to_extensions(root, words, snippets)
        return root
    if old is None:
        old = etree.Element(f"{{{_XS}}}schema", nsmap={None: _XS})
        etree.SubElement(old, f"{{{_XS}}}redefine", schemaLocation="markup.xsd")
    _add_to_schema(old, words, snippets)
    return old


def _before(first: Vocabulary, then: Vocabulary) -> Vocabulary:
    names = (*SCHEMA_TYPES.values(), "disciplines")
    return Vocabulary(
        **{name: tuple(dict.fromkeys((*getattr(first, name), *getattr(then, name)))) for name in names}
    )
