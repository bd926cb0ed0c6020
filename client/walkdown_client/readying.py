"""Asks of all that a client knows whether a review can begin."""

from __future__ import annotations

from collections.abc import Container
from datetime import date

import numpy as np

from walkdown.review.readiness import Readiness, Twin, readiness
from walkdown.twin import GOOD, SIMULATED
from walkdown_client.world import World


def readiness_of(world: World, *, drawn: Container[str], today: date) -> Readiness:
    """Look at everything and return what was found.

    Args:
        drawn: ids of the things that models show.
    """
    signals = world.signals.signals
    fresh = np.isin(world.signals.quality, (GOOD, SIMULATED))
    twin = Twin(
        things=world.catalogue.things,
        signals=signals,
        models=[ref.model for ref in world.packages],
        draws=lambda thing: thing.id in drawn,
        silent=[signals[row].id for row in np.flatnonzero(~fresh).tolist()],
    )
    return readiness(world.review, twin, today=today)
