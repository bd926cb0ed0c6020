"""The BCF file of a session pack."""

from __future__ import annotations

from typing import IO

from walkdown.review import ReviewState
from walkdown_server.exchange.bcf.originals import Blobs
from walkdown_server.exchange.bcf.writing import Supply, write
from walkdown_server.exchange.model_frames import NO_MODELS, ModelFrames


def write_bcf(out: IO[bytes], state: ReviewState, files: Blobs, *, frames: ModelFrames = NO_MODELS) -> None:
    """Write all topics of a review as BCF 3.0 into a file that can seek.

    Args:
        frames: where the coordinates of the session's models lie.
    """
    write(out, state, Supply(files, frames=frames), version="3.0")
