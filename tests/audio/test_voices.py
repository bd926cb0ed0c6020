"""Voices in the engine: from where, how many, how they are reported; real codec, real jitter buffer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks._hearing_judge import band_db, ild_db
from benchmarks._hearing_scene import (
    FRAME_NS,
    SPEAKER,
    Come,
    ahead_of,
    heads_at,
    hear_voice,
    looking,
    spoken,
)
from walkdown.errors import Missing
from walkdown.voice import Entry, Route, pack_bundle, pack_packet, unpack_packet
from walkdown_client.audio import budget
from walkdown_client.audio.ears import VirtualEars
from walkdown_client.audio.engine import STEP_NS, Engine
from walkdown_client.audio.orders import Choice, Clock, Heads, Heard, VoiceIn
from walkdown_client.audio.voice_player import LEAD_MOST_SECS, LEAD_SECS
from walkdown_client.speech import say
from walkdown_client.voice.receiver import Receiver

F32 = npt.NDArray[np.float32]
WORDS = "Please stop the conveyor by hand."
EAST = ahead_of(90.0)


@pytest.fixture(scope="module")
def come() -> Sequence[Come]:
    """One sentence in packets, as they come."""
    return spoken(say(WORDS))


@pytest.fixture
def ears(come: Sequence[Come]) -> Iterator[VirtualEars]:
    with VirtualEars(now_ns=come[0].arrived_ns) as one:
        one.take(looking())
        yield one


def level_db(heard: F32) -> float:
    return float(10 * np.log10(np.mean(heard.astype(float) ** 2) + 1e-20))


def listen(ears: VirtualEars, come: Sequence[Come], entries: Sequence[tuple[int, Route, int]]) -> F32:
    """Hear several people say the same from now on; each entry is a speaker, a route and a loudness."""
    heard = []
    later_ns = ears.now_ns - come[0].arrived_ns
    for one in come:
        arrived_ns = one.arrived_ns + later_ns
        heard.append(ears.render_until(arrived_ns))
        packet = unpack_packet(one.packet)
        sequence = packet.sequence + later_ns // FRAME_NS
        bundle = [
            Entry(speaker, route, pack_packet(replace(packet, sequence=sequence, loudness=loudness)))
            for speaker, route, loudness in entries
        ]
        ears.take(VoiceIn(arrived_ns, pack_bundle(bundle)))
    heard.append(ears.render(0.3))
    return np.concatenate(heard)


def audible(ears: VirtualEars) -> set[int]:
    """Who has been rendered since this was last asked."""
    told = [said for said in ears.take_told() if isinstance(said, Heard)]
    return {talker.speaker for said in told for talker in said.talkers if talker.audible}


def test_a_voice_comes_from_the_mouth(come: Sequence[Come]) -> None:
    assert ild_db(hear_voice(come, EAST)) > 6.0
    assert ild_db(hear_voice(come, ahead_of(-90.0))) < -6.0


@pytest.mark.parametrize("route", [Route.RADIO, Route.ECHO])
def test_radio_and_echo_are_heard_in_the_head(come: Sequence[Come], route: Route) -> None:
    heard = hear_voice(come, EAST, route=route)
    assert heard.any()
    assert np.allclose(heard[:, 0], heard[:, 1], atol=1e-6)


def test_radio_lacks_what_a_small_loudspeaker_lacks(come: Sequence[Come]) -> None:
    radio, echo = (hear_voice(come, EAST, route=route) for route in (Route.RADIO, Route.ECHO))
    lost = [
        float((band_db(echo, low, high) - band_db(radio, low, high)).mean())
        for low, high in ((60, 120), (800, 1600), (5500, 7000))
    ]
    assert lost[1] < 5.0
    assert lost[0] > lost[1] + 6.0
    assert lost[2] > lost[1] + 15.0


@pytest.mark.parametrize("route", [Route.GROUP, Route.PRESENTER])
def test_a_group_and_a_presenter_are_heard_from_their_place_if_that_is_near(
    come: Sequence[Come], route: Route
) -> None:
    assert ild_db(hear_voice(come, EAST, route=route)) > 6.0


def test_a_presenter_far_away_is_heard_ahead_and_a_group_by_radio(come: Sequence[Come]) -> None:
    far = ahead_of(90.0, distance_m=300.0)
    ahead, group = (hear_voice(come, far, route=route) for route in (Route.PRESENTER, Route.GROUP))
    assert abs(ild_db(ahead)) < 0.5
    assert level_db(ahead) > -50.0
    assert np.allclose(group[:, 0], group[:, 1], atol=1e-6)


def test_who_stands_nowhere_is_heard_by_radio(ears: VirtualEars, come: Sequence[Come]) -> None:
    heard = listen(ears, come, [(3, Route.NEAR, 20)])
    assert heard.any()
    assert np.allclose(heard[:, 0], heard[:, 1], atol=1e-6)


def test_no_more_than_eight_are_heard_and_those_are_the_nearest(
    ears: VirtualEars, come: Sequence[Come]
) -> None:
    ears.take(heads_at({k: ahead_of(10.0, distance_m=1.0 + k) for k in range(1, 13)}))
    listen(ears, come, [(k, Route.NEAR, 20) for k in range(1, 13)])
    assert audible(ears) == set(range(1, 1 + budget.VOICES))


def test_a_presenter_is_among_them_however_far(ears: VirtualEars, come: Sequence[Come]) -> None:
    ears.take(heads_at({k: ahead_of(10.0, distance_m=1.0 + 40.0 * (k == 9)) for k in range(1, 10)}))
    listen(ears, come, [(k, Route.PRESENTER if k == 9 else Route.NEAR, 20) for k in range(1, 10)])
    assert 9 in audible(ears)


def test_each_person_and_all_voices_have_their_volume(ears: VirtualEars, come: Sequence[Come]) -> None:
    full = level_db(listen(ears, come, [(SPEAKER, Route.RADIO, 20)]))
    ids, places = np.array([SPEAKER], "<u2").tobytes(), np.zeros((1, 3), "<f4").tobytes()
    ears.take(Heads(ids, places, np.array([0.5], "<f4").tobytes()))
    half = level_db(listen(ears, come, [(SPEAKER, Route.RADIO, 20)]))
    ears.take(Choice(voices=0.5))
    quarter = level_db(listen(ears, come, [(SPEAKER, Route.RADIO, 20)]))
    assert half == pytest.approx(full - 6.0, abs=0.7)
    assert quarter == pytest.approx(full - 12.0, abs=0.7)


def test_who_speaks_again_after_a_long_silence_is_heard_at_once(
    ears: VirtualEars, come: Sequence[Come]
) -> None:
    ears.take(heads_at({SPEAKER: EAST}))
    listen(ears, come[:40], [(SPEAKER, Route.NEAR, 20)])
    assert not ears.render(4.0)[-4800:].any()
    heard = listen(ears, come[40:60], [(SPEAKER, Route.NEAR, 20)])
    assert np.argmax(np.abs(heard).max(axis=1) > 1e-4) < 0.12 * 48_000


def test_a_voice_that_goes_on_never_breaks_off(ears: VirtualEars, come: Sequence[Come]) -> None:
    ears.take(heads_at({SPEAKER: EAST}))
    listen(ears, come, [(SPEAKER, Route.NEAR, 20)])
    assert ears.engine.underruns == 0


def test_a_renderer_that_was_late_is_counted_once_and_earlier_from_then_on(
    ears: VirtualEars, come: Sequence[Come]
) -> None:
    ears.take(heads_at({1: EAST, 2: EAST}))
    listen(ears, come[:40], [(1, Route.NEAR, 20), (2, Route.NEAR, 20)])
    ears._device.render(9600)  # the device goes on while the renderer is not asked
    assert ears.engine._stage is not None
    assert ears.engine._stage.voices.lead_secs == LEAD_SECS
    heard = listen(ears, come[40:80], [(1, Route.NEAR, 20), (2, Route.NEAR, 20)])
    assert ears.engine.underruns == 1
    assert LEAD_SECS < ears.engine._stage.voices.lead_secs <= LEAD_MOST_SECS
    assert level_db(heard) > -60.0


def test_how_a_voice_came_through_is_told_twice_a_second(ears: VirtualEars, come: Sequence[Come]) -> None:
    ears.take(Clock(unpack_packet(come[0].packet).captured_ns - come[0].arrived_ns))
    ears.take(heads_at({SPEAKER: EAST}))
    listen(ears, come, [(SPEAKER, Route.NEAR, 20)])
    told = [said for said in ears.take_told() if isinstance(said, Heard)]
    reports = [talker for said in told for talker in said.talkers if talker.received > 10]
    assert sum(talker.received for said in told for talker in said.talkers) == len(come)
    assert all(talker.lost == 0 and 0.02 < talker.delay_secs < 0.15 for talker in reports)
    assert reports


def test_without_a_device_those_who_speak_are_reported_all_the_same(come: Sequence[Come]) -> None:
    engine = Engine()
    now_ns = come[0].arrived_ns
    for one in come:
        engine.take(VoiceIn(one.arrived_ns, pack_bundle([Entry(SPEAKER, Route.NEAR, one.packet)])))
        while now_ns < one.arrived_ns + STEP_NS:
            engine.step(now_ns)
            now_ns += STEP_NS
    reports = [talker for said in engine.take_told() if isinstance(said, Heard) for talker in said.talkers]
    assert sum(talker.received for talker in reports) > 20
    assert not any(talker.audible for talker in reports)


def test_bytes_that_are_no_bundle_harm_nobody(ears: VirtualEars, come: Sequence[Come]) -> None:
    ears.take(VoiceIn(ears.now_ns, b"\x07\0\0\xff\xff"))
    ears.take(heads_at({SPEAKER: EAST}))
    assert listen(ears, come, [(SPEAKER, Route.NEAR, 20)]).any()


def test_without_libopus_one_sentence_says_so(come: Sequence[Come]) -> None:
    def missing() -> Receiver:
        raise Missing("voice is off: install libopus")

    engine = Engine(make_receiver=missing)
    engine.take(VoiceIn(0, pack_bundle([Entry(SPEAKER, Route.NEAR, come[0].packet)])))
    engine.step(0)
    assert engine.voice_text == "voice is off: install libopus"


def test_columns_that_do_not_fit_are_refused(ears: VirtualEars) -> None:
    with pytest.raises(ValueError, match="1 volumes were expected, 0 came"):
        ears.take(Heads(np.array([1], "<u2").tobytes(), np.zeros((1, 3), "<f4").tobytes()))
