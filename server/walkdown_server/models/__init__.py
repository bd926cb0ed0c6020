"""Model files that people bring into a running session: offered, uploaded, read, kept and shown.

``intake`` answers offers and leads each through its phases, ``task`` holds what is known of one, ``upload``
takes the bytes and ``tickets`` lets them in, ``reading`` makes a package of them, ``kept`` is the folder
where packages stay, ``shelf`` knows which the session has.
"""

from __future__ import annotations

from walkdown_server.models.intake import Intake
from walkdown_server.models.kept import Kept
from walkdown_server.models.shelf import Shelf
from walkdown_server.models.tickets import Tickets, UploadDesk
from walkdown_server.models.upload import Receiving, Upload

__all__ = ["Intake", "Kept", "Receiving", "Shelf", "Tickets", "Upload", "UploadDesk"]
