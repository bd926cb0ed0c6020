"""Sources of live values: a source is any object with a ``name`` and ``async def run(self, sink)``.

A source delivers until it is cancelled. It reconnects by itself; :class:`walkdown.errors.SourceError`
means that trying again is of no use.
"""

from __future__ import annotations

from typing import Literal, Protocol

import numpy.typing as npt

from walkdown.twin import GOOD

SourceState = Literal["connecting", "live", "down"]


class Sink(Protocol):
    """Where a source delivers."""

    def write(
        self,
        indices: npt.ArrayLike,
        values: npt.ArrayLike,
        *,
        quality: npt.ArrayLike = GOOD,
        times_ns: npt.ArrayLike | None = None,
    ) -> None:
        """Store newest values of numeric signals.

        Args:
            indices: (n,) positions in the catalogue, no text signals among them.
            values: (n,) numbers; one that is not finite keeps the old value and makes its quality bad.
            quality: scalar or (n,), codes of ``walkdown.twin``.
            times_ns: scalar or (n,) int64 session time, None when the source states none.
        """

    def text(self, index: int, value: str, *, quality: int = GOOD, time_ns: int | None = None) -> None:
        """Store the newest value of a text signal."""

    def joints(self, indices: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Store newest joint values (n,) by wire index, radians or metres."""

    def status(self, state: SourceState, text: str = "") -> None:
        """Tell everyone how the source is doing."""

    def now_ns(self) -> int:
        """Return the session time."""

    def disturbances(self) -> frozenset[str]:
        """Return the ids of the disturbances that are active."""


class Source(Protocol):
    """Delivers live values."""

    @property
    def name(self) -> str:
        """How people know it."""

    async def run(self, sink: Sink) -> None:
        """Deliver until cancelled."""
