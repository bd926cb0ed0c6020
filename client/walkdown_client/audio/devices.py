"""Which microphones and outputs PortAudio sees, and in which words to say that one does not work.

PortAudio knows the devices of the moment at which it was started, and starting it anew ends all its streams.
So a look at what there is now is taken by a child process, ``python -m walkdown_client.audio.devices``, which
prints it. Whoever keeps a stream open beside the microphone's uses it under ``LOCK`` and says in
``before_restart`` how to close it.
"""

from __future__ import annotations

import ctypes
import functools
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from walkdown.errors import Missing
from walkdown.i18n import _

LOOK_SECS = 20.0
"""A look takes a tenth of a second of computing; some drivers take long to answer."""

PREFERRED_API = "Windows WASAPI"
"""Windows lists each device once for each of four ways to it; this one is quick and has whole names."""

_BUSY, _GONE, _NO_DEVICE = {-9985}, {-9996}, {-9978, -9979}
"""paDeviceUnavailable; paInvalidDevice; the host has no such stream: see ``portaudio.h``."""

_WORDS = {
    "busy": ("busy", "in use", "exclusive"),
    "denied": ("permission", "denied", "not permitted", "access"),
    "gone": ("no such", "disconnected", "invalidated", "unplugged"),
}
"""What systems say beside the number of an error."""


_AlsaHandler = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
)
"""File, line, function, error and the beginning of what follows: ``snd_lib_error_handler_t``."""

LOCK = threading.RLock()
before_restart: list[Callable[[], None]] = []


class Devices(msgspec.Struct, frozen=True):
    """What there is: names, each once, and the system's choice, "" for none."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    default_input: str = ""
    default_output: str = ""


@dataclass(frozen=True)
class Input:
    """A microphone as PortAudio knows it: its number, name, and the rate that it prefers, Hz."""

    index: int
    name: str
    rate_hz: int


@functools.cache
def quieten_alsa() -> Any:
    """Keep ALSA from writing to standard error whatever it tries in vain; returns what has to be kept."""
    if sys.platform != "linux":
        return None
    ignore = _AlsaHandler(lambda *_what: None)
    try:
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(ignore)
    except (OSError, AttributeError):
        return None
    return ignore


@functools.cache
def portaudio() -> Any:
    """Return the module ``sounddevice``, PortAudio started.

    Raises:
        Missing: it, or PortAudio, is not there; the sentence says what to install.
    """
    quieten_alsa()
    try:
        import sounddevice
    except ImportError:
        raise Missing(
            _("the microphone is off: sounddevice is not installed; {command}").format(
                command="pip install 'walkdown[audio]'"
            )
        ) from None
    except OSError:
        command = (
            "brew install portaudio" if sys.platform == "darwin" else "sudo apt-get install libportaudio2"
        )
        raise Missing(
            _("the microphone is off: PortAudio was not found; {command}").format(command=command)
        ) from None
    return sounddevice


def restart(audio: Any) -> None:
    """Let PortAudio see the devices of now; closes all its streams before."""
    with LOCK:
        for close in before_restart.copy():
            close()
        audio._terminate()  # noqa: SLF001 - there is no public name for this
        audio._initialize()  # noqa: SLF001


def known(audio: Any) -> Devices:
    """Return what PortAudio saw when it was started."""
    listed, chosen = list(audio.query_devices()), _api(audio)
    here = [device for device in listed if chosen is None or device["hostapi"] == chosen]
    defaults = _defaults(audio, chosen)
    return Devices(
        inputs=tuple(dict.fromkeys(d["name"] for d in here if d["max_input_channels"] > 0)),
        outputs=tuple(dict.fromkeys(d["name"] for d in here if d["max_output_channels"] > 0)),
        default_input=listed[defaults[0]]["name"] if defaults[0] >= 0 else "",
        default_output=listed[defaults[1]]["name"] if defaults[1] >= 0 else "",
    )


def find_input(audio: Any, name: str) -> Input | None:
    """Return the microphone of that name, the system's for "", None where it is not there."""
    listed, chosen = list(audio.query_devices()), _api(audio)
    if not name:
        index = _defaults(audio, chosen)[0]
        return _input(index, listed[index]) if index >= 0 else None
    for index, device in enumerate(listed):
        right_api = chosen is None or device["hostapi"] == chosen
        if right_api and device["name"] == name and device["max_input_channels"] > 0:
            return _input(index, device)
    return None


def _input(index: int, device: Any) -> Input:
    return Input(index, str(device["name"]), round(device["default_samplerate"]) or 48_000)


def _api(audio: Any) -> int | None:
    """Return the number of the way to devices that is preferred here, None for any."""
    for number, api in enumerate(audio.query_hostapis()):
        if api["name"] == PREFERRED_API and api["devices"]:
            return number
    return None


def _defaults(audio: Any, chosen: int | None) -> tuple[int, int]:
    if chosen is None:
        return audio.default.device[0], audio.default.device[1]
    api = audio.query_hostapis(chosen)
    return api["default_input_device"], api["default_output_device"]


def look() -> Devices:
    """Return what there is now, seen by a child process; nothing where that fails."""
    command = [sys.executable, "-P", "-m", "walkdown_client.audio.devices"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LOOK_SECS, check=True)  # noqa: S603
        return msgspec.json.decode(done.stdout.splitlines()[-1], type=Devices)
    except (subprocess.SubprocessError, OSError, IndexError, msgspec.MsgspecError):
        return Devices()


def kind_of(error: Exception) -> str:
    """Return why a device does not open: ``busy``, ``denied``, ``gone`` or ``other``."""
    number = next((part for part in error.args[1:2] if isinstance(part, int)), 0)
    said = " ".join(str(part) for part in error.args).lower()
    if number in _BUSY:
        return "busy"
    for kind, words in _WORDS.items():
        if any(word in said for word in words):
            return kind
    return "gone" if number in _GONE | _NO_DEVICE else "other"


def sentence(kind: str, name: str, *, reason: str = "") -> str:
    """Return one sentence: what is wrong with a microphone, and what to do."""
    sentences = {
        "none": _("there is no microphone; plug one in, and it is used as soon as it is there"),
        "busy": _("another program has the microphone {name} for itself; end that, or choose another one"),
        "denied": _(
            "the system does not let Walkdown use the microphone {name}; "
            "allow it in the system's settings for privacy"
        ),
        "gone": _("the microphone {name} is gone; plug it in again, and it is used again"),
        "silent": _(
            "nothing at all comes from the microphone {name}; "
            "switch it on, and allow Walkdown to use it in the system's settings for privacy"
        ),
        "instead": _("the microphone {name} is not there; the system's is used instead until it is back"),
    }
    other = _("the microphone {name} does not open ({reason}); choose another one")
    return sentences.get(kind, other).format(name=name or _("of the system"), reason=reason)


if __name__ == "__main__":
    try:
        found = known(portaudio())
    except Missing:
        found = Devices()
    sys.stdout.write(json.dumps(msgspec.to_builtins(found)) + "\n")
