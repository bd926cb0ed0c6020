"""Our own small binding to OpenAL Soft by ctypes: what we call, typed and checked.

Two ways to call are used. Small calls keep Python's lock (``PyDLL``): each takes below a microsecond, and to
give the lock away would mean to wait for it up to 5 ms when another thread is busy. What renders, opens or
closes gives it away (``CDLL``).
"""

from __future__ import annotations

import ctypes as c
import re
import threading
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from walkdown.errors import Missing
from walkdown.i18n import _
from walkdown_client.audio.openal_files import library_file, pin_settings
from walkdown_client.audio.openal_names import AL_VERSION, ERRORS

OLDEST = (1, 20)
"""Older ones cannot read our HRTF set (MinPHR03)."""

_POINTER, _INT, _UINT, _FLOAT, _TEXT = c.c_void_p, c.c_int, c.c_uint, c.c_float, c.c_char_p
_INTS, _UINTS, _FLOATS = c.POINTER(c.c_int), c.POINTER(c.c_uint), c.POINTER(c.c_float)

_Signature = tuple[Any, ...]

_SMALL: dict[str, _Signature] = {
    "alGetError": (_INT,),
    "alGetString": (_TEXT, _INT),
    "alDistanceModel": (None, _INT),
    "alGenSources": (None, _INT, _UINTS),
    "alDeleteSources": (None, _INT, _UINTS),
    "alGenBuffers": (None, _INT, _UINTS),
    "alDeleteBuffers": (None, _INT, _UINTS),
    "alBufferData": (None, _UINT, _INT, _POINTER, _INT, _INT),
    "alListenerf": (None, _INT, _FLOAT),
    "alListener3f": (None, _INT, _FLOAT, _FLOAT, _FLOAT),
    "alListenerfv": (None, _INT, _FLOATS),
    "alSourcei": (None, _UINT, _INT, _INT),
    "alSource3i": (None, _UINT, _INT, _INT, _INT, _INT),
    "alSourcef": (None, _UINT, _INT, _FLOAT),
    "alSource3f": (None, _UINT, _INT, _FLOAT, _FLOAT, _FLOAT),
    "alGetSourcei": (None, _UINT, _INT, _INTS),
    "alSourcePlay": (None, _UINT),
    "alSourceStop": (None, _UINT),
    "alSourceQueueBuffers": (None, _UINT, _INT, _UINTS),
    "alSourceUnqueueBuffers": (None, _UINT, _INT, _UINTS),
    "alcGetIntegerv": (None, _POINTER, _INT, _INT, _INTS),
    "alcSetThreadContext": (c.c_char, _POINTER),
    "alGenFilters": (None, _INT, _UINTS),
    "alFilteri": (None, _UINT, _INT, _INT),
    "alFilterf": (None, _UINT, _INT, _FLOAT),
    "alGenEffects": (None, _INT, _UINTS),
    "alEffecti": (None, _UINT, _INT, _INT),
    "alEffectf": (None, _UINT, _INT, _FLOAT),
    "alGenAuxiliaryEffectSlots": (None, _INT, _UINTS),
    "alAuxiliaryEffectSloti": (None, _UINT, _INT, _INT),
    "alDeferUpdatesSOFT": (None,),
    "alProcessUpdatesSOFT": (None,),
}

_LONG: dict[str, _Signature] = {
    "alcGetString": (_POINTER, _POINTER, _INT),  # may look for devices
    "alcOpenDevice": (_POINTER, _TEXT),
    "alcCloseDevice": (c.c_char, _POINTER),
    "alcCreateContext": (_POINTER, _POINTER, _INTS),
    "alcDestroyContext": (None, _POINTER),
    "alcLoopbackOpenDeviceSOFT": (_POINTER, _TEXT),
    "alcRenderSamplesSOFT": (None, _POINTER, _POINTER, _INT),
    "alcReopenDeviceSOFT": (c.c_char, _POINTER, _TEXT, _INTS),
}

_OPTIONAL = {"alcReopenDeviceSOFT"}
"""OpenAL Soft 1.22 and newer; without it a lost device is opened anew."""


