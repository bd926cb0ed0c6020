"""Who speaks to us: one receiver each, how they come to be heard, and how they came through."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.clock import NS
from walkdown.voice import Route, unpack_packets
from walkdown_client.audio import budget
from walkdown_client.audio.orders import Heads, TalkerHeard, Vector
from walkdown_client.voice import opus
from walkdown_client.voice.receiver import Receiver

F32 = npt.NDArray[np.float32]

NEAR_M = 30.0
"""Within this, who speaks to a group or presents is heard from where they stand."""

FORGET_NS = 30 * NS
"""Who said nothing for so long needs no decoder any more."""

_IN_HEAD_M = 1.0

MakeReceiver = Callable[[], Receiver]


def usual_receiver() -> Receiver:
    """Return a receiver that decodes Opus.

    Raises:
        Missing: libopus is not there.
    """
    return Receiver(opus.Decoder(opus.load()))


class Mouths:
    """Where people's mouths are, as ``Heads`` said last.

    Raises:
        ValueError: its columns differ in length.
    """

    def __init__(self, order: Heads) -> None:
        ids: list[int] = np.frombuffer(order.ids, "<u2").tolist()
        places = np.frombuffer(order.positions, "<f4").reshape(len(ids), 3)
        self._positions: list[list[float]] = places.tolist()
        self._volumes: list[float] = np.frombuffer(order.volumes, "<f4").tolist()
        if len(self._volumes) != len(ids):
            raise ValueError(f"{len(ids)} volumes were expected, {len(self._volumes)} came")
        self._rows = dict(zip(ids, range(len(ids)), strict=True))

    def of(self, speaker: int) -> tuple[Vector | None, float]:
        """Return where somebody's mouth is, None if nobody said, and how loud they are to be."""
        row = self._rows.get(speaker)
        if row is None:
            return None, 1.0
        x, y, z = self._positions[row]
        return ((x, y, z), self._volumes[row]) if math.isfinite(x + y + z) else (None, 1.0)


@dataclass
class Talker:
    """One speaker as heard here. ``row`` is the source in use, -1 for none."""

    speaker: int
    receiver: Receiver
    route: int
    loudness: int
    heard_ns: int
    row: int = -1


class Talkers:
    """All who spoke in the last half minute.

    Attributes:
        waiting: whether somebody speaks who has no source.
    """

    def __init__(self, make_receiver: MakeReceiver = usual_receiver) -> None:
        self._make_receiver = make_receiver
        self._offset_ns: int | None = None
        self.tap: Callable[[int, F32 | None], object] | None = None
        """Told each piece of somebody's voice that is rendered, and None where silence follows."""
        self.all: dict[int, Talker] = {}
        self.waiting = False

    def take(self, bundle: bytes, arrived_ns: int) -> None:
        """Take a bundle that came from the server.

        Raises:
            ProtocolError: it is none. Missing: it cannot be decoded here.
        """
        for speaker, route, packet in unpack_packets(bundle):
            talker = self.all.get(speaker) or self._new(speaker)
            talker.route, talker.loudness, talker.heard_ns = route, packet.loudness, arrived_ns
            talker.receiver.put(packet, arrived_ns)
            self.waiting |= talker.row < 0

    def _new(self, speaker: int) -> Talker:
        receiver = self._make_receiver()
        receiver.clock_offset_ns = self._offset_ns
        receiver.tap = functools.partial(self._overhear, speaker)
        self.all[speaker] = Talker(speaker, receiver, Route.NEAR, 127, 0)
        return self.all[speaker]

    def _overhear(self, speaker: int, samples: F32 | None) -> None:
        if self.tap is not None:
            self.tap(speaker, samples)

    def set_clock(self, offset_ns: int) -> None:
        """Take what session time is."""
        self._offset_ns = offset_ns
        for talker in self.all.values():
            talker.receiver.clock_offset_ns = offset_ns

    def forget_silent(self, now_ns: int) -> None:
        """Let those go who have no source and said nothing for long."""
        for talker in list(self.all.values()):
            if talker.row < 0 and now_ns - talker.heard_ns > FORGET_NS:
                del self.all[talker.speaker]

    def discard(self, now_ns: int) -> None:
        """Let time pass for those who are not rendered, so that they are reported all the same."""
        for talker in self.all.values():
            if talker.row < 0:
                talker.receiver.let_pass(now_ns)

    def report(self) -> tuple[TalkerHeard, ...]:
        """Return how those who spoke since the last report came through."""
        reports = ((talker, talker.receiver.take_report()) for talker in self.all.values())
        return tuple(
            TalkerHeard(
                speaker=talker.speaker,
                received=report.received,
                lost=report.lost,
                concealed=report.concealed,
                delay_secs=report.delay_secs,
                loudness=report.loudness,
                audible=talker.row >= 0,
                buffer_secs=report.buffer_secs,
            )
            for talker, report in reports
            if report.received or report.lost or report.concealed
        )


def placed(route: int, mouth: Vector | None, ears: Vector) -> Route:
    """Return how to render somebody: NEAR from their mouth, RADIO or ECHO in the head, PRESENTER ahead."""
    near = mouth is not None and math.dist(mouth, ears) <= NEAR_M
    if route == Route.NEAR:
        return Route.NEAR if mouth is not None else Route.RADIO
    if route == Route.GROUP:
        return Route.NEAR if near else Route.RADIO
    if route == Route.PRESENTER:
        return Route.NEAR if near else Route.PRESENTER
    return Route.ECHO if route == Route.ECHO else Route.RADIO


def score_db(talker: Talker, mouth: Vector | None, ears: Vector) -> float:
    """Return by what to choose among talkers: the level at the ears."""
    distance = _IN_HEAD_M if mouth is None else max(math.dist(mouth, ears), _IN_HEAD_M)
    rank = 0.0 if talker.route == Route.NEAR else 60.0
    stays = budget.STAYS_DB if talker.row >= 0 else 0.0
    return rank + stays - talker.loudness - 20.0 * math.log10(distance)
