"""Compares a package with what is known of the file that it was made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks._real_files import RealFile
from walkdown.package import MANIFEST_PATH, ElementTable, Manifest, parse_manifest, read_edges, read_elements

CONNECTIONS = ("connects_to", "feeds")
"""Kinds of edges that ports make: ``feeds`` where both say which way it flows."""


def differences(file: RealFile, package: Path) -> tuple[int, list[str]]:
    """Return how many facts were compared, and each that differs in a sentence."""
    manifest = parse_manifest((package / MANIFEST_PATH).read_bytes())

    def fetch(path: str) -> bytes:
        return (package / path).read_bytes()

    table = read_elements(manifest, fetch)
    connections = [edge for edge in read_edges(manifest, fetch) if edge[2] in CONNECTIONS]
    facts = [*_counts(file, table), *_places(file, table, manifest), *_details(file, table)]
    if file.connections is not None:
        facts.append(("connections", file.connections, len(connections)))
    wrong = [
        f"{noun}: expected {expected}, found {found}" for noun, expected, found in facts if expected != found
    ]
    return len(facts), wrong


Fact = tuple[str, object, object]


def _counts(file: RealFile, table: ElementTable) -> Iterator[Fact]:
    total = int(table.triangles.sum())
    low, high = file.triangles
    yield "triangles", True if low < high else low, low <= total <= high if low < high else total
    kinds = Counter(table.kinds)
    for kind, count in file.kinds.items():
        yield kind, count, kinds[kind]
    if file.drawn is not None:
        yield "drawn elements", file.drawn, int((table.triangles > 0).sum())


def _places(file: RealFile, table: ElementTable, manifest: Manifest) -> Iterator[Fact]:
    yield "reference system", file.epsg, manifest.epsg
    if file.box is None:
        return
    there = np.isfinite(table.lo).all(1)
    found = table.lo[there].min(0) + manifest.origin, table.hi[there].max(0) + manifest.origin
    for noun, expected, corner in zip(("low corner", "high corner"), file.box, found, strict=True):
        off = float(np.abs(np.subtract(expected, corner)).max())
        yield noun, expected, expected if off <= file.box_slack else tuple(np.round(corner, 3).tolist())


def _details(file: RealFile, table: ElementTable) -> Iterator[Fact]:
    names = set(table.names)
    for name in file.names:
        yield f"an element called {name}", True, name in names
    for key, expected in file.properties.items():
        known = key in set(table.keys)
        yield f"element {key}", True, known
        properties = table.properties(table.row_of(key)) if known else {}
        for name, value in expected.items():
            yield f"{key} {name}", value, properties.get(name)
