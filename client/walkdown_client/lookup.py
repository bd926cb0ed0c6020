"""Finds things for programs: reads what the models of a session say, and answers queries about it."""

from __future__ import annotations

from collections.abc import Sequence

from walkdown.messages import Blob, PackageRef
from walkdown.package import parse_manifest, property_columns, read_elements
from walkdown.twin import Thing
from walkdown_client.blobs import BlobClient
from walkdown_client.finding import Live, find
from walkdown_client.inventory import Inventory, Part
from walkdown_client.query import parse
from walkdown_client.twin_index import TwinIndex


def read_inventory(twin: TwinIndex, packages: Sequence[PackageRef], blobs: BlobClient) -> Inventory:
    """Fetch the elements and properties of all models; takes a while, so call it in a thread.

    Raises:
        PackageError: a table is damaged. Missing: the server does not answer.
    """
    parts = [_part(ref, blobs) for ref in packages]
    inventory = Inventory(twin, parts)
    for place, part in enumerate(parts):
        inventory.learn(place, property_columns(part.elements.property_chunks()))
    return inventory


def things_found(text: str, inventory: Inventory, live: Live) -> list[Thing]:
    """Return what answers a query, see ``walkdown_client.query``; an element that is no thing looks like one.

    Raises:
        BadInput: one sentence that says what cannot be read.
    """
    return [_thing(inventory, row) for row in find(parse(text), inventory, live).rows.tolist()]


def _part(ref: PackageRef, blobs: BlobClient) -> Part:
    manifest = parse_manifest(blobs.fetch(ref.manifest))

    def fetch(path: str) -> bytes:
        return blobs.fetch(Blob(manifest.blobs[path].sha256, manifest.blobs[path].size))

    return Part(ref.name, ref.base, read_elements(manifest, fetch), ref.model)


def _thing(inventory: Inventory, row: int) -> Thing:
    if inventory.is_thing(row):
        return inventory.twin.catalogue.things[row]
    key = inventory.keys[row]
    place = inventory.element_row(row)
    element = place[0].elements.keys[place[1]] if place is not None else ""
    return Thing(key, inventory.names[row], inventory.kinds[row], element=element)
