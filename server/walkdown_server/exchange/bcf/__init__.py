"""BCF in and out: 2.0, 2.1 and 3.0 are read, 2.1 and 3.0 are written.

``read`` takes a file apart into topics of a session, ``write`` makes one of them. What a review would change
by a file is ``exchange.merging``'s to say.
"""

from __future__ import annotations

from walkdown_server.exchange.bcf.archive import VERSIONS
from walkdown_server.exchange.bcf.container import Source
from walkdown_server.exchange.bcf.originals import Supply
from walkdown_server.exchange.bcf.reader import Blob
from walkdown_server.exchange.bcf.reading import BcfFile, read
from walkdown_server.exchange.bcf.writing import Version, write

__all__ = ["VERSIONS", "BcfFile", "Blob", "Source", "Supply", "Version", "read", "write"]
