"""The jitter buffer of one talker: which packet's turn it is, and what to do where it is not there.

No sound and no clock in here: it is told what came and when, and asked what to play and when. Rules:

* A packet's turn is ``base + sequence · 20 ms + target`` (see ``lateness``). A spurt begins with its turn,
  so each spurt is anchored anew; when a spurt has ended nothing is expected.
* A missing packet is recovered from the next one if that repeats it, else concealed. If nothing came after
  it, it is waited for as long as the renderer has sound; then sound is invented without letting its turn
  pass: what comes late in a stall is not lost.
* After ``HOLD_SECS`` of that there is silence, and what comes next is anchored anew.
* What is behind its turn by more than ``SKIP_SECS`` is skipped, up to its turn.
* A talker whose sequence or capture time jumps against the other has begun anew, and so does the buffer.

Sequences are unwrapped from 32 bits, so they only grow. Memory is bounded: ``HELD_MAX`` packets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from walkdown.clock import NS
from walkdown.voice import FRAME_SECS, Packet
from walkdown_client.voice.lateness import Lateness

FRAME_NS = round(FRAME_SECS * NS)

TARGET_MIN_SECS, TARGET_MAX_SECS = 0.02, 0.2
MARGIN_SECS = 0.003
"""Added to what the estimate says: the last packet of a quantile comes just in time."""

AHEAD_SHARE = 0.02
"""How much of the difference the running maximum of the renderer's lead falls at each frame."""

LAST_CALL_SECS, DARE_SECS = 0.016, 0.015
"""A packet that is not there is waited for until the renderer has only so much sound left: more than one of
its steps; and not much less than it wants to have, which is more where it is often late."""

HOLD_SECS = 0.12
"""For so long a talker of whom nothing comes is guessed; libopus has faded out by then."""

HOLD_FRAME_SECS = 0.01
"""Guessing goes in short pieces, so that what comes is heard at once."""

EARLY_SECS = 0.005
"""A spurt may begin so much before its turn: half of the renderer's step."""

STALL_SECS = 0.055
"""Nothing came for so long: more than one packet is late or lost."""

DRY_FRAMES = 3
"""Fewer frames than this are hardly anything."""

SKIP_SECS = 0.06
"""Being late by more than this is made good at once, and less than this little by little."""

GAP_MAX = 5
"""Missing frames in a row that are concealed one by one; a larger gap is silence until its end."""

LOSS_MAX = 25
"""A larger gap is no loss but somebody who was not sent for a while."""

RESTART_FRAMES = 25
"""Sequence and capture time that move apart by more than this from one packet to the next: a new start."""

HELD_MAX = 100
"""Packets held: two seconds."""

BURST_PACKETS = 3
BURST_NS = 8_000_000
"""At the start of a spurt a gate sends at once what was said shortly before: no matter of the way."""

REST_NS = 20 * NS
"""After so long a silence the lateness is learnt anew: clocks have drifted apart, and networks changed."""

_WRAP = 1 << 32
_HALF = 1 << 31


class Deed(Enum):
    """What to do for the next piece of sound."""

    PLAY = "play"
    RECOVER = "recover"
    """Take the packet that is lost from the payload, that of the next one."""
    CONCEAL = "conceal"
    """Invent one frame in the place of a lost one."""
    WAIT = "wait"
    """Ask again at the next step: there is sound enough until then."""
    HOLD = "hold"
    """Invent ``HOLD_FRAME_SECS`` and wait."""


@dataclass(frozen=True, slots=True)
class Step:
    """The next piece of sound.

    Attributes:
        deed: what to do. payload: of which packet. begins: it comes after silence.
        jumps: it does not follow what was played before. ends: silence follows it.
        captured_ns: when the last sample of it was taken, 0 where not known. loudness: -dBFS, 127 unknown.
    """

    deed: Deed
    payload: bytes = b""
    begins: bool = False
    jumps: bool = False
    ends: bool = False
    captured_ns: int = 0
    loudness: int = 127


@dataclass(slots=True)
class Counts:
    """What happened so far: packets received, never come and come too late, frames skipped, restarts."""

    received: int = 0
    lost: int = 0
    late: int = 0
    skipped: int = 0
    restarts: int = 0
    starved_secs: float = 0.0
    """Silence in the middle of speech, after everything was guessed that can be."""


