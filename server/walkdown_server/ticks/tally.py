"""What is counted while a server runs: plain additions; whoever asks reads them.

Pure. ``metrics`` makes the page of it, ``delays`` what people are told.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from dataclasses import dataclass, field

TICK_BOUNDS_SECS = (0.001, 0.002, 0.004, 0.006, 0.008, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5)
RECENT_TICKS = 200
COMMIT_BOUNDS_SECS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
RESUME_BOUNDS_SECS = (0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Spread:
    """How many values lie between given bounds, and their sum.

    Args:
        bounds: ascending; a value counts below the first bound that is not smaller.
    """

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


@dataclass(slots=True)
class Tally:
    """What happened in one session.

    Attributes:
        ticks: seconds that each took, see :meth:`note_tick`. recent: of the newest ones.
        commits: from a wish to the disk. resumes: from a hello to having all.
        frames, frame_bytes: that were sent in ticks. skipped: ticks that a client did not get in time.
        refusals: by code, of connections that were told why they end. cuts: of those who were in, by reason.
        person_secs: time that people spent here, together.
        voice_in: packets of voice that came. voice_out: that were sent on, each to each listener.
        voice_dropped: that were not, by reason: ``rights``, ``rate``, ``old`` (came before, or too late),
            ``late`` (too many at once), ``behind`` (a listener whose connection is).
    """

    ticks: Spread = field(default_factory=lambda: Spread(TICK_BOUNDS_SECS))
    commits: Spread = field(default_factory=lambda: Spread(COMMIT_BOUNDS_SECS))
    resumes: Spread = field(default_factory=lambda: Spread(RESUME_BOUNDS_SECS))
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT_TICKS))
    frames: int = 0
    frame_bytes: int = 0
    skipped: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    cuts: Counter[str] = field(default_factory=Counter)
    person_secs: float = 0.0
    voice_in: int = 0
    voice_out: int = 0
    voice_dropped: Counter[str] = field(default_factory=Counter)

    def note_tick(self, secs: float) -> None:
        """Count how long a tick took."""
        self.ticks.add(secs)
        self.recent.append(secs)

    @property
    def tick_p95(self) -> float:
        """How long the newest ticks took at most, but for one in twenty."""
        return sorted(self.recent)[int(0.95 * (len(self.recent) - 1))] if self.recent else 0.0


@dataclass(slots=True)
class Datagrams:
    """Datagrams that came to a server process.

    Attributes:
        received: those that were what a client had sent. refused: the others, by why.
    """

    received: int = 0
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Traffic:
    """What passed through a server process outside of its sessions.

    Attributes:
        connections: WebSockets that are open. opened: all that ever were.
        downloads, download_bytes: of blobs. datagrams: of voice.
    """

    connections: int = 0
    opened: int = 0
    downloads: int = 0
    download_bytes: int = 0
    datagrams: Datagrams = field(default_factory=Datagrams)
