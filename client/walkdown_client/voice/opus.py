"""Opus by ctypes: the system's libopus, else the one that the ``av`` distribution brings along.

``av`` itself is never imported: its wheel links encoders under the GPL. Only the one file of libopus is
opened, which is BSD. Functions and numbers are those of ``opus.h`` and ``opus_defines.h``.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import math
import re
import sys
from collections.abc import Iterator
from importlib import metadata

import numpy as np
import numpy.typing as npt

from walkdown.errors import BadInput, Missing
from walkdown.i18n import _
from walkdown.voice import BITS_PER_SEC, FRAME_SAMPLES, PAYLOAD_MAX, RATE_HZ

F32 = npt.NDArray[np.float32]

SYSTEM_FILES = {
    "linux": ("libopus.so.0",),
    "darwin": ("/opt/homebrew/lib/libopus.0.dylib", "/usr/local/lib/libopus.0.dylib"),
    "win32": ("opus.dll", "libopus-0.dll"),
}
"""Where the system's library may be, before ``find_library`` is asked, which is slow; on a Mac Homebrew's."""

DISTRIBUTION = "av"
BROUGHT_ALONG = re.compile(r"(?:lib)?opus[-.\w]*\.(?:so[.\d]*|dylib|dll)$")
"""Name of the library's file inside the distribution: ``libopus-114e2b1a.so.0.11.1`` and the like."""

COMPLEXITY = 5
"""0 to 10; 5 takes 0.17 ms for 20 ms of speech, and more is not heard at this rate."""

EXPECTED_LOSS = 0.1
"""Share of lost packets that the encoder prepares for until reports say better."""

FULL_SCALE = 1.0
"""Nothing is louder: what is no speech may decode to thousands of times as much, and hurt ears."""

_VOIP = 2048
_SIGNAL_VOICE = 3001
_SET_BITRATE, _SET_COMPLEXITY, _SET_FEC, _SET_LOSS, _SET_DTX, _SET_SIGNAL = 4002, 4010, 4012, 4014, 4016, 4024


class Library:
    """An opened libopus.

    Args:
        path: of the library's file, or a name that the system's loader knows.

    Raises:
        OSError: it cannot be opened. AttributeError: it is no libopus.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.calls = ctypes.CDLL(path)
        _declare(self.calls)

    @property
    def version(self) -> str:
        """What the library calls itself, for instance ``libopus 1.6.1``."""
        name: bytes = self.calls.opus_get_version_string()
        return name.decode("ascii", "replace")


def _declare(calls: ctypes.CDLL) -> None:
    number, pointer, text = ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p
    size, error = ctypes.c_int32, ctypes.POINTER(ctypes.c_int)
    table = {
        "opus_get_version_string": (text, ()),
        "opus_encoder_create": (pointer, (size, number, number, error)),
        "opus_encoder_destroy": (None, (pointer,)),
        "opus_encoder_ctl": (number, (pointer, number)),  # and one more, after which ctypes takes any number
        "opus_encode_float": (size, (pointer, pointer, number, pointer, size)),
        "opus_decoder_create": (pointer, (size, number, error)),
        "opus_decoder_destroy": (None, (pointer,)),
        "opus_decode_float": (number, (pointer, text, size, pointer, number, number)),
    }
    for name, (result, arguments) in table.items():
        function = getattr(calls, name)
        function.restype, function.argtypes = result, arguments


def places() -> Iterator[str]:
    """Yield where libopus may be, the system's first."""
    yield from SYSTEM_FILES.get(sys.platform, ())
    found = ctypes.util.find_library("opus")
    if found:
        yield found
    yield from brought_along()


