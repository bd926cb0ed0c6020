"""Voice recordings: where a voice stands on the time axis, what is left of it after a crash, a full disk."""

from __future__ import annotations

import errno
import itertools
import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.server.ogg_reader import crc, play
from walkdown.voice import Packet, VoiceFlag, pack_packet
from walkdown_client.voice.opus import Encoder, load
from walkdown_server.door.people import Identity
from walkdown_server.ruling import Author
from walkdown_server.voice import recording
from walkdown_server.voice.ogg import OggOpus, checksum
from walkdown_server.voice.recording import Recordings
from walkdown_server.voice.recording_files import INDEX, folder_name
from walkdown_server.voice.recording_index import recordings_in

ROOT = Path(__file__).resolve().parent.parent.parent
START_NS = 1_700_000_000_000_000_000
MS = 1_000_000
FRAME_NS = 20 * MS


def tone(secs: float, hertz: float = 440.0) -> list[bytes]:
    """Packets of a tone, as a client encodes them."""
    encoder = Encoder(load())
    count = round(secs * 50)
    time = np.arange(count * 960) / 48_000
    sound = (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32).reshape(count, 960)
    return [encoder.encode(frame) for frame in sound]


TONE = tone(0.5)


def someone(name: str = "Ada") -> Identity:
    return Identity("secret", Author(f"author of {name}", name), 1, 0, "person")


