"""The BCF file of a session pack."""

from __future__ import annotations

from typing import IO

from walkdown.review import ReviewState
from walkdown_server.exchange.bcf.originals import Blobs
from walkdown_server.exchange.bcf.writing import Supply, write


def write_bcf(out: IO[bytes], state: ReviewState, files: Blobs) -> None:
    """Write all topics of a review as BCF 3.0 into a file that can seek."""
    write(out, state, Supply(files), version="3.0")
