"""One stream of samples into one source: a queue of buffers that never runs dry while somebody speaks."""

from __future__ import annotations

import ctypes as c
from collections import deque

import numpy as np
import numpy.typing as npt

from walkdown.clock import NS
from walkdown_client.audio import openal_names as names
from walkdown_client.audio.openal import OpenAL
from walkdown_client.audio.openal_files import RATE_HZ

F32 = npt.NDArray[np.float32]

BUFFERS = 32
"""More than the lead and ``LOOK_NS`` need in pieces of 10 ms, so that a buffer is always free."""

LOOK_NS = NS // 10
SHORT_SECS = 0.012
"""So short it gets only when the renderer was late."""


class Stream:
    """What is queued at one source, and how far that reaches ahead of what is heard now."""

    def __init__(self, openal: OpenAL, source: int) -> None:
        self._openal, self._al, self._source = openal, openal.al, source
        self._free = openal.make("Buffers", BUFFERS)
        self._queued: deque[tuple[int, int]] = deque()
        self._queued_samples = 0
        self._one, self._some = (c.c_uint * 1)(), (c.c_uint * BUFFERS)()
        self._looked_ns, self._looked_secs = 0, 0.0
        self.running = False

    @property
    def free(self) -> int:
        """How many more pieces can be queued."""
        return len(self._free)

    def expected_secs(self, now_ns: int) -> float:
        """Return how far it should reach ahead by what was seen last, 0 if it is not running."""
        return self._looked_secs - (now_ns - self._looked_ns) / NS if self.running else 0.0

    def ahead_secs(self, now_ns: int) -> float:
        """Return how long what is queued lasts, taking back what has been heard.

        OpenAL is asked every ``LOOK_NS``, and when it gets short; clocks do not part in between. A stream
        that ran dry is ``running`` no more: it starts anew with what is put next.
        """
        expected_secs = self.expected_secs(now_ns)
        if expected_secs > SHORT_SECS and now_ns - self._looked_ns < LOOK_NS:
            return expected_secs
        self._looked_ns, self._looked_secs = now_ns, self._look()
        return self._looked_secs

    def _look(self) -> float:
        if not self.running:
            return self._queued_samples / RATE_HZ
        offset = self._openal.source_int(self._source, names.AL_SAMPLE_OFFSET)
        if not offset and self._openal.source_int(self._source, names.AL_SOURCE_STATE) != names.AL_PLAYING:
            self.stop()
            return 0.0
        ahead = self._queued_samples - offset
        self._take_back(offset)
        return ahead / RATE_HZ

    def _take_back(self, heard: int) -> None:
        """Take back the buffers that lie wholly within so many samples from the first one on."""
        count = 0
        for _name, samples in self._queued:
            if samples > heard:
                break
            heard -= samples
            self._queued_samples -= samples
            count += 1
        if count:
            self._al.alSourceUnqueueBuffers(self._source, count, self._some)
            self._free += [self._queued.popleft()[0] for _ in range(count)]

    def put(self, samples: F32) -> float:
        """Queue a piece, (n,) float32 at 48 kHz, and return how long it lasts; a buffer has to be free."""
        name = self._free.pop()
        data = np.ascontiguousarray(samples, np.float32)
        self._al.alBufferData(name, names.AL_FORMAT_MONO_FLOAT32, data.ctypes.data, data.nbytes, RATE_HZ)
        self._one[0] = name
        self._al.alSourceQueueBuffers(self._source, 1, self._one)
        self._queued.append((name, len(data)))
        self._queued_samples += len(data)
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
        # What is queued at a source that has stopped counts as heard at once: take it all, do not ask again.
        self._take_back(self._queued_samples)

    def close(self) -> None:
        """Give the buffers back."""
        self.stop()
        self._al.alSourcei(self._source, names.AL_BUFFER, 0)
        self._al.alDeleteBuffers(len(self._free), (c.c_uint * len(self._free))(*self._free))
