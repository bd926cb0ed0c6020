"""libopus by ctypes: the system's and the one inside ``av``, good packets and bad ones."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voice.line import F32, speech
from walkdown.errors import BadInput, Missing
from walkdown.voice import FRAME_SAMPLES, FRAME_SECS, PAYLOAD_MAX, RATE_HZ
from walkdown_client.voice import opus
from walkdown_client.voice.opus import Decoder, Encoder, Library
from walkdown_client.voice.payload import LOOKAHEAD_SECS, SILENT_BYTES, carries_previous

NO_LIBRARY = "this libopus is not here"


def _library(kind: str) -> Library:
    found = opus.brought_along() if kind == "av" else (p for p in opus.places() if "av.libs" not in p)
    for place in found:
        try:
            return Library(place)
        except OSError:
            continue
    pytest.skip(NO_LIBRARY)


@pytest.fixture(scope="module", params=["system", "av"])
def library(request: pytest.FixtureRequest) -> Library:
    return _library(request.param)


@pytest.fixture(scope="module")
def frames() -> F32:
    sound = speech()[: 150 * FRAME_SAMPLES]
    return sound.reshape(-1, FRAME_SAMPLES)


@pytest.fixture(scope="module")
def packets(library: Library, frames: F32) -> list[bytes]:
    encoder = Encoder(library)
    return [encoder.encode(frame) for frame in frames]


def _distance_db(one: F32, other: F32) -> float:
    """Return the root mean square difference of two log spectra."""
    spectra = [
        np.log10(np.abs(np.fft.rfft(x.reshape(-1, 480) * np.hanning(480))) + 1e-3) for x in (one, other)
    ]
    return float(20 * np.sqrt(np.mean((spectra[0] - spectra[1]) ** 2)))


def test_speech_comes_back_as_it_was_after_what_the_codec_delays(
    library: Library, frames: F32, packets: list[bytes]
) -> None:
    decoder = Decoder(library)
    made = [decoder.decode(packet) for packet in packets]
    heard = np.concatenate([frame for frame in made if frame is not None])
    later = round(LOOKAHEAD_SECS * RATE_HZ)
    said, heard = frames.reshape(-1)[: -later or None], heard[later:]
    assert len(made) * FRAME_SAMPLES == len(heard) + later
    like = np.dot(said, heard) / np.sqrt(np.dot(said, said) * np.dot(heard, heard))
    assert like > 0.8


def test_speech_takes_24_kbit_a_second_and_silence_next_to_nothing(
    library: Library, packets: list[bytes]
) -> None:
    assert 16_000 < 8 * sum(map(len, packets)) / (len(packets) * FRAME_SECS) < 27_000
    encoder = Encoder(library)
    silent = [encoder.encode(np.zeros(FRAME_SAMPLES, np.float32)) for _frame in range(40)]
    assert sum(len(packet) <= SILENT_BYTES for packet in silent[15:]) >= 20


def test_a_lost_frame_is_better_recovered_from_the_next_than_guessed(
    library: Library, packets: list[bytes]
) -> None:
    whole, recovered, guessed = Decoder(library), Decoder(library), Decoder(library)
    by_repeat, by_guess = [], []
    for number, packet in enumerate(packets):
        truth = whole.decode(packet)
        assert truth is not None
        lost = number % 10 == 5 and carries_previous(packets[number + 1])
        other = recovered.recover(packets[number + 1]) if lost else recovered.decode(packet)
        guess = guessed.conceal() if lost else guessed.decode(packet)
        assert other is not None
        assert guess is not None
        if lost and np.sqrt(np.mean(truth**2)) > 0.01:
            by_repeat.append(_distance_db(truth, other))
            by_guess.append(_distance_db(truth, guess))
    assert len(by_repeat) > 5
    assert np.mean(by_repeat) < 0.8 * np.mean(by_guess)


def test_the_more_loss_is_expected_the_more_is_repeated(library: Library, frames: F32) -> None:
    encoder = Encoder(library, expected_loss=0.0)
    before = sum(carries_previous(encoder.encode(frame)) for frame in frames[:60])
    encoder.expect_loss(0.2)
    after = sum(carries_previous(encoder.encode(frame)) for frame in frames[:60])
    assert before < 5
    assert after > 30


def test_what_repeats_the_frame_before_is_told_as_libopus_tells_it(packets: list[bytes]) -> None:
    calls = _library("av").calls
    if not hasattr(calls, "opus_packet_has_lbrr"):
        pytest.skip(NO_LIBRARY)
    told = [bool(calls.opus_packet_has_lbrr(packet, len(packet))) for packet in packets]
    assert [carries_previous(packet) for packet in packets] == told
    assert any(told)


@settings(max_examples=60)
@given(payload=st.binary(max_size=PAYLOAD_MAX + 20))
def test_whatever_comes_is_one_frame_or_an_error_value(payload: bytes) -> None:
    decoder = Decoder(opus.load())
    for made in (decoder.decode(payload), decoder.recover(payload)):
        assert made is None or (made.shape == (FRAME_SAMPLES,) and np.isfinite(made).all())
    assert carries_previous(payload) in {True, False}


def test_a_cut_or_turned_packet_does_no_harm_to_those_after_it(
    library: Library, packets: list[bytes]
) -> None:
    decoder = Decoder(library)
    for packet in packets[:40]:
        decoder.decode(packet[: len(packet) // 2])
        decoder.decode(packet[::-1])
        decoder.decode(packet * 9)
    assert all(decoder.decode(packet) is not None for packet in packets[40:60])


@pytest.mark.parametrize("kind", [0xFC, 0x48])
def test_nothing_that_is_no_speech_is_louder_than_speech_can_be(library: Library, kind: int) -> None:
    loudest = 0.0
    for seed in range(30):
        decoder, rng = Decoder(library), random.Random(seed)
        for _frame in range(20):
            decoded = decoder.decode(bytes((kind,)) + rng.randbytes(200))
            pieces = [decoder.conceal(FRAME_SAMPLES)] if decoded is None else [decoded]
            loudest = max(loudest, *(float(np.abs(piece).max()) for piece in pieces))
    assert loudest == 1.0


def test_guesses_fade_out(library: Library, packets: list[bytes]) -> None:
    decoder = Decoder(library)
    loud = max(np.abs(made).max() for packet in packets[:40] if (made := decoder.decode(packet)) is not None)
    guesses = [np.abs(decoder.conceal(480)).max() for _piece in range(60)]
    assert guesses[-1] < 0.05 * loud


def test_a_frame_of_another_length_is_refused() -> None:
    with pytest.raises(BadInput, match="960 samples"):
        Encoder(opus.load()).encode(np.zeros(480, np.float32))


def test_the_file_inside_av_is_opened_without_importing_av() -> None:
    if not list(opus.brought_along()):
        pytest.skip(NO_LIBRARY)
    program = (
        "import sys\n"
        "from walkdown_client.voice import opus\n"
        "opus.SYSTEM_FILES = {}\n"
        "opus.ctypes.util.find_library = lambda name: None\n"
        "library = opus.load()\n"
        "opus.Decoder(library).conceal()\n"
        "assert 'opus' in library.path and library.version.startswith('libopus'), library.path\n"
        "assert not [name for name in sys.modules if name == 'av' or name.startswith('av.')]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)


def test_without_any_libopus_voice_is_off_and_the_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def places() -> Iterator[str]:
        yield "/no/such/libopus.so.0"

    monkeypatch.setattr(opus, "places", places)
    opus.load.cache_clear()
    try:
        with pytest.raises(Missing, match=r"voice is off.*walkdown\[opus\]"):
            opus.load()
    finally:
        opus.load.cache_clear()


def test_where_av_is_not_installed_nothing_is_brought_along(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "files", absent)
    assert list(opus.brought_along()) == []


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("libopus-114e2b1a.so.0.11.1", True),
        ("libopus-0-f2a1.dll", True),
        ("libopus.0.dylib", True),
        ("libopusenc.txt", False),
        ("octopus.py", False),
    ],
)
def test_the_library_is_known_by_its_name_on_every_system(name: str, fits: bool) -> None:
    assert bool(opus.BROUGHT_ALONG.fullmatch(name)) == fits
