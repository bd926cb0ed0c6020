"""Where it sounds: opens what is wished, notices when that is gone, and finds the way back by itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from walkdown.clock import NS
from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown_client.audio.device import Device, default_output, open_loopback, open_output, output_names
from walkdown_client.audio.engine import Engine
from walkdown_client.audio.openal_files import PERIOD_SAMPLES
from walkdown_client.audio.orders import Choice, OutputMode
from walkdown_client.audio.playback import F32, Playback, to_ears

AGAIN_NS, LOOK_NS = 3 * NS, 10 * NS
"""How often an output is looked for when there is none, and what else there is when there is one."""

LOST_NS = NS // 2
"""How often is looked whether the output is still there."""

LOOPBACK_LEAD_SECS = 0.0105
"""What is rendered lies in the card's buffer already: one step more is enough."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Known:
    """Which outputs there are, and which of them the system uses."""

    outputs: tuple[str, ...] = ()
    default: str = ""


def look() -> Known:
    """Return what there is now; may take long."""
    return Known(output_names(), default_output())


@dataclass(frozen=True)
class Wish:
    """What is wished of an output. ``by_python``: rendered to be played by :class:`Playback`."""

    name: str = ""
    mode: OutputMode = "headphones"
    by_python: bool = False


def wish_of(choice: Choice) -> Wish:
    """Return what a choice means for the output."""
    one_ear = choice.mode in {"left", "right"}
    echo = choice.mode == "speakers" and choice.cleanup and choice.microphone
    return Wish(choice.output, choice.mode, by_python=one_ear or echo)


class Output:
    """The output in use and what is known of others.

    Attributes:
        text: one sentence when it is not as wished, else "". known: what there is.
        heard: what :class:`Playback` is to call with what it plays.
    """

    def __init__(self, engine: Engine, *, look: Callable[[], Known] = look) -> None:
        self._engine, self._look = engine, look
        self._wish: Wish | None = None
        self._device: Device | None = None
        self._playback: Playback | None = None
        self._looked_ns: int | None = None
        self._felt_ns = 0
        self._went_to = ""
        self._looking: threading.Thread | None = None
        self._underruns = 0
        self.text = ""
        self.known = Known()
        self.heard: Callable[[F32, float], None] | None = None

    @property
    def name(self) -> str:
        """The output in use, "" for none."""
        if self._playback is not None:
            return self._playback.name
        return self._device.name if self._device else ""

    @property
    def mode(self) -> OutputMode:
        """How it renders."""
        return self._device.mode if self._device else self._wish.mode if self._wish else "headphones"

    @property
    def hrtf(self) -> str:
        """``on``, ``off``, or one word for why it is refused."""
        return self._device.hrtf if self._device else "off"

    @property
    def underruns(self) -> int:
        """How often the card ran dry."""
        return self._underruns + (self._playback.underruns if self._playback else 0)

    def choose(self, choice: Choice) -> None:
        """Sound as is wished from now on."""
        wish = wish_of(choice)
        if wish != self._wish:
            self._wish = wish
            self._open(wish)

    def _open(self, wish: Wish) -> None:
        """Open what is wished, else what comes nearest to it."""
        self._shut()
        problems: list[str] = []
        for nearest in _ways(wish):
            try:
                self._use(nearest)
            except Missing as error:
                problems.append(str(error))
                continue
            break
        self.text = _hrtf_text(self._device) if not problems else problems[0]

    def _use(self, wish: Wish) -> None:
        if not wish.by_python:
            self._device = open_output(wish.name, mode=wish.mode)
            self._engine.use(self._device)
            return
        playback = Playback(wish.name)
        try:
            self._device = open_loopback(mode=wish.mode)
        except Missing:
            playback.close()
            raise
        self._playback, playback.heard = playback, self.heard
        self._engine.use(self._device, lead_secs=LOOPBACK_LEAD_SECS)

    def _shut(self) -> None:
        self._underruns = self.underruns
        self._engine.use(None)
        if self._playback is not None:
            self._playback.close()
        self._device = self._playback = None

    def step(self, now_ns: int) -> None:
        """Render what is due, and look after what is plugged in."""
        self._engine.step(now_ns)
        if self._playback is not None:
            self._play(now_ns)
        every_ns = LOOK_NS if self._device else AGAIN_NS
        if self._lost(now_ns) or self._looked_ns is None or now_ns - self._looked_ns >= every_ns:
            self._looked_ns = now_ns
            self._look_after()

    def _lost(self, now_ns: int) -> bool:
        """Return whether the output has been unplugged, looking so twice a second."""
        if self._device is None or now_ns - self._felt_ns < LOST_NS:
            return False
        self._felt_ns = now_ns
        return not self._device.connected

    def _play(self, now_ns: int) -> None:
        device, playback = self._device, self._playback
        if device is None or playback is None:
            return

        def render() -> F32:
            self._engine.step(now_ns)
            return to_ears(device.render(PERIOD_SAMPLES), device.mode)

        try:
            playback.fill(render)
        except Missing as error:
            self._shut()
            self.text = str(error)

    def _look_after(self) -> None:
        """Find an output if there is none, follow the system's, and come back to what is wished."""
        if self._looking is None or not self._looking.is_alive():
            self._looking = threading.Thread(target=self._look_now, name="outputs", daemon=True)
            self._looking.start()
        wish = self._wish
        if wish is None:
            return
        if self._device is None:
            self._open(wish)
        elif not self._device.loopback:
            self._follow(self._device, wish)

    def _look_now(self) -> None:
        self.known = self._look()

    def _follow(self, device: Device, wish: Wish) -> None:
        """Go to the output that is wished, or else to the system's, when one is lost or another has come."""
        there = wish.name if wish.name in self.known.outputs else ""
        wanted = there or self.known.default
        if device.connected and wanted in {"", device.name, self._went_to}:
            return
        self._went_to = wanted
        _log.info("the sound goes from %r to %r", device.name, wanted)
        if not device.reopen(there):
            self._open(wish)
            return
        self._engine.resume()
        if wish.name and not there:
            self.text = _("the sound output {name!r} is gone: the system's is used").format(name=wish.name)
        else:
            self.text = _hrtf_text(device)

    def close(self) -> None:
        """End all sound."""
        self._shut()


def _ways(wish: Wish) -> list[Wish]:
    """Return what to try in turn: as wished, at the system's output, without what only Python can do."""
    plain_mode: OutputMode = "mono" if wish.mode in {"left", "right"} else wish.mode
    ways = [wish, Wish("", wish.mode, wish.by_python), Wish(wish.name, plain_mode), Wish("", plain_mode)]
    return list(dict.fromkeys(ways))


def _hrtf_text(device: Device | None) -> str:
    if device is None or device.mode != "headphones" or device.hrtf == "on":
        return ""
    if device.hrtf == "rate":
        return _("this output does not run at 48 kHz: set it so, else directions are less exact")
    return _(
        "headphones sound flat, without front and behind: OpenAL says {reason!r} to our HRTF set"
    ).format(reason=device.hrtf)
