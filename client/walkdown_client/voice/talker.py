"""One's own voice made into packets: gate or talk key, encoder, beginnings and ends of spurts.

Frames of 20 ms come in as long as the microphone is open. A packet goes out while the gate is open, or while
the talk key is held and for a moment longer; where the encoder finds nothing to say (DTX), the spurt ends.
When a gate opens, what came just before goes out too, so that no word begins in its middle. A spurt ends with
two packets that say so, the second without sound, because one of them may get lost.
"""

from __future__ import annotations

from collections import deque
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from walkdown.voice import FRAME_SECS, SILENCE_DBFS, Packet, VoiceFlag, pack_packet
from walkdown_client.voice.gate import GATE_DBFS, QUIETEST_DBFS, Gate, level_dbfs
from walkdown_client.voice.payload import SILENT_BYTES

F32 = npt.NDArray[np.float32]
Talk = Literal["push", "open"]

FRAME_NS = round(FRAME_SECS * 1e9)

PRE_ROLL_FRAMES = 2
"""What was said so shortly before a gate opened goes out with it; not before a key was pressed."""

RELEASE_FRAMES = 10
"""A released key goes on for 200 ms: people let go with their last word."""

GAP_NS = 60_000_000
"""A frame that comes so much later than it should was preceded by some that the device lost."""


class Encoder(Protocol):
    """What turns frames into packets; ``voice.opus.Encoder`` is one."""

    def encode(self, samples: F32) -> bytes:
        """Return the packet of (960,) samples."""

    def expect_loss(self, share: float) -> None:
        """Prepare for lost packets."""


class Talker:
    """Turns one's own voice into packets.

    Args:
        encoder: see ``Encoder``.
        talk: ``push``: while the key is held; ``open``: whenever somebody speaks.
        gate_dbfs: what is quieter is no speech, with ``open``.

    Attributes:
        level_dbfs: of the newest frame. speaking: whether it was sent.
    """

    def __init__(self, encoder: Encoder, *, talk: Talk = "push", gate_dbfs: float = GATE_DBFS) -> None:
        self.level_dbfs, self.speaking = QUIETEST_DBFS, False
        self._encoder = encoder
        self._talk: Talk = talk
        self._gate = Gate(gate_dbfs)
        self._held, self._release_frames = False, 0
        self._sequence = -1
        self._captured_ns = 0
        self._before: deque[tuple[int, int, F32]] = deque(maxlen=PRE_ROLL_FRAMES)
        self._ending = False

    def choose(self, *, talk: Talk, gate_dbfs: float) -> None:
        """Speak differently from now on."""
        self._talk, self._gate.gate_dbfs = talk, gate_dbfs

    def press(self, held: bool) -> None:
        """The talk key is held from now on, or no more."""
        if held != self._held:
            self._release_frames = 0 if held else RELEASE_FRAMES
            self._held = held

    def expect_loss(self, share: float) -> None:
        """Prepare for this share of lost packets, 0 to 1, as listeners report it."""
        self._encoder.expect_loss(share)

    def talk(self, samples: F32, captured_ns: int) -> list[bytes]:
        """Take the next frame of the microphone; returns the packets to send at once, mostly one or none.

        Args:
            samples: (960,), 48 kHz. What is not a number is silence.
            captured_ns: session time when the last of them was taken.
        """
        samples = np.nan_to_num(np.clip(samples, -1.0, 1.0).astype(np.float32))
        self._count(captured_ns)
        self.level_dbfs = level_dbfs(samples)
        open_gate = self._gate.hear(self.level_dbfs)
        if not self._wanted(open_gate):
            self._before.append((self._sequence, captured_ns, samples))
            return self._ended()
        packets = []
        if self._talk == "open":
            for sequence, before_ns, earlier in self._before:
                packets += self._said(sequence, before_ns, earlier)
        self._before.clear()
        return packets + self._said(self._sequence, captured_ns, samples)

    def hush(self) -> list[bytes]:
        """Stop at once, for instance because the microphone is closed; returns what has to be sent still."""
        self._before.clear()
        self._gate = Gate(self._gate.gate_dbfs)
        self._held, self._release_frames = False, 0
        if self.speaking:
            self._sequence += 1
            self._captured_ns += FRAME_NS
        return self._ended() + self._ended()

    def _count(self, captured_ns: int) -> None:
        """Count frames, also those that the device has lost, so that the sequence keeps pace with time."""
        gap_ns = captured_ns - self._captured_ns - FRAME_NS
        lost = round(gap_ns / FRAME_NS) if self._sequence >= 0 and gap_ns > GAP_NS else 0
        if lost:
            self._before.clear()
        self._sequence += 1 + lost
        self._captured_ns = captured_ns

    def _wanted(self, open_gate: bool) -> bool:
        if self._talk == "open":
            return open_gate
        if self._held:
            return True
        self._release_frames = max(self._release_frames - 1, 0)
        return self._release_frames > 0

    def _said(self, sequence: int, captured_ns: int, samples: F32) -> list[bytes]:
        """Return the packet of a frame that is to be heard, or the end of a spurt where it is silent."""
        payload = self._encoder.encode(samples)
        loudness = round(min(max(-level_dbfs(samples), 0.0), SILENCE_DBFS))
        silent = len(payload) <= SILENT_BYTES
        if silent and not self.speaking:
            return self._ended()
        self.speaking, self._ending = not silent, silent
        flags = VoiceFlag.END_OF_SPURT if silent else 0
        return [pack_packet(Packet(sequence, captured_ns, flags, loudness, payload))]

    def _ended(self) -> list[bytes]:
        """Return what says that silence follows, as long as that has to be said."""
        if not self.speaking and not self._ending:
            return []
        self._ending, self.speaking = self.speaking, False
        end = Packet(self._sequence, self._captured_ns, VoiceFlag.END_OF_SPURT, SILENCE_DBFS, b"")
        return [pack_packet(end)]
