"""A server that lies does a client no harm: its packages are shown or refused in one sentence."""

from __future__ import annotations

import hashlib
import re
import resource
from collections.abc import Iterator

import pytest

from tests.client.conftest import PLATES, small_files
from tests.client.test_blobs import Shop, opened
from tests.hostile.judge import plain_faults
from tests.hostile.liars import MIB, Package, lies
from walkdown.errors import BadInput
from walkdown.messages import Blob, PackageRef
from walkdown.package import (
    MANIFEST_PATH,
    TILESET_PATH,
    parse_manifest,
    read_edges,
    read_elements,
    read_joints,
    read_tile,
    read_tileset,
    verify_blob,
)
from walkdown_client.packages import Loaded, LoadFailed, PackageComplete, PackageLoader

FILES = small_files()
GROWTH_BYTES = 600 * MIB
EVERY = 11
"""So many of the packages are read straight for one that goes through the client's loader."""


def read_all(files: Package) -> None:
    """Reads all of a package as a client would."""
    manifest = parse_manifest(files[MANIFEST_PATH])

    def fetch(path: str) -> bytes:
        data = files.get(path, b"")
        verify_blob(manifest, path, data)
        return data

    table = read_elements(manifest, fetch)
    for row in range(min(len(table), PLATES)):
        table.properties(row)
    read_joints(manifest, fetch)
    read_edges(manifest, fetch)
    for ref in read_tileset(fetch(TILESET_PATH)):
        read_tile(fetch(ref.path), fetch)


def test_every_lie_is_read_or_refused_in_one_sentence() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    refused, faults = 0, []
    for name, files in lies(FILES):
        try:
            read_all(files)
        except BadInput as error:
            refused += 1
            faults += [f"{name}: {fault}" for fault in plain_faults(str(error))]
    assert not faults, "\n".join(faults)
    assert refused > 100
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before < GROWTH_BYTES


def load(files: Package) -> list[Loaded]:
    """Returns what the client's loader hands over for a package that a server offers."""
    data = files[MANIFEST_PATH]
    shop = Shop()
    shop.goods = {hashlib.sha256(blob).hexdigest(): blob for blob in files.values()}
    found = re.search(rb'"id":"([0-9a-f]{64})"', data)
    identity = found.group(1).decode() if found else "0" * 64
    digest = hashlib.sha256(data).hexdigest()
    ref = PackageRef(
        id=identity, name="lie", manifest=Blob(digest, len(data)), base=0, count=PLATES, joint_count=1
    )
    with opened(shop) as address:
        loader = PackageLoader(address, [ref], cache=None)
        loader.wait(timeout_secs=30)
        loaded = loader.poll()
        loader.close()
    return loaded


def some_lies() -> Iterator[tuple[str, Package]]:
    yield from (found for number, found in enumerate(lies(FILES)) if number % EVERY == 0)


@pytest.mark.slow
def test_the_loader_of_the_client_survives_lies_and_says_what_is_wrong() -> None:
    faults = []
    for name, files in some_lies():
        loaded = load(files)
        failed = [event.text for event in loaded if isinstance(event, LoadFailed)]
        faults += [f"{name}: {fault}" for text in failed for fault in plain_faults(text)]
        if not failed and not any(isinstance(event, PackageComplete) for event in loaded):
            faults.append(f"{name}: neither complete nor refused")
    assert not faults, "\n".join(faults)
