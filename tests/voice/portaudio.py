"""A PortAudio whose devices a test plugs in and out: what no computer that runs tests can be made to do."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.voice.line import F32


class PortAudioError(Exception):
    """As sounddevice raises it: a text, and the number of the error."""


class Stream:
    """An open microphone; ``say`` is what its driver does."""

    def __init__(self, samplerate: float, callback: Callable[..., None], name: str) -> None:
        self.rate_hz, self.name, self.active, self.closed = round(samplerate), name, False, False
        self._callback = callback

    def start(self) -> None:
        self.active = True

    def close(self) -> None:
        self.active, self.closed = False, True

    def say(self, samples: F32, *, age_secs: float = 0.0) -> None:
        times = SimpleNamespace(currentTime=10.0 + age_secs, inputBufferAdcTime=10.0)
        self._callback(samples.reshape(-1, 1), len(samples), times, None)


class PortAudio:
    """Stands for the module ``sounddevice``.

    Attributes:
        plugged: microphones that there are; the first is the system's. rate_hz: the only one they have, 0 for
            all. failure: what opening raises. streams: all that were opened. restarts: how often it was.
    """

    PortAudioError = PortAudioError

    def __init__(self, *plugged: str) -> None:
        self.plugged = list(plugged)
        self.rate_hz = 0
        self.failure: PortAudioError | None = None
        self.streams: list[Stream] = []
        self.restarts = 0
        self._seen = list(plugged)

    def query_devices(self) -> list[dict[str, Any]]:
        row = {"hostapi": 0, "max_input_channels": 1, "max_output_channels": 0}
        return [{**row, "name": name, "default_samplerate": self.rate_hz or 48_000.0} for name in self._seen]

    def query_hostapis(self) -> tuple[dict[str, Any], ...]:
        return ({"name": "ALSA", "devices": list(range(len(self._seen)))},)

    @property
    def default(self) -> SimpleNamespace:
        return SimpleNamespace(device=[0 if self._seen else -1, -1])

    def _terminate(self) -> None:
        assert all(stream.closed for stream in self.streams), "a stream is open"
        self.restarts += 1

    def _initialize(self) -> None:
        self._seen = list(self.plugged)

    def InputStream(  # noqa: N802
        self, *, device: int, samplerate: float, callback: Callable[..., None], **_more: object
    ) -> Stream:
        if self.failure is not None:
            raise self.failure
        if self.rate_hz and samplerate != self.rate_hz:
            raise PortAudioError("Error opening InputStream: Invalid sample rate", -9997)
        self.streams.append(Stream(samplerate, callback, self._seen[device]))
        return self.streams[-1]


def noise(count: int, *, level: float = 0.05) -> F32:
    """Return (count,) samples of what a real microphone brings."""
    return np.random.default_rng(count).normal(0, level, count).astype(np.float32)