class JitterBuffer:
    """What has come of one talker and not been played.

    Args:
        carries_previous: tells whether a payload repeats the packet before it.
        fixed_target_secs: wait for so long instead of for what the estimate says; for comparisons.
    """

    def __init__(
        self, *, carries_previous: Callable[[bytes], bool], fixed_target_secs: float | None = None
    ) -> None:
        self.counts = Counts()
        self._carries_previous = carries_previous
        self._fixed_secs = fixed_target_secs
        self._ahead_secs = 0.0
        self._newest: Packet | None = None
        self._start_over()

    def _start_over(self) -> None:
        self._lateness = Lateness()
        self._held: dict[int, Packet] = {}
        self._recent: deque[int] = deque(maxlen=HELD_MAX)
        self._newest_sequence = 0
        self._anchor_ns: int | None = None
        self._next: int | None = None
        self._ended = self._spurt_first = -1
        self._playing = False
        self._hold_secs = 0.0
        self._starved_ns: int | None = None
        self._arrived_ns = 0
        self._pending: tuple[float, int] | None = None

    # ---- what came --------------------------------------------------------------------------------------

    def put(self, packet: Packet, arrived_ns: int) -> None:
        """Take a packet that came, in whatever order and however often."""
        sequence = self._unwrapped(packet)
        if sequence in self._recent:
            return
        self._recent.append(sequence)
        if not self._playing and arrived_ns - self._arrived_ns > REST_NS:
            self._lateness = Lateness()
        self._arrived_ns = arrived_ns
        self.counts.received += 1
        if sequence > self._ended >= self._spurt_first:
            self._spurt_first = sequence
        self._note(sequence, packet, arrived_ns)
        if packet.ends_spurt:
            self._ended = max(self._ended, sequence)
        if self._next is not None and sequence < self._next:
            self.counts.late += bool(packet.payload)
        elif packet.payload or self._playing:
            self._held[sequence] = packet
            self._forget_oldest()

    def _unwrapped(self, packet: Packet) -> int:
        """Return a sequence that never wraps; forgets everything where the talker has begun anew."""
        newest = self._newest
        step = 0
        if newest is not None:
            step = (packet.sequence - newest.sequence + _HALF) % _WRAP - _HALF
            if abs(step - (packet.captured_ns - newest.captured_ns) / FRAME_NS) > RESTART_FRAMES:
                self.counts.restarts += 1
                self._start_over()
                newest, step = None, 0
        sequence = self._newest_sequence + step
        if newest is None or step > 0:
            self._newest, self._newest_sequence = packet, sequence
        return sequence

    def _note(self, sequence: int, packet: Packet, arrived_ns: int) -> None:
        """Take note of how late a packet is, and what it repeats."""
        if self._anchor_ns is None:
            self._anchor_ns = arrived_ns - sequence * FRAME_NS
        late_secs = (arrived_ns - self._anchor_ns) / NS - sequence * FRAME_SECS
        if self._pending is not None and arrived_ns - self._pending[1] >= BURST_NS:
            self._lateness.note(self._pending[0])
        self._pending = None
        if self._lateness.known and sequence - self._spurt_first < BURST_PACKETS:
            self._pending = late_secs, arrived_ns
            return
        self._lateness.note(late_secs)
        before = sequence - 1
        missing = before > self._spurt_first and before not in self._recent
        if missing and self._carries_previous(packet.payload):
            self._lateness.note(late_secs + FRAME_SECS)

    def _forget_oldest(self) -> None:
        while len(self._held) > HELD_MAX:
            del self._held[min(self._held)]
            self.counts.skipped += 1

    # ---- where playing stands ---------------------------------------------------------------------------

    @property
    def target_secs(self) -> float:
        """For how long the sound of the fastest packet is held back."""
        if self._fixed_secs is not None:
            return self._fixed_secs
        wanted = max(self._lateness.wait_secs + self._last_call_secs, self._ahead_secs) + MARGIN_SECS
        return min(max(wanted, TARGET_MIN_SECS), TARGET_MAX_SECS)

    @property
    def _last_call_secs(self) -> float:
        """With how much sound left a packet is still in time."""
        return min(max(LAST_CALL_SECS, self._ahead_secs - DARE_SECS), self._ahead_secs)

    @property
    def playing(self) -> bool:
        """Whether a spurt is being played."""
        return self._playing

    @property
    def has_next(self) -> bool:
        """Whether the next frame is there, and is not the last."""
        packet = self._held.get(self._next) if self._next is not None else None
        return packet is not None and bool(packet.payload)

    def running_dry(self, now_ns: int) -> bool:
        """Tell whether a spurt goes on of which nothing comes any more, and hardly anything is left."""
        goes_on = self._playing and self._next is not None and self._ended < self._next
        return goes_on and len(self._held) < DRY_FRAMES and now_ns - self._arrived_ns > STALL_SECS * NS

    def behind_secs(self, now_ns: int, *, ahead_secs: float) -> float:
        """Return how late the next frame is against its turn, negative when early; 0 when nothing plays.

        Args:
            now_ns: on the clock of the arrivals. ahead_secs: sound that is rendered before what comes next.
        """
        if not self._playing or self._next is None:
            return 0.0
        return self._behind(self._next, now_ns, ahead_secs)

    def _behind(self, sequence: int, now_ns: int, ahead_secs: float) -> float:
        elapsed = (now_ns - (self._anchor_ns or 0)) / NS + ahead_secs
        return elapsed - (sequence * FRAME_SECS + self._lateness.base_secs + self.target_secs)

    # ---- what to play -----------------------------------------------------------------------------------

    def step(self, now_ns: int, *, ahead_secs: float) -> Step | None:
        """Return what to do for the next piece of sound, None for silence."""
        self._ahead_secs += max(ahead_secs - self._ahead_secs, AHEAD_SHARE * (ahead_secs - self._ahead_secs))
        self._lateness.ahead_secs = self._last_call_secs + MARGIN_SECS
        begins = not self._playing
        if begins and not self._begin(now_ns, ahead_secs):
            return None
        jumps = not begins and self._skip(now_ns, ahead_secs)
        step = self._next_step(ahead_secs)
        if step is None:
            self._playing = False
        elif step.deed is Deed.HOLD and self._hold_secs > HOLD_SECS:
            self._playing, self._starved_ns = False, now_ns
            return None
        return step and (replace(step, begins=begins, jumps=jumps) if begins or jumps else step)

    def _begin(self, now_ns: int, ahead_secs: float) -> bool:
        """Begin a spurt if its turn has come."""
        if not self._held:
            return False
        first = min(self._held)
        if self._behind(first, now_ns, ahead_secs) < -EARLY_SECS:
            return False
        if self._next is not None:
            self._count_gap(first, now_ns)
        self._next, self._playing, self._hold_secs = first, True, 0.0
        self._skip(now_ns, ahead_secs)
        return True

    def _count_gap(self, first: int, now_ns: int) -> None:
        """Count what was missed between two spurts, if the first of them did not end by itself."""
        missing = first - (self._next or 0)
        if self._starved_ns is not None:
            starved_secs = (now_ns - self._starved_ns) / NS
            if missing * FRAME_SECS < starved_secs / 2:
                self.counts.starved_secs += starved_secs
        if self._ended < (self._next or 0) - 1 and missing <= LOSS_MAX:
            self.counts.lost += missing
        self._starved_ns = None

    def _skip(self, now_ns: int, ahead_secs: float) -> bool:
        """Leave out what is far behind its turn, never beyond the end of a spurt."""
        if self._next is None or not self._held:
            return False
        behind_secs = self._behind(self._next, now_ns, ahead_secs)
        if behind_secs <= SKIP_SECS:
            return False
        last = max(self._held)
        if self._ended >= self._next:
            last = min(last, self._ended)
        wanted = min(self._next + int(behind_secs / FRAME_SECS), last)
        target = min((held for held in self._held if held >= wanted), default=self._next)
        if target <= self._next:
            return False
        present = [held for held in self._held if held < target]
        for held in present:
            del self._held[held]
        self.counts.skipped += len(present)
        missing = target - self._next - len(present)
        self.counts.lost += missing if missing <= LOSS_MAX else 0
        self._next = target
        return True

    def _next_step(self, ahead_secs: float) -> Step | None:
        sequence = self._next or 0
        packet = self._held.pop(sequence, None)
        if packet is not None:
            return self._play(packet)
        after = min(self._held, default=None)
        if after is not None:
            return self._missing(after)
        if self._ended >= sequence:
            return None
        if ahead_secs > self._last_call_secs:
            return Step(Deed.WAIT)
        self._hold_secs += HOLD_FRAME_SECS
        return Step(Deed.HOLD)

    def _play(self, packet: Packet) -> Step | None:
        self._next = (self._next or 0) + 1
        self._hold_secs = 0.0
        if not packet.payload:
            return None
        if packet.ends_spurt:
            self._playing = False
        return Step(
            Deed.PLAY,
            packet.payload,
            ends=packet.ends_spurt,
            captured_ns=packet.captured_ns,
            loudness=packet.loudness,
        )

    def _missing(self, after: int) -> Step | None:
        """Do without the packet whose turn it is; ``after`` is the first that is there."""
        sequence, following = self._next or 0, self._held[after]
        gap = after - sequence
        self.counts.lost += gap if GAP_MAX < gap <= LOSS_MAX else gap <= GAP_MAX
        self._hold_secs = 0.0
        if gap > GAP_MAX or not following.payload:
            self._next = after
            return None
        self._next = sequence + 1
        if gap == 1 and self._carries_previous(following.payload):
            return Step(Deed.RECOVER, following.payload, captured_ns=following.captured_ns - FRAME_NS)
        return Step(Deed.CONCEAL)
