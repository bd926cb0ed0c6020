"""What outlives the session: an append-only file of hash-chained records, and who writes it.

``records`` knows the bytes, ``store`` the files, ``writer`` the thread that commits.
"""

from __future__ import annotations

from walkdown_server.journal.records import Entry, Head
from walkdown_server.journal.store import Store
from walkdown_server.journal.writer import Writer

__all__ = ["Entry", "Head", "Store", "Writer"]
