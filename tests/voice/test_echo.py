"""The echo test tells a good way from a bad one, and an echo from anything else."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.voice.line import STARTED_NS, Sent, carried
from walkdown.voice import FRAME_SAMPLES, Packet, unpack_packet
from walkdown_client.voice import echo
from walkdown_client.voice.echo import EchoResult
from walkdown_client.voice.opus import Decoder, Encoder, load
from walkdown_client.voice.talker import FRAME_NS, Talker

OFFSET_NS = 123_456_789_000


@pytest.fixture(scope="module")
def sent() -> list[Sent]:
    talker = Talker(Encoder(load()))
    talker.press(True)
    packets = []
    for number, frame in enumerate(echo.signal().reshape(-1, FRAME_SAMPLES), 1):
        at_ns = STARTED_NS + number * FRAME_NS
        packets += [Sent(at_ns, unpack_packet(data)) for data in talker.talk(frame, at_ns + OFFSET_NS)]
    return packets + [Sent(at_ns + FRAME_NS, unpack_packet(data)) for data in talker.hush()]


def measured(come: list[tuple[int, Packet]]) -> EchoResult:
    return echo.measure(come, sent=100, began_ns=STARTED_NS, offset_ns=OFFSET_NS, decoder=Decoder(load()))


def test_over_a_good_way_all_comes_back_when_it_is_said_to(sent: list[Sent]) -> None:
    result = measured(carried(sent, lambda _chance, _at: 0.03, in_order=True))
    assert result.well
    assert (result.sent, result.received, result.lost) == (100, 100, 0.0)
    assert result.round_trip_secs == pytest.approx(0.03, abs=1e-6)
    assert 0.06 < result.heard_secs < 0.13
    assert result.concealed == 0.0


def test_loss_and_slowness_are_counted(sent: list[Sent]) -> None:
    def way(chance: random.Random, _at: float) -> float | None:
        return None if chance.random() < 0.2 else 0.3 if chance.random() < 0.1 else 0.1

    result = measured(carried(sent, way, in_order=False))
    assert result.well
    assert 0.1 < result.lost < 0.3
    assert result.slow_round_trip_secs == pytest.approx(0.3, abs=1e-6)


def test_where_nothing_comes_back_it_is_not_well() -> None:
    result = measured([])
    assert not result.well
    assert (result.received, result.lost, result.like) == (0, 1.0, 0.0)


def test_something_else_that_comes_back_is_no_echo(sent: list[Sent]) -> None:
    encoder, rng = Encoder(load()), np.random.default_rng(4)
    noise = rng.normal(0, 0.1, (len(sent), FRAME_SAMPLES)).astype(np.float32)
    come = [
        (one.left_ns, Packet(one.packet.sequence, one.packet.captured_ns, 0, 20, encoder.encode(frame)))
        for one, frame in zip(sent, noise, strict=True)
    ]
    result = measured(come)
    assert result.received >= 100
    assert not result.well
