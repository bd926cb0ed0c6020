"""``walkdown doctor --audio``: ears, microphone, codec, and voice through a server and back.

What needs ears is played and said in words; what can be measured is measured. On a computer without sound it
says what could not be tried.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import Missing, WalkdownError
from walkdown.i18n import _, mark
from walkdown.messages import PairHealth
from walkdown.voice import FRAME_SAMPLES, RATE_HZ, Packet, Route
from walkdown_client.audio import device, devices, openal
from walkdown_client.audio.cleanup import Cleanup
from walkdown_client.audio.devices import Devices
from walkdown_client.checkup import Finding
from walkdown_client.ear_check import SIDES, said_from
from walkdown_client.guest import Guest
from walkdown_client.voice import echo, opus
from walkdown_client.voice.gate import level_dbfs

F32 = npt.NDArray[np.float32]
Say = Callable[[str], object]

SAMPLE_SECS = 3.0
QUIET_DBFS = -60.0
"""A microphone into which somebody speaks is louder."""

JOIN_SECS = 10.0
HEALTH_SECS = 2.5
"""After so long the server has heard how well we heard: reports come every two seconds."""

ROUND_TRIP_FINE_SECS = 0.3
LOST_FINE = 0.02
NAME = "walkdown doctor"

VERDICTS = {
    "good": mark("{listener} hears {speaker} well"),
    "poor": mark("{listener} hears {speaker} badly: {received} of {sent} packets in {seconds:.0f} s"),
    "deaf": mark("{listener} does not hear {speaker}: {received} packets in {seconds:.0f} s"),
    "unknown": mark("{listener} has not said whether {speaker} is heard"),
    "no_ears": mark("{listener} has no sound output, and does not hear {speaker}"),
}


def examine_audio(address: str = "", *, say: Say) -> Iterator[Finding]:
    """Yield one finding after another; with an address also what a server makes of one's voice.

    Args:
        address: ``ws://…`` or ``walkdown://…``, "" for none. say: tells what is being tried, while it is.
    """
    devices.quieten_alsa()
    yield _codec()
    found = devices.look()
    yield from _renderer()
    yield _output()
    yield _microphone(found)
    yield _cleanup()
    yield from _with_ears(found, say)
    if address:
        say(_("Sending a signal to {address} and back …").format(address=address))
        yield from asyncio.run(_through(address))
    else:
        text = _("not tried: walkdown doctor --audio ADDRESS sends a signal through a session and back")
        yield Finding(name=_("Echo"), well=False, text=text)


def _codec() -> Finding:
    name = _("Codec")
    try:
        library = opus.load()
    except Missing as error:
        return Finding(name=name, well=False, text=str(error), needed=True)
    return Finding(name=name, well=True, text=f"{library.version}, {library.path}")


def _renderer() -> Iterator[Finding]:
    try:
        library = openal.load()
        opened = device.open_loopback(mode="headphones")
    except Missing as error:
        yield Finding(name="OpenAL", well=False, text=str(error), needed=True)
        return
    try:
        version, hrtf = ".".join(map(str, library.version())), opened.hrtf
    finally:
        opened.close()
    yield Finding(name="OpenAL", well=True, text=f"OpenAL Soft {version}, {library.path}")
    text = _("in front and behind sound different (HRTF {word})").format(word=hrtf)
    refused = _("HRTF is refused ({word}): in front and behind sound alike").format(word=hrtf)
    yield Finding(
        name=_("Direction"),
        well=hrtf == "on",
        text=text if hrtf == "on" else refused,
        needed=True,
        remedy=_("Install Walkdown again"),
    )


def _output() -> Finding:
    name = _("Output")
    names = device.output_names()
    try:
        opened = device.open_output("", mode="headphones")
    except Missing as error:
        remedy = _("Plug in headphones and run this again")
        return Finding(name=name, well=False, text=str(error), remedy=remedy)
    used = opened.name
    opened.close()
    others = [other for other in names if other != used]
    also = _("; there are also {others}").format(others=", ".join(others)) if others else ""
    return Finding(name=name, well=True, text=used + also)


def _microphone(found: Devices) -> Finding:
    name = _("Microphone")
    try:
        devices.portaudio()
    except Missing as error:
        return Finding(name=name, well=False, text=str(error))
    if not found.inputs:
        return Finding(name=name, well=False, text=devices.sentence("none", ""))
    others = [other for other in found.inputs if other != found.default_input]
    also = _("; there are also {others}").format(others=", ".join(others)) if others else ""
    return Finding(name=name, well=True, text=(found.default_input or found.inputs[0]) + also)


def _cleanup() -> Finding:
    name = _("Clean-up")
    try:
        Cleanup()
    except Missing as error:
        return Finding(name=name, well=False, text=str(error))
    return Finding(name=name, well=True, text=_("echo and noise are taken out of the microphone"))


# ---- what needs devices ---------------------------------------------------------------------------------


def _with_ears(found: Devices, say: Say) -> Iterator[Finding]:
    if not found.default_output:
        yield Finding(name=_("Ears"), well=False, text=_("not tried: there is no output to listen by"))
    else:
        yield _ears(say)
    if not found.default_input:
        yield Finding(name=_("Own voice"), well=False, text=_("not tried: there is no microphone"))
    else:
        yield _own_voice(say, play=bool(found.default_output))


def _ears(say: Say) -> Finding:
    """Let a voice be heard from four sides, each said before."""
    name = _("Ears")
    try:
        audio = devices.portaudio()
        for side, position in SIDES.items():
            say(_("Listen: now from {side}").format(side=_(side)))
            _play(audio, said_from(position, _(side)))
    except WalkdownError as error:
        return Finding(name=name, well=False, text=str(error))
    except Exception as error:  # whatever a driver makes of it
        return Finding(
            name=name, well=False, text=_("nothing could be played: {reason}").format(reason=error)
        )
    text = _("played from the left, the right, in front and behind: if a side was wrong, turn the headphones")
    return Finding(name=name, well=True, text=text)


def _own_voice(say: Say, *, play: bool) -> Finding:
    """Record a short sample, say how loud it is, and play it."""
    name = _("Own voice")
    say(_("Speak now, for {secs:.0f} seconds …").format(secs=SAMPLE_SECS))
    try:
        audio = devices.portaudio()
        recorded = audio.rec(round(SAMPLE_SECS * RATE_HZ), samplerate=RATE_HZ, channels=1, dtype="float32")
        audio.wait()
        if play:
            say(_("That is how it sounds:"))
            _play(audio, recorded)
    except Exception as error:  # whatever a driver makes of it
        text = devices.sentence(devices.kind_of(error), "", reason=str(error))
        return Finding(name=name, well=False, text=text)
    loudest = max(level_dbfs(frame) for frame in recorded[:, 0].reshape(-1, FRAME_SAMPLES))
    quiet = _("nothing was heard: speak louder, or choose another microphone")
    text = _("{dbfs:.0f} dBFS where it was loudest").format(dbfs=loudest)
    return Finding(name=name, well=loudest > QUIET_DBFS, text=text, remedy=quiet)


def _play(audio: Any, samples: F32) -> None:
    audio.play(samples, samplerate=RATE_HZ)
    audio.wait()


# ---- through a server -----------------------------------------------------------------------------------


async def _through(address: str) -> list[Finding]:
    """Join, let oneself be echoed, and ask how well everyone hears everyone."""
    name = _("Echo")
    try:
        async with Guest.join(address, name=NAME, within_secs=JOIN_SECS) as guest:
            if not guest.world.may("voice"):
                text = _("not tried: who comes in as an observer listens; ask for a link as a participant")
                return [Finding(name=name, well=False, text=text)]
            came, began_ns, offset_ns = await _sent_and_heard(guest)
            findings = [_echo(came, began_ns=began_ns, offset_ns=offset_ns, way=guest.voice_way)]
            await asyncio.sleep(HEALTH_SECS)
            return findings + _pairs(guest, await guest.voice_health())
    except (WalkdownError, OSError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        text = _("{address} could not be tried: {reason}").format(address=address, reason=reason)
        return [Finding(name=name, well=False, text=text, needed=True)]


async def _sent_and_heard(guest: Guest) -> tuple[list[tuple[int, Packet]], int, int]:
    """Return when which packets came back, when the signal began, and how session time lies."""
    guest.tune(echo=True, microphone=True, ears=True, reach="group", recordable=False)
    guest.take_overheard()
    began_ns = time.monotonic_ns()
    offset_ns = guest.world.clock.session_ns(began_ns) - began_ns
    await guest.speak(echo.signal())
    await asyncio.sleep(echo.TAIL_SECS)
    came = [(heard.arrived_ns, heard.packet) for heard in guest.take_overheard() if heard.route == Route.ECHO]
    return came, began_ns, offset_ns


def _echo(came: Sequence[tuple[int, Packet]], *, began_ns: int, offset_ns: int, way: str) -> Finding:
    sent = len(echo.signal()) // FRAME_SAMPLES
    decoder = opus.Decoder(opus.load())
    result = echo.measure(came, sent=sent, began_ns=began_ns, offset_ns=offset_ns, decoder=decoder)
    if not result.well:
        text = _("{received} of {sent} packets came back, and not what was sent").format(
            received=result.received, sent=result.sent
        )
        remedy = _("Ask who runs the server whether you may speak, and whether voice is switched on")
        return Finding(name=_("Echo"), well=False, text=text, needed=True, remedy=remedy)
    text = _(
        "{way}: {received} of {sent} packets came back after {trip:.0f} ms ({slow:.0f} ms the slowest), "
        "heard after {heard:.0f} ms, {concealed:.1%} invented"
    ).format(
        way=way,
        received=result.received,
        sent=result.sent,
        trip=1e3 * result.round_trip_secs,
        slow=1e3 * result.slow_round_trip_secs,
        heard=1e3 * result.heard_secs,
        concealed=result.concealed,
    )
    fine = result.lost <= LOST_FINE and result.round_trip_secs <= ROUND_TRIP_FINE_SECS
    remedy = _("The network is slow or loses packets; a cable helps more than anything")
    return Finding(name=_("Echo"), well=fine, text=text, remedy=remedy)


def _pairs(guest: Guest, pairs: Sequence[PairHealth]) -> list[Finding]:
    """Return a line for each pair of people of whom one should hear the other."""
    others = [pair for pair in pairs if pair.listener != guest.world.me and not _is_deaf_bot(guest, pair)]
    if not others:
        return [Finding(name=_("Pairs"), well=True, text=_("nobody else spoke in the last seconds"))]
    return [_pair(guest, pair) for pair in others]


def _is_deaf_bot(guest: Guest, pair: PairHealth) -> bool:
    """Tell whether the listener is a program that was never meant to hear."""
    listener = guest.world.people.get(pair.listener)
    return listener is not None and listener.kind == "bot" and pair.verdict == "no_ears"


def _pair(guest: Guest, pair: PairHealth) -> Finding:
    text = _(VERDICTS[pair.verdict]).format(
        listener=_name(guest, pair.listener),
        speaker=_name(guest, pair.speaker),
        received=pair.received,
        sent=pair.sent,
        seconds=pair.seconds,
    )
    if pair.delay_secs:
        text += _(", {delay:.0f} ms later, {concealed:.1%} invented").format(
            delay=1e3 * pair.delay_secs, concealed=pair.concealed
        )
    return Finding(name=_("Pair"), well=pair.verdict in {"good", "unknown"}, text=text)


def _name(guest: Guest, number: int) -> str:
    person = guest.world.people.get(number)
    return person.name if person is not None else NAME if number == guest.world.me else str(number)
