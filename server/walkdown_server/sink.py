"""Where a source delivers: the only thing of the room that sources see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy.typing as npt

from walkdown.messages import SourceStatus, encode
from walkdown.twin import GOOD
from walkdown_server.ticks.live import Live
from walkdown_server.ticks.outbox import StateKey


class Sink:
    """Takes the values of one source.

    Args:
        name: of the source, for its status. live: holds the values.
        now_ns: session time. publish: tells everyone of a newer state message.
        disturbances: the active ones.
    """

    def __init__(
        self,
        name: str,
        live: Live,
        *,
        now_ns: Callable[[], int],
        publish: Callable[[StateKey, bytes], None],
        disturbances: Callable[[], frozenset[str]],
    ) -> None:
        self.name = name
        self._live, self._publish = live, publish
        self.now_ns, self.disturbances = now_ns, disturbances

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
            values: (n,) numbers. quality: scalar or (n,), see ``walkdown.twin``.
            times_ns: scalar or (n,) int64 session time, None when the source states none.
        """
        self._live.write(indices, values, quality=quality, times_ns=times_ns, now_ns=self.now_ns())

    def text(self, index: int, value: str, *, quality: int = GOOD, time_ns: int | None = None) -> None:
        """Store the newest value of a text signal."""
        now_ns = self.now_ns()
        key, message = self._live.write_text(index, value, quality=quality, time_ns=time_ns, now_ns=now_ns)
        self._publish(key, message)

    def joints(self, indices: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Store newest joint values (n,) by wire index, radians or metres."""
        self._live.move_joints(indices, values)

    def status(self, state: Literal["connecting", "live", "down"], text: str = "") -> None:
        """Tell everyone how the source is doing."""
        self._publish(("source", self.name), encode(SourceStatus(name=self.name, state=state, text=text)))
