"""The session pack: the results of a review as a folder of small text files, written while it runs.

``folder`` writes it, ``loading`` reads it again, also after people edited it and ``git`` merged it;
``keeping`` writes it beside a running session. What stands in which file follows from the review alone.
"""

from __future__ import annotations

from walkdown_server.exchange.pack.folder import PackFolder
from walkdown_server.exchange.pack.loading import Loaded, bases, is_pack, load, load_zip
from walkdown_server.exchange.pack.zipped import write_zip, zipped

__all__ = ["Loaded", "PackFolder", "bases", "is_pack", "load", "load_zip", "write_zip", "zipped"]
