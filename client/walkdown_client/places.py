"""Where things stand: the middle of what each draws, from the element tables of a session's packages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from walkdown.messages import Blob, PackageRef
from walkdown.package import ElementTable, Manifest, parse_manifest, read_elements
from walkdown_client.blobs import BlobClient
from walkdown_client.placements import to_site
from walkdown_client.twin_index import NOTHING, TwinIndex

F64 = npt.NDArray[np.float64]


def thing_places(twin: TwinIndex, packages: Sequence[PackageRef], blobs: BlobClient) -> dict[str, F64]:
    """Fetch the element tables and return, by thing id, the middle (3,) in metres, site frame.

    Raises:
        PackageError: a table is damaged. Missing: the server does not answer.
    """
    places: dict[str, F64] = {}
    for ref in packages:
        manifest = parse_manifest(blobs.fetch(ref.manifest))
        table = _elements(manifest, blobs)
        for row, thing_row in enumerate(twin.rows_of_elements(table.keys, ref.model).tolist()):
            thing = twin.catalogue.things[thing_row]
            drawn = thing_row != NOTHING and twin.model_of(thing.id) in ("", ref.model)
            if drawn and np.isfinite(table.lo[row]).all():
                middle = (table.lo[row].astype(np.float64) + table.hi[row]) / 2
                places[thing.id] = to_site(ref.placement, middle)
    return places


def _elements(manifest: Manifest, blobs: BlobClient) -> ElementTable:
    def fetch(path: str) -> bytes:
        return blobs.fetch(Blob(manifest.blobs[path].sha256, manifest.blobs[path].size))

    return read_elements(manifest, fetch)
