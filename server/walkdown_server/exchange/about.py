"""What a file about a review says beside the review itself: session, models, names of things."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from walkdown.messages import IN_PLACE, Placement
from walkdown_server.exchange.model_frames import NO_MODELS, ModelFrames

Files = Callable[[str], bytes | None]
"""Finds a file of the session by its SHA-256; None when it is not there."""


@dataclass(frozen=True, slots=True)
class ModelLine:
    """A model that was looked at.

    Attributes:
        package: id of its package, the hash of the manifest that names the hash of each file.
        placement: where it stands.
    """

    name: str
    revision: int
    package: str
    placement: Placement = IN_PLACE


@dataclass(frozen=True, slots=True)
class About:
    """Whose review it is.

    Attributes:
        session: its name. now_ns: when the file is written, UTC. models: as they stand.
        names: of things, by id; one that is not here is called by its id.
        zone: of the times in a report, None for this computer's.
        frames: where the coordinates of its IFC files lie.
    """

    session: str
    now_ns: int = 0
    models: tuple[ModelLine, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo | None = None
    frames: ModelFrames = NO_MODELS

    def name_of(self, thing: str) -> str:
        """Return what people call a thing: its name and id, or the id alone."""
        name = self.names.get(thing, "")
        return f"{name} ({thing})" if name and name != thing else thing


def no_files(_sha256: str) -> None:
    """Find nothing."""
