"""Ears without a sound card: the engine as it is shipped, with a clock of its own, gives what is heard.

For tests, benchmarks and guests without a screen::

    with VirtualEars() as ears:
        ears.take(Ears(position=(0, 0, 1.7), quaternion=(1, 0, 0, 0)))  # looks north, +y
        ears.take(Heads(ids=…, positions=…, volumes=…))                 # 7 stands in the east
        for k in range(50):                                             # a second of speech in packets
            ears.take(VoiceIn(arrived_ns=ears.now_ns, bundle=…))
            heard = ears.render(0.02)                                   # (960, 2): left, right

Time passes only in ``render``, in steps of 10 ms: ``now_ns`` is the local monotonic time of this listener,
``arrived_ns`` is said on the same clock. With real sockets in real time, give each bundle ``ears.now_ns`` as
its arrival and render as much as has passed, or start with ``now_ns=time.monotonic_ns()`` and call
``render_until(time.monotonic_ns())``. A voice is heard ``lead_secs`` and the jitter buffer after it came.
Sounds fade in within 60 ms and walls within 100 ms; render a moment before measuring.

Several may be open in a process; each is used by one thread at a time.
"""

from __future__ import annotations

from types import TracebackType

import numpy as np
import numpy.typing as npt

from walkdown.clock import NS
from walkdown_client.audio.device import open_loopback
from walkdown_client.audio.engine import STEP_NS, Engine
from walkdown_client.audio.openal_files import RATE_HZ
from walkdown_client.audio.orders import Choice, Order, OutputMode, Told
from walkdown_client.audio.playback import to_ears
from walkdown_client.audio.recordings import Recordings
from walkdown_client.audio.talkers import MakeReceiver, usual_receiver
from walkdown_client.audio.voice_player import LEAD_SECS

F32 = npt.NDArray[np.float32]

_STEP_SAMPLES = RATE_HZ * STEP_NS // NS


class VirtualEars:
    """The engine, a loopback device and a clock that only ``render`` moves.

    Args:
        mode: how it is rendered; an order ``Choice`` changes it.
        now_ns: where the clock begins.
        lead_secs: see ``voice_player.LEAD_SECS``; as shipped unless a test is about something else.
        make_receiver: another receiver of voices than the usual one.
        recordings: other loops and shots than the plant's, for instance a click.

    Attributes:
        hrtf: ``on`` when our own set is in use, else one word for why not.

    Raises:
        Missing: OpenAL is not there, or refuses.
    """

    def __init__(
        self,
        *,
        mode: OutputMode = "headphones",
        now_ns: int = NS,
        lead_secs: float = LEAD_SECS,
        make_receiver: MakeReceiver = usual_receiver,
        recordings: Recordings | None = None,
    ) -> None:
        self.now_ns = now_ns
        self.engine = Engine(make_receiver=make_receiver, recordings=recordings, lead_secs=lead_secs)
        self._told: list[Told] = []
        self._rest = np.zeros((0, 2), np.float32)
        self._open(mode)
        self.engine.take(Choice(mode=mode))

    def _open(self, mode: OutputMode) -> None:
        self.mode = mode
        self.engine.close()
        self._device = open_loopback(mode=mode)
        self.hrtf = self._device.hrtf
        self.engine.use(self._device)

    def take(self, order: Order) -> None:
        """Take an order, as the sound process does."""
        if isinstance(order, Choice) and order.mode != self.mode:
            self._open(order.mode)
        self.engine.take(order)

    def render(self, secs: float) -> F32:
        """Let time pass and return what was heard: (n, 2) float32 at 48 kHz, left and right."""
        return self._take(round(secs * RATE_HZ))

    def render_until(self, now_ns: int) -> F32:
        """Return what was heard until then, (n, 2): nothing if that is past."""
        return self._take(max(now_ns - self.now_ns, 0) // STEP_NS * _STEP_SAMPLES + len(self._rest))

    def _take(self, count: int) -> F32:
        steps = max(-(-(count - len(self._rest)) // _STEP_SAMPLES), 0)
        made = np.concatenate([self._rest, *(self._step() for _ in range(steps))])
        self._rest = made[count:]
        return made[:count]

    def _step(self) -> F32:
        self.engine.step(self.now_ns)
        self._told += self.engine.take_told()
        self.now_ns += STEP_NS
        return to_ears(self._device.render(_STEP_SAMPLES), self.mode)

    def take_told(self) -> list[Told]:
        """Return what the engine told since the last call: ``Heard``, twice a second."""
        told, self._told = self._told, []
        return told

    def close(self) -> None:
        """Close the device."""
        self.engine.close()

    def __enter__(self) -> VirtualEars:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the device."""
        self.close()
