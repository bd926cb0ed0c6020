"""An output of this computer, or one that is rendered by whoever asks: a device of OpenAL and its context.

A device is *direct* (OpenAL plays on it by itself) or a *loopback* (``render`` gives the samples). Several
may be open; each thread says which one it speaks of.
"""

from __future__ import annotations

import ctypes as c
import re
import threading

import numpy as np
import numpy.typing as npt

from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown_client.audio import openal_names as names
from walkdown_client.audio.openal import OpenAL, load
from walkdown_client.audio.openal_files import HRTF_NAME, RATE_HZ
from walkdown_client.audio.orders import OutputMode

F32 = npt.NDArray[np.float32]

_PREFIX = re.compile(r"^OpenAL Soft on ")
_SENDS = 1
_ONE_CHANNEL: frozenset[OutputMode] = frozenset({"mono", "left", "right"})


class _Current(threading.local):
    """Which device a thread is telling things about."""

    device: Device | None = None


_current = _Current()


class Device:
    """An open device. Made by :func:`open_output` and :func:`open_loopback`.

    Attributes:
        mode: how it renders. hrtf: ``on``, ``off``, or one word for why it is refused.
        name: as people know it; "" for a loopback.
        channels: of what it renders: 1 for what is heard alike in both ears.
    """

    def __init__(self, openal: OpenAL, handle: int, *, mode: OutputMode, loopback: bool) -> None:
        self.openal, self.mode, self.loopback = openal, mode, loopback
        self.channels = 1 if mode in _ONE_CHANNEL else 2
        self._handle = handle
        self._context: int | None = None
        try:
            self._make_context()
        except Missing:
            self.close()
            raise
        self.hrtf = self._hrtf()
        self.name = "" if loopback else _plain(openal.text(handle, names.ALC_ALL_DEVICES_SPECIFIER))

    def _make_context(self) -> None:
        al = self.openal.al
        self._context = al.alcCreateContext(self._handle, self._attributes())
        if not self._context or not self.make_current():
            raise Missing(_("the sound output was found, but cannot be used"))
        self.openal.version()
        rate = self.openal.device_int(self._handle, names.ALC_FREQUENCY)
        if self.loopback and rate != RATE_HZ:
            raise Missing(_("{wanted} Hz were asked for, {rate} Hz came").format(wanted=RATE_HZ, rate=rate))
        al.alDistanceModel(names.AL_INVERSE_DISTANCE_CLAMPED)
        self.openal.check("setting up the context")

    def make_current(self) -> bool:
        """Let all that this thread tells OpenAL be about this device; False if that cannot be."""
        if _current.device is self:
            return True
        done = self.openal.al.alcSetThreadContext(self._context) != b"\0"
        _current.device = self if done else None
        return bool(done)

    def _attributes(self) -> c.Array[c.c_int]:
        wanted = {
            names.ALC_FREQUENCY: RATE_HZ,
            names.ALC_HRTF_SOFT: int(self.mode == "headphones"),
            names.ALC_MAX_AUXILIARY_SENDS: _SENDS,
            names.ALC_OUTPUT_LIMITER_SOFT: 1,
        }
        if self.loopback:
            channels = names.ALC_MONO_SOFT if self.channels == 1 else names.ALC_STEREO_SOFT
            wanted |= {
                names.ALC_FORMAT_CHANNELS_SOFT: channels,
                names.ALC_FORMAT_TYPE_SOFT: names.ALC_FLOAT_SOFT,
            }
        elif self.channels == 1:
            wanted |= {names.ALC_OUTPUT_MODE_SOFT: names.ALC_MONO_SOFT}
        flat = [number for pair in wanted.items() for number in pair]
        return (c.c_int * (len(flat) + 1))(*flat, 0)

    def _hrtf(self) -> str:
        """Return whether our own set is in use, else one word for what is."""
        if self.mode != "headphones":
            return "off"
        status = self.openal.device_int(self._handle, names.ALC_HRTF_STATUS_SOFT)
        if status != 1:
            return names.HRTF_STATUS.get(status, "refused") if status else "refused"
        if self.openal.device_int(self._handle, names.ALC_FREQUENCY) != RATE_HZ:
            return "rate"
        name = self.openal.text(self._handle, names.ALC_HRTF_SPECIFIER_SOFT)
        return "on" if name == HRTF_NAME else "other"

    def render(self, count: int) -> F32:
        """Return the next samples of a loopback, (count, channels)."""
        made = np.zeros((count, self.channels), np.float32)
        self.openal.al.alcRenderSamplesSOFT(self._handle, made.ctypes.data, count)
        return made

    @property
    def connected(self) -> bool:
        """Whether it is still plugged in."""
        return self.loopback or bool(self.openal.device_int(self._handle, names.ALC_CONNECTED))

    def reopen(self, name: str = "") -> bool:
        """Go on at another output, or at the same one after it was lost; nothing that sounds is lost.

        Returns:
            Whether it worked; if not, close this one and open another.
        """
        reopen = self.openal.al.alcReopenDeviceSOFT
        if self.loopback or reopen is None:
            return False
        done = reopen(self._handle, _full_name(self.openal, name), self._attributes()) != b"\0"
        if done:
            self.hrtf = self._hrtf()
            self.name = _plain(self.openal.text(self._handle, names.ALC_ALL_DEVICES_SPECIFIER))
        return bool(done)

    def close(self) -> None:
        """End it; what was made in its context is gone."""
        al = self.openal.al
        al.alcSetThreadContext(None)
        _current.device = None
        if self._context:
            al.alcDestroyContext(self._context)
            self._context = None
        if self._handle:
            al.alcCloseDevice(self._handle)
            self._handle = 0


def open_output(name: str, *, mode: OutputMode) -> Device:
    """Open an output by its name, "" for the system's.

    Raises:
        Missing: OpenAL or the output is not there, or it cannot be used.
    """
    openal = load()
    handle = openal.al.alcOpenDevice(_full_name(openal, name))
    if not handle and name:
        raise Missing(_("the sound output {name!r} cannot be opened: choose another").format(name=name))
    if not handle:
        raise Missing(_("this computer has no sound output that can be opened"))
    return Device(openal, handle, mode=mode, loopback=False)


def open_loopback(*, mode: OutputMode) -> Device:
    """Open a device that plays nowhere: its samples are asked for.

    Raises:
        Missing: OpenAL is not there.
    """
    openal = load()
    handle = openal.al.alcLoopbackOpenDeviceSOFT(None)
    if not handle:
        raise Missing(_("OpenAL opens no loopback device"))
    return Device(openal, handle, mode=mode, loopback=True)


def output_names() -> tuple[str, ...]:
    """Return the outputs that there are now, as people know them; none without OpenAL."""
    try:
        openal = load()
    except Missing:
        return ()
    return tuple(_plain(name) for name in openal.texts(None, names.ALC_ALL_DEVICES_SPECIFIER))


def default_output() -> str:
    """Return the output that the system uses now, "" for none."""
    try:
        return _plain(load().text(None, names.ALC_DEFAULT_ALL_DEVICES_SPECIFIER))
    except Missing:
        return ""


def _plain(name: str) -> str:
    return _PREFIX.sub("", name)


def _full_name(openal: OpenAL, name: str) -> bytes | None:
    """Return what OpenAL calls an output, None for the system's."""
    if not name:
        return None
    known = openal.texts(None, names.ALC_ALL_DEVICES_SPECIFIER)
    return next((full for full in known if _plain(full) == name), name).encode()