def brought_along() -> Iterator[str]:
    """Yield the files of libopus inside the ``av`` distribution, without importing it."""
    try:
        files = metadata.files(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return
    for file in files:
        if BROUGHT_ALONG.fullmatch(file.name):
            yield str(file.locate())


@functools.cache
def load() -> Library:
    """Open the first libopus there is.

    Raises:
        Missing: there is none; the sentence says what to install.
    """
    for place in places():
        try:
            return Library(place)
        except (OSError, AttributeError):
            continue
    raise Missing(
        _("voice is off: libopus was not found; install it with {command}").format(command=_command())
    )


def _command() -> str:
    commands = {"linux": "sudo apt-get install libopus0", "darwin": "brew install opus"}
    command = commands.get(sys.platform)
    own = "pip install 'walkdown[opus]'"
    return f"{own}, {command}" if command else own


class Encoder:
    """Speech to packets: mono, 48 kHz, 20 ms, with forward error correction and discontinuous transmission.

    Args:
        library: see :func:`load`. bits_per_sec: on average. complexity: see ``COMPLEXITY``.
        expected_loss: share of packets that will be lost; the more, the more of each packet repeats the
            one before it.

    Raises:
        Missing: the library makes no encoder.
    """

    def __init__(
        self,
        library: Library,
        *,
        bits_per_sec: int = BITS_PER_SEC,
        complexity: int = COMPLEXITY,
        expected_loss: float = EXPECTED_LOSS,
    ) -> None:
        self._calls = library.calls
        error = ctypes.c_int()
        self._state = self._calls.opus_encoder_create(RATE_HZ, 1, _VOIP, ctypes.byref(error))
        if not self._state:
            raise Missing(
                _("voice is off: {library} makes no encoder (error {error})").format(
                    library=library.version, error=error.value
                )
            )
        self._packet = ctypes.create_string_buffer(PAYLOAD_MAX)
        self._set(_SET_BITRATE, bits_per_sec)
        self._set(_SET_COMPLEXITY, complexity)
        self._set(_SET_FEC, 1)
        self._set(_SET_DTX, 1)
        self._set(_SET_SIGNAL, _SIGNAL_VOICE)
        self.expect_loss(expected_loss)

    def expect_loss(self, share: float) -> None:
        """Prepare for this share of lost packets, 0 to 1."""
        self._set(_SET_LOSS, round(100 * min(max(share, 0.0), 1.0)))

    def encode(self, samples: F32) -> bytes:
        """Return the packet of one frame, ``payload.SILENT_BYTES`` or fewer where nothing is to be said.

        Raises:
            BadInput: not (960,) samples, or libopus refuses them.
        """
        if samples.shape != (FRAME_SAMPLES,):
            raise BadInput(f"a frame has {FRAME_SAMPLES} samples, an array of {samples.shape} came")
        frame = np.ascontiguousarray(samples, np.float32)
        size: int = self._calls.opus_encode_float(
            self._state, frame.ctypes.data, FRAME_SAMPLES, self._packet, PAYLOAD_MAX
        )
        if size < 0:
            raise BadInput(f"libopus encodes no frame: error {size}")
        return self._packet.raw[:size]

    def _set(self, what: int, value: int) -> None:
        self._calls.opus_encoder_ctl(self._state, what, ctypes.c_int(value))

    def __del__(self) -> None:
        """Give the memory back."""
        if getattr(self, "_state", None):
            self._calls.opus_encoder_destroy(self._state)


class Decoder:
    """Packets to speech, and guesses where packets are missing: mono, 48 kHz.

    Raises:
        Missing: the library makes no decoder.
    """

    def __init__(self, library: Library) -> None:
        self._calls = library.calls
        self._buffer = np.zeros(FRAME_SAMPLES, np.float32)
        self._place = self._buffer.ctypes.data
        error = ctypes.c_int()
        self._state = self._calls.opus_decoder_create(RATE_HZ, 1, ctypes.byref(error))
        if not self._state:
            raise Missing(
                _("voice is off: {library} makes no decoder (error {error})").format(
                    library=library.version, error=error.value
                )
            )

    def decode(self, payload: bytes) -> F32 | None:
        """Return the 960 samples of a packet, ±1 at most; None where it is no packet of 20 ms."""
        return self._decode(payload, FRAME_SAMPLES, previous=0) if payload else None

    def recover(self, following: bytes) -> F32 | None:
        """Return 960 samples of a lost packet from the one that follows it; None where that is no packet."""
        return self._decode(following, FRAME_SAMPLES, previous=1) if following else None

    def conceal(self, samples: int = FRAME_SAMPLES) -> F32:
        """Return a guess of what went on; asked again and again it fades out.

        Args:
            samples: how many, a multiple of 120.
        """
        made = self._decode(None, samples, previous=0)
        return np.zeros(samples, np.float32) if made is None else made

    def _decode(self, payload: bytes | None, samples: int, *, previous: int) -> F32 | None:
        size = len(payload) if payload else 0
        if size > PAYLOAD_MAX or samples > FRAME_SAMPLES:
            return None
        made: int = self._calls.opus_decode_float(self._state, payload, size, self._place, samples, previous)
        if made != samples:
            return None
        sound = self._buffer[:samples].copy()
        low, high = float(sound.min()), float(sound.max())
        if -FULL_SCALE <= low and high <= FULL_SCALE:
            return sound
        return np.clip(sound, -FULL_SCALE, FULL_SCALE) if math.isfinite(low + high) else None

    def __del__(self) -> None:
        """Give the memory back."""
        if getattr(self, "_state", None):
            self._calls.opus_decoder_destroy(self._state)
