"""One stream of samples into one source: a queue of buffers that never runs dry while somebody speaks."""

from __future__ import annotations

import ctypes as c

import numpy as np
import numpy.typing as npt

from walkdown.clock import NS
from walkdown_client.audio import openal_names as names
from walkdown_client.audio.openal import OpenAL
from walkdown_client.audio.openal_files import RATE_HZ

F32 = npt.NDArray[np.float32]

BUFFERS = 24
"""More than the lead needs in pieces of 10 ms, so that a buffer is always free."""


class Stream:
    """What is queued at one source, and how far that reaches ahead of what is heard now."""

    def __init__(self, openal: OpenAL, source: int) -> None:
        self._openal, self._al, self._source = openal, openal.al, source
        self._free = openal.make("Buffers", BUFFERS)
        self._queued: list[tuple[int, int]] = []
        self._one = (c.c_uint * 1)()
        self._looked_ns, self._looked_secs = 0, 0.0
        self.running = False
        self.underruns = 0

    @property
    def free(self) -> int:
        """How many more pieces can be queued."""
        return len(self._free)

    def expected_secs(self, now_ns: int) -> float:
        """Return how far it should reach ahead by what was seen last, 0 if it is not running."""
        return self._looked_secs - (now_ns - self._looked_ns) / NS if self.running else 0.0

    def ahead_secs(self, now_ns: int) -> float:
        """Return how long what is queued lasts, taking back what has been heard.

        A stream that ran dry has stopped: that is counted and it starts anew with what is put next.
        """
        self._looked_ns, self._looked_secs = now_ns, self._look()
        return self._looked_secs

    def _look(self) -> float:
        if not self.running:
            return sum(samples for _, samples in self._queued) / RATE_HZ
        stopped = self._openal.source_int(self._source, names.AL_SOURCE_STATE) != names.AL_PLAYING
        # Read once: everything queued at a stopped source counts as processed at once, also what is put next.
        done = self._openal.source_int(self._source, names.AL_BUFFERS_PROCESSED)
        offset = 0 if stopped else self._openal.source_int(self._source, names.AL_SAMPLE_OFFSET)
        whole = sum(samples for _, samples in self._queued)
        heard = sum(self._take_back() for _ in range(min(done, len(self._queued))))
        if stopped:
            self.running = False
            self.underruns += 1
            return 0.0
        return (whole - max(offset, heard)) / RATE_HZ

    def _take_back(self) -> int:
        name, samples = self._queued.pop(0)
        self._al.alSourceUnqueueBuffers(self._source, 1, self._one)
        self._free.append(name)
        return samples

    def put(self, samples: F32) -> float:
        """Queue a piece, (n,) float32 at 48 kHz, and return how long it lasts; a buffer has to be free."""
        name = self._free.pop()
        data = np.ascontiguousarray(samples, np.float32)
        self._al.alBufferData(name, names.AL_FORMAT_MONO_FLOAT32, data.ctypes.data, data.nbytes, RATE_HZ)
        self._one[0] = name
        self._al.alSourceQueueBuffers(self._source, 1, self._one)
        self._queued.append((name, len(data)))
        self._looked_secs += len(data) / RATE_HZ
        return len(data) / RATE_HZ

    def play(self) -> None:
        """Let it be heard from what is queued on."""
        self._al.alSourcePlay(self._source)
        self.running = True

    def stop(self) -> None:
        """Forget what is queued."""
        self._al.alSourceStop(self._source)
        self.running = False
        done = self._openal.source_int(self._source, names.AL_BUFFERS_PROCESSED)
        for _ in range(min(done, len(self._queued))):
            self._take_back()

    def close(self) -> None:
        """Give the buffers back."""
        self.stop()
        self._al.alSourcei(self._source, names.AL_BUFFER, 0)
        self._free += [name for name, _ in self._queued]
        self._queued.clear()
        self._al.alDeleteBuffers(len(self._free), (c.c_uint * len(self._free))(*self._free))
