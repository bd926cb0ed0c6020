"""A queue of samples at one source, on a real loopback device."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from walkdown_client.audio.device import Device, open_loopback
from walkdown_client.audio.streams import BUFFERS, LOOK_NS, Stream

PIECE = (0.1 * np.sin(2 * np.pi * 500 * np.arange(480) / 48_000)).astype(np.float32)
STEP_NS = 10_000_000


@pytest.fixture
def device() -> Iterator[Device]:
    one = open_loopback(mode="speakers")
    one.make_current()
    yield one
    one.close()


@pytest.fixture
def stream(device: Device) -> Stream:
    return Stream(device.openal, device.openal.make("Sources", 1)[0])


def test_what_is_queued_lasts_as_long_as_it_should(device: Device, stream: Stream) -> None:
    for _ in range(4):
        assert stream.put(PIECE) == pytest.approx(0.01)
    assert stream.ahead_secs(0) == pytest.approx(0.04)
    stream.play()
    device.render(480)
    assert stream.ahead_secs(LOOK_NS) == pytest.approx(0.03)
    device.render(240)
    assert stream.ahead_secs(2 * LOOK_NS) == pytest.approx(0.025)


def test_what_will_be_left_is_known_without_asking(stream: Stream) -> None:
    for _ in range(3):
        stream.put(PIECE)
    stream.play()
    stream.ahead_secs(0)
    stream.put(PIECE)
    assert stream.expected_secs(STEP_NS) == stream.ahead_secs(STEP_NS) == pytest.approx(0.03)


def test_openal_is_asked_when_it_gets_short_or_is_long_ago(device: Device, stream: Stream) -> None:
    for _ in range(4):
        stream.put(PIECE)
    stream.play()
    assert stream.ahead_secs(LOOK_NS) == pytest.approx(0.04)
    device.render(960)  # faster than the clock says
    assert stream.ahead_secs(LOOK_NS + STEP_NS) == pytest.approx(0.03)
    assert stream.ahead_secs(LOOK_NS + 3 * STEP_NS) == pytest.approx(0.02)  # by the clock only 10 ms are left


def test_pieces_follow_each_other_without_a_gap(device: Device, stream: Stream) -> None:
    heard = []
    for number in range(100):
        while stream.ahead_secs(number * STEP_NS) < 0.03:
            stream.put(PIECE)
        if not stream.running:
            stream.play()
        heard.append(device.render(480)[:, 0])
    sound = np.concatenate(heard)[2400:]
    assert np.abs(np.diff(sound)).max() <= 1.01 * np.abs(np.diff(PIECE)).max()
    assert stream.free > BUFFERS - 16


def test_a_queue_that_ran_dry_starts_anew_and_never_hangs(device: Device, stream: Stream) -> None:
    stream.put(PIECE)
    stream.play()
    device.render(4800)
    assert stream.ahead_secs(LOOK_NS) == 0.0
    assert not stream.running
    assert stream.free == BUFFERS
    for _ in range(3):  # queued at a source that has stopped: OpenAL calls that heard at once
        stream.put(PIECE)
    assert stream.ahead_secs(0) == pytest.approx(0.03)
    stream.play()
    assert device.render(480).any()
    assert stream.ahead_secs(LOOK_NS) == pytest.approx(0.02)
    device.openal.check("testing")


def test_what_is_stopped_forgets_what_was_queued(device: Device, stream: Stream) -> None:
    for _ in range(5):
        stream.put(PIECE)
    stream.play()
    device.render(480)
    stream.stop()
    assert stream.free == BUFFERS
    assert not device.render(4800)[2400:].any()
    stream.close()
    device.openal.check("testing")