class OpenAL:
    """The loaded library: its functions as attributes of ``al``, by their own names.

    Raises:
        Missing: the file cannot be loaded, or lacks what we need.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = str(path)
        try:
            small, long = c.PyDLL(self.path), c.CDLL(self.path)
        except OSError as error:
            raise Missing(
                _("OpenAL could not be loaded from {path}: {reason}").format(path=path, reason=error)
            ) from error
        self._address_of = self._typed(small, "alcGetProcAddress", (_POINTER, _POINTER, _TEXT))
        functions = {name: self._typed(small, name, how) for name, how in _SMALL.items()}
        functions |= {name: self._typed(long, name, how) for name, how in _LONG.items()}
        self.al: Any = SimpleNamespace(**functions)
        self._telling = threading.Lock()  # the next answer may be written where the last one was

    def _typed(self, library: c.CDLL, name: str, signature: _Signature) -> Any:
        function = getattr(library, name, None)
        if function is None:
            return self._extension(name, signature, keeps_lock=isinstance(library, c.PyDLL))
        function.restype, *function.argtypes = signature
        return function

    def _extension(self, name: str, signature: _Signature, *, keeps_lock: bool) -> Any:
        """Return a function that the file does not export by name; None if it is missing and may be."""
        address = self._address_of(None, name.encode()) if name != "alcGetProcAddress" else None
        if address:
            return (c.PYFUNCTYPE if keeps_lock else c.CFUNCTYPE)(*signature)(address)
        if name in _OPTIONAL:
            return None
        raise Missing(
            _("{path} lacks {name}: OpenAL Soft {oldest} or newer is needed").format(
                path=self.path, name=name, oldest=".".join(map(str, OLDEST))
            )
        )

    def check(self, doing: str) -> None:
        """Raise what went wrong since the last check, in our own code or in the library.

        Raises:
            RuntimeError: OpenAL says that a call was wrong: a mistake in our code.
        """
        code = self.al.alGetError()
        if code:
            raise RuntimeError(f"OpenAL answered {ERRORS.get(code, hex(code))} while {doing}")

    def version(self) -> tuple[int, ...]:
        """Return the version of OpenAL Soft; a context has to be current.

        Raises:
            Missing: it is too old, or of another make.
        """
        text = (self.al.alGetString(AL_VERSION) or b"").decode(errors="replace")
        found = re.search(r"ALSOFT (\d+)\.(\d+)\.(\d+)", text)
        version = tuple(int(part) for part in found.groups()) if found else ()
        if version < OLDEST:
            raise Missing(
                _("OpenAL Soft {oldest} or newer is needed, {path} is {version}").format(
                    oldest=".".join(map(str, OLDEST)), path=self.path, version=text or "?"
                )
            )
        return version

    def make(self, kind: str, count: int) -> list[int]:
        """Return the names of new objects: ``Sources``, ``Buffers``, ``Filters``, …, as OpenAL calls them."""
        names = (c.c_uint * count)()
        getattr(self.al, f"alGen{kind}")(count, names)
        self.check(f"making {count} {kind}")
        return list(names)

    def device_int(self, device: int, name: int) -> int:
        """Return a number that a device tells."""
        value = c.c_int()
        self.al.alcGetIntegerv(device, name, 1, c.byref(value))
        return value.value

    def source_int(self, source: int, name: int) -> int:
        """Return a number that a source tells."""
        value = c.c_int()
        self.al.alGetSourcei(source, name, c.byref(value))
        return value.value

    def texts(self, device: int | None, name: int) -> list[str]:
        """Return a list of texts, which OpenAL gives as one, each ended by a zero and the last by two."""
        found = []
        with self._telling:
            address = self.al.alcGetString(device, name)
            while address and (text := c.string_at(address)):
                found.append(text.decode(errors="replace"))
                address += len(text) + 1
        return found

    def text(self, device: int | None, name: int) -> str:
        """Return one text that a device tells."""
        with self._telling:
            address = self.al.alcGetString(device, name)
            return c.string_at(address).decode(errors="replace") if address else ""


@cache
def load() -> OpenAL:
    """Return the library, loaded once in this process and with our settings.

    Raises:
        Missing: it is not there, is too old, or our HRTF set is damaged.
    """
    pin_settings()
    return OpenAL(library_file())