class Studio:
    """Recordings without a thread, whose clock a test moves."""

    def __init__(self, folder: Path) -> None:
        self.now_ns = START_NS
        self.states: list[tuple[str, str]] = []
        self.folder = folder
        self.all: list[Recordings] = []
        self.made = self.recordings()
        self.sequence = 0

    def recordings(self) -> Recordings:
        made = Recordings(
            self.folder,
            session="Test",
            now_ns=lambda: self.now_ns,
            on_state=lambda state, text: self.states.append((state, text)),
        )
        self.all.append(made)
        return made

    def kill(self) -> None:
        """Leave the files as they are, as a process does that is killed."""
        if self.made._recording is not None:
            self.made._recording.give_up()
            self.made._recording = None
        self.made = self.recordings()

    @property
    def place(self) -> Path:
        return self.folder / folder_name(START_NS)

    def begin(self) -> None:
        self.made.begin(START_NS, by="Eve")

    def say(
        self,
        packets: Sequence[bytes],
        at_secs: float,
        who: Identity | None = None,
        *,
        captured_secs: float | None = None,
        lost: Sequence[int] = (),
    ) -> None:
        """Say a spurt whose sound begins at a time after the start."""
        captured = round((at_secs if captured_secs is None else captured_secs) * 1e9)
        for number, payload in enumerate(packets):
            self.sequence += 1
            flags = VoiceFlag.END_OF_SPURT if number == len(packets) - 1 else 0
            captured_ns = START_NS + captured + (number + 1) * FRAME_NS
            self.now_ns = START_NS + round(at_secs * 1e9) + (number + 1) * FRAME_NS + 30 * MS
            if number not in lost:
                packet = pack_packet(Packet(self.sequence, captured_ns, flags, 20, payload))
                self.made.take(who or someone(), packet, time_ns=self.now_ns)

    def wait(self, until_secs: float) -> None:
        self.now_ns = START_NS + round(until_secs * 1e9)
        self.made.write()

    def end(self, at_secs: float) -> None:
        self.now_ns = START_NS + round(at_secs * 1e9)
        self.made.end(self.now_ns)
        self.made.write()

    def index(self) -> list[dict[str, object]]:
        lines = (self.place / INDEX).read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    made = Studio(tmp_path / "voice")
    yield made
    for one in made.all:
        one.close()


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread writes nothing: tests do, when they like."""
    monkeypatch.setattr(recording, "WRITE_SECS", 3600.0)


def spoken(sound: npt.NDArray[np.float32]) -> list[tuple[float, float]]:
    """From when to when a track is louder than a tenth of the tone, in seconds to 5 ms."""
    loud = np.abs(sound[: len(sound) // 240 * 240].reshape(-1, 240)).max(1) > 0.1
    edges = np.flatnonzero(np.diff(np.concatenate(([False], loud, [False])).astype(np.int8)))
    return [(begin * 0.005, end * 0.005) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


def test_a_voice_stands_where_it_was_spoken(studio: Studio) -> None:
    studio.begin()
    studio.say(TONE, 1.0)
    studio.say(TONE, 2.7331)
    studio.end(5.0)
    heard = play(studio.place / "Ada.opus")
    (first, _end), (second, end) = spoken(heard.sound)
    assert first == pytest.approx(1.0, abs=0.012)
    assert second == pytest.approx(2.7331, abs=0.012)
    assert end == pytest.approx(3.2331, abs=0.025)
    assert np.abs(heard.sound[: 48_000 - 960]).max() < 1e-3


def test_all_tracks_have_the_same_time_axis_and_say_whose_they_are(studio: Studio) -> None:
    studio.begin()
    studio.say(TONE, 1.0)
    studio.say(TONE, 2.0, someone("Jörg Ö."))
    studio.end(4.0)
    ada, joerg = play(studio.place / "Ada.opus"), play(studio.place / "Jörg-Ö.opus")
    assert len(ada.sound) == len(joerg.sound)
    assert len(ada.sound) / 48_000 == pytest.approx(4.0, abs=0.01)
    assert ada.tags == {
        "TITLE": "Ada, Test",
        "ARTIST": "Ada",
        "DATE": "2023-11-14T22:13:20.000+00:00",
        "WALKDOWN_SESSION": "Test",
        "WALKDOWN_PERSON": "author of Ada",
        "WALKDOWN_START_NS": str(START_NS),
    }
    assert ada.pages[-1].flags == joerg.pages[-1].flags == 4
    assert spoken(joerg.sound)[0][0] == pytest.approx(2.0, abs=0.012)


def test_the_index_says_who_spoke_when_in_session_time(studio: Studio) -> None:
    studio.begin()
    studio.say(TONE, 1.0)
    studio.wait(3.0)
    studio.say(TONE, 3.5)
    studio.end(5.0)
    index = studio.index()
    assert [entry["what"] for entry in index] == ["recording", "track", "spoke", "spoke", "end"]
    assert (index[0]["by"], index[0]["start_ns"], index[0]["session"]) == ("Eve", START_NS, "Test")
    assert index[1] == {"what": "track", "file": "Ada.opus", "person": "author of Ada", "name": "Ada"}
    times = [(entry["from_ns"], entry["to_ns"]) for entry in index if entry["what"] == "spoke"]
    assert times == [(START_NS + at * MS, START_NS + at * MS + 500 * MS) for at in (1000, 3500)]
    assert index[-1]["end_ns"] == START_NS + 5000 * MS


def test_whoever_has_spoken_once_keeps_no_file_open(studio: Studio) -> None:
    studio.begin()
    for number in range(5):
        studio.say(TONE, 3.0 * number, someone(f"P{number}"))
        studio.wait(3.0 * number + 2.5)
    studio.wait(16.0)
    kept = studio.made._recording
    assert kept is not None
    assert len(kept._files) == 5
    assert [file._file for _track, file in kept._files.values() if file._file is not None] == []
    studio.say(TONE, 20.0, someone("P0"))
    studio.end(22.0)
    heard = play(studio.place / "P0.opus")
    assert [round(begin) for begin, _end in spoken(heard.sound)] == [0, 20]


def test_a_recording_that_goes_on_for_days_goes_on_in_other_folders_without_days_of_silence(
    studio: Studio,
) -> None:
    half_day_secs = recording.PART_NS / 1e9
    studio.begin()
    studio.say(TONE, 1.0)
    studio.wait(half_day_secs - 1.0)
    studio.wait(half_day_secs)
    studio.say(TONE, half_day_secs + 2.0)
    studio.wait(half_day_secs + 5.0)
    studio.kill()
    studio.begin()
    studio.now_ns = START_NS + 20 * recording.PART_NS
    studio.made.write()
    studio.say(TONE, 20 * half_day_secs + 2.0, someone("Bob"))
    studio.end(20 * half_day_secs + 5.0)
    first, second, third = recordings_in(studio.folder)
    assert [round(part.secs) for part in (first, second, third)] == [round(half_day_secs), 2, 5]
    assert first.end_ns == second.start_ns == START_NS + recording.PART_NS
    for part, name in ((second, "Ada"), (third, "Bob")):
        ((begin, _end),) = spoken(play(part.folder / f"{name}.opus").sound)
        assert begin == pytest.approx(2.0, abs=0.012)
    assert max(path.stat().st_size for path in studio.folder.rglob("*.opus")) < 6_000_000


def test_nobody_else_on_the_computer_may_listen(studio: Studio) -> None:
    studio.begin()
    studio.say(TONE, 1.0)
    studio.end(3.0)
    if sys.platform != "win32":
        assert stat.S_IMODE(studio.place.stat().st_mode) == 0o700
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in studio.place.iterdir()}
        assert files == {INDEX: 0o600, "Ada.opus": 0o600}


def test_what_was_written_before_a_kill_is_readable_up_to_there(studio: Studio) -> None:
    studio.begin()
    studio.say(TONE, 1.0)
    studio.wait(3.0)
    studio.say(TONE, 3.2)
    studio.wait(4.5)
    copy = studio.folder / "copy.opus"
    copy.write_bytes((studio.place / "Ada.opus").read_bytes()[:-5])  # and the last page was cut
    heard = play(copy)
    assert np.array(spoken(heard.sound)) == pytest.approx(np.array([[1.0, 1.5]]), abs=0.025)
    assert heard.pages[-1].flags == 0
    assert [entry["what"] for entry in studio.index()] == ["recording", "track", "spoke", "spoke"]


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.server.test_voice_recording import TONE, Studio
studio = Studio(Path(sys.argv[1]))
studio.begin()
studio.say(TONE, 1.0)
studio.wait(3.0)
studio.say(TONE, 3.2)
studio.wait(3.8)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_process_that_is_killed_leaves_what_it_has_written(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, cwd=ROOT)
    assert ended.returncode == -signal.SIGKILL
    heard = play(tmp_path / folder_name(START_NS) / "Ada.opus")
    assert np.array(spoken(heard.sound)) == pytest.approx(np.array([[1.0, 1.5]]), abs=0.025)


def test_a_recording_that_is_gone_on_with_is_in_new_files_of_the_same_folder(studio: Studio) -> None:
    studio.begin()
    studio.say(TONE, 1.0)
    studio.wait(3.0)
    studio.kill()
    studio.begin()
    studio.say(TONE, 6.0)
    studio.end(8.0)
    again = play(studio.place / "Ada-2.opus")
    assert spoken(again.sound)[0][0] == pytest.approx(6.0, abs=0.012)
    assert [entry["what"] for entry in studio.index()].count("recording") == 1


def test_a_server_that_stops_ends_the_files_and_not_the_recording(studio: Studio) -> None:
    studio.begin()
    studio.say(TONE, 1.0)
    studio.now_ns = START_NS + 2000 * MS
    studio.made.close()
    heard = play(studio.place / "Ada.opus")
    assert heard.pages[-1].flags == 4
    assert "end" not in [entry["what"] for entry in studio.index()]


def test_packets_that_overtook_each_other_stand_in_order(studio: Studio) -> None:
    studio.begin()
    captured = [START_NS + 1000 * MS + (number + 1) * FRAME_NS for number in range(25)]
    order = [0, 2, 1, 4, 3, *range(5, 25)]
    for number in order:
        packet = pack_packet(Packet(number, captured[number], 0, 20, TONE[number]))
        studio.made.take(someone(), packet, time_ns=captured[number] + 60 * MS)
    studio.end(3.0)
    packets = [packet for page in play(studio.place / "Ada.opus").pages for packet in page.packets]
    assert [packet for packet in packets if packet in TONE] == TONE


def test_a_few_lost_packets_are_left_to_the_decoder_and_many_are_silence(studio: Studio) -> None:
    studio.begin()
    studio.say(TONE, 1.0, lost=(10, 11))
    studio.say(TONE, 2.0, lost=range(5, 15))
    studio.end(4.0)
    heard = play(studio.place / "Ada.opus")
    packets = [packet for page in heard.pages for packet in page.packets]
    assert [len(packet) for packet in packets].count(1) == 2
    gap = heard.sound[round(48_000 * 2.13) : round(48_000 * 2.28)]
    assert np.abs(gap).max() < 1e-2
    assert spoken(heard.sound)[-1][1] == pytest.approx(2.5, abs=0.025)


def test_a_microphone_that_is_opened_again_counts_anew(studio: Studio) -> None:
    studio.begin()
    studio.say(TONE, 1.0)
    studio.sequence = 0
    studio.say(TONE, 2.0)
    studio.end(4.0)
    assert [begin for begin, _end in spoken(play(studio.place / "Ada.opus").sound)] == [
        pytest.approx(1.0, abs=0.012),
        pytest.approx(2.0, abs=0.012),
    ]


@pytest.mark.parametrize("captured_secs", [3600.0, -3600.0, 1.6])
def test_what_cannot_have_been_captured_then_stands_where_it_came(
    studio: Studio, captured_secs: float
) -> None:
    studio.begin()
    studio.say(TONE, 1.5, captured_secs=captured_secs)
    studio.end(4.0)
    (only,) = spoken(play(studio.place / "Ada.opus").sound)
    assert only[0] == pytest.approx(1.5, abs=0.06)


def test_a_clock_that_runs_wrong_moves_nothing_far(studio: Studio) -> None:
    """200 ppm for five minutes are 60 ms: the numbers of packets alone would be so far off."""
    studio.begin()
    for minute in (0, 5):
        at_secs = 60.0 * minute + 1.0
        studio.sequence = round(at_secs * 50 * 1.0002)
        studio.say(TONE, at_secs)
    studio.end(305.0)
    begins = [begin for begin, _end in spoken(play(studio.place / "Ada.opus").sound)]
    assert begins == [pytest.approx(1.0, abs=0.02), pytest.approx(301.0, abs=0.02)]


def test_packets_of_another_length_are_left_out(studio: Studio) -> None:
    studio.begin()
    long = bytes((11 << 3,)) + bytes(50)  # 60 ms
    several = bytes((9 << 3 | 1,)) + bytes(50)
    studio.say([TONE[0], long, several, *TONE[1:]], 1.0)
    studio.end(3.0)
    packets = [packet for page in play(studio.place / "Ada.opus").pages for packet in page.packets]
    assert long not in packets
    assert several not in packets


def test_eight_hours_of_silence_are_small_and_exact() -> None:
    stream = OggOpus(7, {})
    head = stream.head()
    pages = stream.add_silence(8 * 3600 * 400 + 3)
    pages += stream.end()
    assert stream.samples == 8 * 3600 * 48_000 + 3 * 120
    assert len(head + pages) < 4_000_000


def test_the_checksum_is_that_of_the_standard() -> None:
    data = bytes(itertools.islice(itertools.cycle(range(256)), 1000))
    assert checksum(data) == crc(data)


def test_a_full_disk_is_said_once_and_recording_goes_on_in_new_files(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.begin()
    studio.say(TONE, 1.0)
    studio.wait(3.0)
    monkeypatch.setattr(recording, "_free_bytes", lambda _folder: 0)
    studio.wait(4.0)
    studio.say(TONE, 5.0)
    studio.wait(7.0)
    text = "The server's disk is full: what is said is not recorded until there is space again."
    assert studio.states == [("full", text)]
    assert studio.made.dropped == len(TONE)
    monkeypatch.undo()
    for second in range(recording.LOOK_AGAIN_WRITES + 1):
        studio.wait(8.0 + second)
    assert studio.states[1:] == [("writing", "")]
    studio.say(TONE, 30.0)
    studio.end(32.0)
    assert spoken(play(studio.place / "Ada.opus").sound)[0][0] == pytest.approx(1.0, abs=0.012)
    assert spoken(play(studio.place / "Ada-2.opus").sound)[0][0] == pytest.approx(30.0, abs=0.012)


def test_a_disk_that_gets_full_in_the_middle_of_a_page_leaves_whole_pages(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "SPARE_BYTES", 0)
    studio = Studio(small_disk / "voice")
    studio.begin()
    long = [bytes((9 << 3,)) + bytes(390)] * 100
    for second in range(0, 16, 2):
        studio.say(long, float(second))
        studio.wait(second + 3.2)
    assert studio.states[0][0] == "full"
    data = (studio.place / "Ada.opus").read_bytes()
    assert play_sizes(data) == len(data)
    studio.made.close()


def play_sizes(data: bytes) -> int:
    """How many bytes the whole pages of a file have."""
    size = 0
    while len(data) - size >= 27:
        count = data[size + 26]
        size += 27 + count + sum(data[size + 27 : size + 27 + count])
    return size


def test_a_disk_that_fails_ends_the_recording_with_a_sentence_and_nothing_else(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_folder: Path) -> int:
        raise OSError(errno.EIO, "Input/output error")

    studio.begin()
    studio.say(TONE, 1.0)
    studio.wait(3.0)
    files = studio.made._recording
    assert files is not None
    monkeypatch.setattr(files, "write", fails)
    studio.wait(4.0)
    text = "The server's disk failed (Input/output error): what is said is not recorded any more."
    assert studio.states == [("failed", text)]
    studio.say(TONE, 5.0)
    studio.wait(7.0)
    studio.end(8.0)
    studio.made.begin(START_NS + 10**12, by="Eve")
    studio.made.write()
    assert studio.states[-1] == ("writing", "")


def test_more_than_the_thread_can_write_is_dropped_and_counted(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "WAITING_MAX", 10)
    studio.begin()
    studio.say(TONE, 1.0)
    assert studio.made.dropped == len(TONE) - 9
