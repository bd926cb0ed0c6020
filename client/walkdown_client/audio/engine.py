"""What is heard: takes orders, and every 10 ms puts all that sounds in its place.

It knows neither real time nor processes: :mod:`walkdown_client.audio.child` runs it beside the client, and
:class:`walkdown_client.audio.ears.VirtualEars` in a test, as fast as it can. Without a device it lets time
pass, so that who speaks is reported all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from walkdown.clock import NS
from walkdown.errors import Missing, ProtocolError
from walkdown_client.audio.device import Device
from walkdown_client.audio.orders import (
    Choice,
    Clock,
    Doors,
    Ears,
    Heads,
    Heard,
    Order,
    Play,
    Rooms,
    Sounds,
    Told,
    VoiceIn,
    Walls,
)
from walkdown_client.audio.recordings import Recordings
from walkdown_client.audio.space import Space
from walkdown_client.audio.stage import Stage
from walkdown_client.audio.talkers import MakeReceiver, Talkers, usual_receiver
from walkdown_client.audio.voice_player import LEAD_SECS

STEP_SECS = 0.01
STEP_NS = round(STEP_SECS * NS)
HEARD_SECS = 0.5
"""How often is told who came through."""

_log = logging.getLogger(__name__)


class Engine:
    """All that is to be heard, on whatever device there is.

    Attributes:
        voice_text: one sentence when voices cannot be decoded here, else "".
    """

    def __init__(
        self,
        *,
        make_receiver: MakeReceiver = usual_receiver,
        recordings: Recordings | None = None,
        lead_secs: float = LEAD_SECS,
    ) -> None:
        self._recordings = recordings or Recordings()
        self.space = Space()
        self.talkers = Talkers(make_receiver)
        self.voice_text = ""
        self._lead_secs = lead_secs
        self._stage: Stage | None = None
        self._ears, self._choice = Ears((0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0)), Choice()
        self._sounds, self._heads = Sounds(), Heads()
        self._told: list[Told] = []
        self._now_ns: int | None = None
        self._since_heard_secs = 0.0
        self._underruns = 0
        self._takers: dict[type[Order], Callable[[Order], None]] = {
            kind: getattr(self, f"_take_{kind.__name__.lower()}")
            for kind in (Ears, Sounds, Heads, Play, Choice, Clock, VoiceIn)
        }

    @property
    def underruns(self) -> int:
        """How often the sound broke off."""
        return self._underruns + (self._stage.voices.underruns if self._stage else 0)

    def use(self, device: Device | None, *, lead_secs: float | None = None) -> None:
        """Be heard on this device from now on; the one before is closed. None for silence.

        Args:
            lead_secs: how much of a voice is queued ahead, if not as usual.
        """
        self.close()
        if device is None:
            return
        device.make_current()
        lead_secs = self._lead_secs if lead_secs is None else lead_secs
        self._stage = Stage(
            device,
            space=self.space,
            talkers=self.talkers,
            recordings=self._recordings,
            lead_secs=lead_secs,
        )
        for order in (self._choice, self._ears, self._sounds, self._heads):
            self.take(order)

    def _make_current(self) -> None:
        if self._stage:
            self._stage.device.make_current()

    def resume(self) -> None:
        """Go on where sound stopped because its output was lost; voices do so by themselves."""
        self._make_current()
        if self._stage:
            self._stage.loops.resume()

    def take(self, order: Order) -> None:
        """Take one order; what is not for the ears is left to others.

        Raises:
            ValueError: the columns of an order do not fit one another.
        """
        if isinstance(order, Walls | Doors | Rooms):
            self.space.take(order)
            return
        self._make_current()
        taker = self._takers.get(type(order))
        if taker is not None:
            taker(order)

    def _take_ears(self, order: Ears) -> None:
        self._ears = order
        if self._stage:
            self._stage.look(order)

    def _take_sounds(self, order: Sounds) -> None:
        self._sounds = order
        if self._stage:
            self._stage.take_sounds(order)

    def _take_heads(self, order: Heads) -> None:
        self._heads = order
        if self._stage:
            self._stage.take_heads(order)

    def _take_play(self, order: Play) -> None:
        if self._stage:
            self._stage.play(order)

    def _take_choice(self, order: Choice) -> None:
        self._choice = order
        if self._stage:
            self._stage.set_volumes(order)

    def _take_clock(self, order: Clock) -> None:
        self.talkers.set_clock(order.offset_ns)

    def _take_voicein(self, order: VoiceIn) -> None:
        try:
            self.talkers.take(order.bundle, order.arrived_ns)
        except ProtocolError as error:
            _log.warning("a bundle of voices was not understood: %s", error)
        except Missing as error:
            self.voice_text = str(error)

    def step(self, now_ns: int) -> None:
        """Let time pass until now; to be called every ``STEP_SECS``.

        Args:
            now_ns: the clock of ``VoiceIn.arrived_ns``.
        """
        secs = STEP_SECS if self._now_ns is None else max(now_ns - self._now_ns, 0) / NS
        self._now_ns = now_ns
        self._make_current()
        if self._stage:
            self._stage.step(now_ns, secs)
        self.talkers.discard(now_ns)
        self._since_heard_secs += secs
        if self._since_heard_secs >= HEARD_SECS - 1e-6:
            self._since_heard_secs = 0.0
            self.talkers.forget_silent(now_ns)
            self._tell_heard()

    def _tell_heard(self) -> None:
        report = self.talkers.report()
        if report:
            self._told.append(Heard(report))

    def take_told(self) -> list[Told]:
        """Return what is to be told since the last call."""
        told, self._told = self._told, []
        return told

    def close(self) -> None:
        """Close the device, if there is one."""
        if self._stage:
            self._make_current()
            self._underruns += self._stage.voices.underruns
            self._stage.close()
            self._stage = None
