"""The BCF file of a session pack."""

from __future__ import annotations

import io

from walkdown.review import ReviewState
from walkdown_server.exchange.about import Files
from walkdown_server.exchange.bcf.writing import Supply, write


def bcf_of(state: ReviewState, files: Files) -> bytes:
    """Return all topics of a review as BCF 3.0."""
    file = io.BytesIO()
    write(file, state, Supply(files), version="3.0")
    return file.getvalue()
