"""The command that lists, copies and deletes voice recordings, and recordings of a real session."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.conftest import open_house
from tests.server.ogg_reader import play
from tests.server.test_voice_recording import START_NS, TONE, Studio, someone, spoken
from walkdown import codec
from walkdown.errors import BadInput
from walkdown.messages import RecordVoice, Voice
from walkdown.voice import Packet, pack_packet
from walkdown_server.voice import recording
from walkdown_server.voice.recording_files import INDEX, folder_name
from walkdown_server.voice.recording_index import read_index, recordings_in
from walkdown_server.voice_tracks import voice_tracks

NAME = folder_name(START_NS)


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session of which a recording was made: Ada spoke twice, Bob once."""
    monkeypatch.setattr(recording, "WRITE_SECS", 3600.0)
    folder = tmp_path / "sessions" / "Test"
    folder.mkdir(parents=True)
    (folder / "heads").touch()
    studio = Studio(folder / "voice")
    studio.begin()
    studio.say(TONE, 1.0)
    studio.say(TONE, 2.0, someone("Bob"))
    studio.say(TONE, 3.0)
    studio.end(65.0)
    studio.made.close()
    return folder


def test_recordings_are_listed_with_who_spoke_how_long(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    voice_tracks(str(session))
    assert capsys.readouterr().out.splitlines() == [
        f"{NAME}: from 2023-11-14 22:13:20 UTC, 1:05, begun by Eve",
        "  Ada.opus  Ada: spoke 2 times, 0:01",
        "  Bob.opus  Bob: spoke once, 0:00",
    ]


def test_a_session_is_found_by_its_name_in_the_data_folder(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    voice_tracks("Test", data=session.parent.parent)
    assert NAME in capsys.readouterr().out
    with pytest.raises(BadInput, match="There is no session Nowhere"):
        voice_tracks("Nowhere", data=session.parent.parent)


def test_tracks_and_index_are_copied_as_they_are(session: Path, tmp_path: Path) -> None:
    voice_tracks(str(session), NAME, copy_to=tmp_path / "out")
    for name in ("Ada.opus", "Bob.opus", INDEX):
        assert (tmp_path / "out" / NAME / name).read_bytes() == (session / "voice" / NAME / name).read_bytes()


def test_a_recording_is_deleted_only_by_its_name(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadInput, match="Name the recording"):
        voice_tracks(str(session), delete=True)
    with pytest.raises(BadInput, match="There is no recording 2020"):
        voice_tracks(str(session), "2020", delete=True)
    voice_tracks(str(session), NAME, delete=True)
    voice_tracks(str(session))
    told = capsys.readouterr().out
    assert f"{NAME} was deleted." in told
    assert "Nothing was recorded" in told


def test_what_is_being_recorded_is_not_deleted(session: Path) -> None:
    index = session / "voice" / NAME / INDEX
    lines = index.read_text(encoding="utf-8").splitlines()
    index.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match="is being recorded"):
        voice_tracks(str(session), NAME, delete=True)


def test_an_index_that_was_cut_or_spoiled_is_read_as_far_as_it_goes(session: Path) -> None:
    index = session / "voice" / NAME / INDEX
    text = index.read_text(encoding="utf-8")
    index.write_text(text[:-20] + '\n[]\n{"what": "spoke"}\n\xff', encoding="latin-1")
    recorded = read_index(index.parent)
    assert recorded is not None
    assert recorded.end_ns == 0
    assert [track.name for track in recorded.tracks] == ["Ada", "Bob"]
    assert recorded.secs == pytest.approx(3.5)
    (session / "voice" / "empty").mkdir()
    assert len(recordings_in(session / "voice")) == 1


def test_spurts_that_were_written_in_pieces_are_one(tmp_path: Path) -> None:
    lines = [
        {"what": "recording", "session": "Test", "by": "Eve", "start_ns": 0},
        {"what": "track", "file": "a.opus", "name": "Ada", "person": "x"},
        {"what": "spoke", "file": "a.opus", "from_ns": 10, "to_ns": 20},
        {"what": "spoke", "file": "a.opus", "from_ns": 20, "to_ns": 30},
        {"what": "spoke", "file": "b.opus", "from_ns": 20, "to_ns": 30},
    ]
    (tmp_path / INDEX).write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    recorded = read_index(tmp_path)
    assert recorded is not None
    assert recorded.tracks[0].spoken == [(10, 30)]


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 -- what is waited for is in another thread
            await asyncio.sleep(0.01)


async def test_a_real_session_records_who_lets_it_and_nobody_else(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada, house.guest("Bob") as bob:
        await ada.say(Voice(microphone=True, ears=True))
        await bob.say(Voice(microphone=True, ears=True, recordable=False))
        await bob.said("person", id=bob.me, recordable=False)
        assert (await ada.operate(RecordVoice, on=True))["number"]
        await bob.until(lambda: any(m.get("recording_ns") for m in bob.messages if m["t"] == "voice_rules"))
        begun_ns = house.sink.now_ns()
        for number, payload in enumerate(TONE):
            packet = pack_packet(Packet(number, begun_ns + (number + 1) * 20_000_000, 0, 20, payload))
            section = codec.pack_section(codec.Section.VOICE, packet)
            for guest in (ada, bob):
                await guest.socket.send(codec.pack_client_frame(0, [section]))
        await until(lambda: house.server.room.voices.talkers == 2)
        await ada.operate(RecordVoice, on=False)
        await bob.until(
            lambda: not [m for m in bob.messages if m["t"] == "voice_rules"][-1].get("recording_ns")
        )
    (recorded,) = recordings_in(tmp_path / "sessions" / "Test" / "voice")
    assert [track.name for track in recorded.tracks] == ["Ada"]
    assert recorded.by == "Ada"
    assert recorded.end_ns > recorded.start_ns
    heard = play(recorded.folder / "Ada.opus")
    assert spoken(heard.sound)
