"""What outlives the session: an append-only file of hash-chained records, and who writes it.

``records`` and ``heads`` know the bytes, ``reading`` what they prove, ``store`` the files, ``writer`` the
thread that commits, ``exported`` a session as one file.
"""

from __future__ import annotations

from walkdown_server.journal.heads import Head
from walkdown_server.journal.records import Entry
from walkdown_server.journal.store import Store
from walkdown_server.journal.writer import Writer

__all__ = ["Entry", "Head", "Store", "Writer"]
