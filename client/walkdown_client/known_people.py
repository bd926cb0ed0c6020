"""The file in which a person's acquaintances are kept: names, and the keys that belong to them."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
import platformdirs

from walkdown_client.acquaintances import Acquaintances
from walkdown_client.private_files import write_private

log = logging.getLogger(__name__)

FILE = "known-people.json"


def default_file() -> Path:
    """Return where they are kept."""
    return platformdirs.user_data_path("walkdown", appauthor=False) / FILE


class KnownPeople:
    """Reads acquaintances at the beginning of a visit and writes them when they have changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.acquaintances = Acquaintances(_read(path))
        self._saved = 0

    def save(self) -> None:
        """Write what is new, beside what another visit has written meanwhile."""
        if self.acquaintances.revision == self._saved:
            return
        self._saved = self.acquaintances.revision
        people = _read(self._path) | self.acquaintances.met
        try:
            write_private(self._path, msgspec.json.format(msgspec.json.encode(people)))
        except OSError as error:
            log.warning("who was met is not remembered: %s cannot be written (%s)", self._path, error)


def _read(path: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s cannot be read, so everybody is new (%s)", path, error)
        return {}
