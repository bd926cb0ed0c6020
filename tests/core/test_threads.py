"""Types that several threads decode are learnt before any thread decodes them.

``msgspec`` keeps what it learns of a type in the type; two threads that learn the same one at the same time
end the process. What a type refers to shows whether it has been learnt.
"""

from __future__ import annotations

import gc

import msgspec
import pytest

import walkdown_client.inbound  # noqa: F401 - learns what a client decodes
from walkdown.messages import Models, ModelState, ModelTask, Note, PackageRef, Record, Snapshot, Welcome
from walkdown.package.manifest import Manifest
from walkdown.package.tables import EdgeTable, ElementChunk, JointTable, PropertyChunk
from walkdown.twin import Catalogue, ModelThings, Relation, Signal, Thing

FROM_THE_WIRE = (Models, ModelState, ModelTask, Note, PackageRef, Record, Snapshot, Welcome)
FROM_BLOBS = (Catalogue, ModelThings, Relation, Signal, Thing)
FROM_PACKAGES = (Manifest, EdgeTable, ElementChunk, JointTable, PropertyChunk)


def _has_been_learnt(kind: type[msgspec.Struct]) -> bool:
    before = len(gc.get_referents(kind))
    msgspec.json.Decoder(kind)
    return len(gc.get_referents(kind)) == before


def test_what_a_type_refers_to_shows_whether_it_has_been_learnt() -> None:
    class Unknown(msgspec.Struct):
        number: int

    assert not _has_been_learnt(Unknown)
    assert _has_been_learnt(Unknown)


@pytest.mark.parametrize("kind", [*FROM_THE_WIRE, *FROM_BLOBS, *FROM_PACKAGES])
def test_a_type_that_threads_decode_is_learnt_at_import(kind: type[msgspec.Struct]) -> None:
    assert _has_been_learnt(kind)
