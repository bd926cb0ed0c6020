"""How late a talker's packets come, and so how long to wait for them: the estimate of a jitter buffer.

A packet's lateness is when it came minus when its turn would be if nothing were ever late: sequence times
20 ms. Only differences count, so nobody's clock has to be right. The **base** is the least lateness in the
window, that of a packet which nothing held up. The **wait** is for how long after that the sound of a packet
is held back. A packet that is later has to be invented, so the wait weighs both: it is the one with the least
cost, where a share of invented sound costs as much as ``COST_SECS`` times that share of delay, and delay
beyond ``KNEE_SECS`` is dear. This is a quantile of relative delay, chosen by what it costs: nearly all
packets where the last ones cost little, fewer where that would mean to wait for a rare stall.

Each packet counts less the more came after it. What a packet repeats of a lost one before it counts as that
packet, come late: so the wait grows by one frame exactly where repetition is of use.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

WINDOW = 512
"""Packets that are looked at: ten seconds of speech."""

FORGET_PACKETS = 250.0
"""After so many further packets one counts 1/e: the memory is five seconds of speech."""

COST_SECS = 3.0
"""Delay that would be as bad as inventing everything: 30 ms for each percent invented.

Between two published rules: NetEQ's reorder optimiser takes 20 ms a percent; the E-model (ITU-T G.107, with
Bpl = 10) more than 100 ms, as long as the whole way is shorter than 177 ms.
"""

KNEE_SECS, KNEE_FACTOR = 0.147, 10.0
"""Waits beyond the knee, what the renderer needs included, cost so many times as much: with 60 ms for network
and codec the whole way is then 207 ms long, and people begin to talk into each other (G.107 counts delay
five times beyond 177 ms). With less than ten a stall that comes twice a second would be waited for."""

FIRST_SECS = 0.03
"""Lateness that is expected before there is anything to go by."""

LOOK_PACKETS = 8
"""The estimate is made anew after so many packets, and at once when one surprises."""

FIRST_WEIGHT, FIRST_FORGET_PACKETS = 4.0, 25.0
"""That expectation counts as much as so many packets, and is forgotten within two seconds of speech."""


class Lateness:
    """The latenesses of the newest packets, and what follows from them."""

    def __init__(self) -> None:
        self._late = np.zeros(WINDOW)
        self._count = self._looked = 0
        self._weights = np.exp(-np.arange(WINDOW) / FORGET_PACKETS)
        self.base_secs = 0.0
        """The least lateness in the window."""
        self.wait_secs = FIRST_SECS
        """For how long beyond the base to wait for a packet."""
        self.ahead_secs = 0.0
        """So much longer is waited anyway, because the renderer takes sound before it is heard."""

    @property
    def known(self) -> bool:
        """Whether a packet has come."""
        return self._count > 0

    def note(self, late_secs: float) -> None:
        """Take note of one packet's lateness, seconds on any one clock."""
        self._late[self._count % WINDOW] = late_secs
        self._count += 1
        surprises = not 0.0 <= late_secs - self.base_secs <= self.wait_secs
        if surprises or self._count - self._looked >= LOOK_PACKETS:
            self._look()

    def _look(self) -> None:
        self._looked = self._count
        held = min(self._count, WINDOW)
        newest = (self._count - 1 - np.arange(held)) % WINDOW
        late = self._late[newest]
        self.base_secs = float(late.min())
        self.wait_secs = cheapest_wait(
            np.append(late - self.base_secs, FIRST_SECS),
            np.append(self._weights[:held], FIRST_WEIGHT * np.exp(-self._count / FIRST_FORGET_PACKETS)),
            knee_secs=KNEE_SECS - self.ahead_secs,
        )


def cheapest_wait(late_secs: F64, weights: F64, *, knee_secs: float = KNEE_SECS) -> float:
    """Return the wait with the least cost.

    Args:
        late_secs: (n,), relative to the base, so at least one is 0. weights: (n,), how much each counts.
        knee_secs: from where on waiting is dear.
    """
    order = np.argsort(late_secs)
    waits = late_secs[order]
    missed = 1.0 - np.cumsum(weights[order]) / weights.sum()
    dear = np.maximum(waits - knee_secs, 0.0) * (KNEE_FACTOR - 1.0)
    return float(waits[np.argmin(waits + dear + COST_SECS * missed)])
