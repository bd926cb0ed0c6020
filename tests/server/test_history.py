"""The past of a session on disk: bounded, through restarts and catalogues, never to the session's harm."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import zstandard

from walkdown import codec
from walkdown.blocks import pack_blocks
from walkdown.codec import Section, pack_section
from walkdown.signals import SignalTable
from walkdown.twin import GOOD, Signal, Thing, make_catalogue
from walkdown_server.history import recorder as recording
from walkdown_server.history.extraction import Interval
from walkdown_server.history.reading import Reading
from walkdown_server.history.recorder import Recorder
from walkdown_server.history.records import Entry, Kind
from walkdown_server.history.ring import Ring

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
FIRST, OTHER = bytes([1]) * 32, bytes([2]) * 32


def catalogue_of(count: int, *, before: int = 0) -> tuple[bytes, SignalTable]:
    """The bytes and the table of a catalogue with ``before`` other signals in front."""
    names = [*(f"other{i}" for i in range(before)), *(f"s{i}" for i in range(count))]
    made = make_catalogue(
        1, things=(Thing("t", "T"),), signals=tuple(Signal(name, "t", name) for name in names)
    )
    data = zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(made))
    return data, SignalTable(made.signals)


class House:
    """A ring with a table, into which ticks are written."""

    def __init__(
        self, folder: Path, *, count: int = 600, before: int = 0, catalogue: bytes = FIRST, mb: float = 1.0
    ) -> None:
        data, self.table = catalogue_of(count, before=before)
        self.ring = Ring(folder, catalogue=catalogue, catalogue_bytes=data, limit_bytes=int(mb * 1e6))
        self.reading = Reading(self.ring, catalogue=catalogue, table=self.table)

    def tick(self, second: float, rows: list[int], values: list[float]) -> None:
        now_ns = START + round(second * SECOND)
        self.table.write(np.array(rows), np.array(values), quality=GOOD, times_ns=now_ns)
        changed = np.zeros(len(self.table.signals), bool)
        changed[rows] = True
        numbers = np.unique(self.table.layout.block_of[rows])
        packed = pack_blocks(1, self.table, numbers, changed=changed, now_ns=now_ns)
        self.keep(Entry(Kind.BLOCKS, now_ns, packed.data))

    def keep(self, *entries: Entry) -> None:
        self.ring.gather(entries)
        self.ring.append(entries)

    def read(self, signal: str, start: float, stop: float, **options: int) -> list[tuple[float, float]]:
        span = Interval(START + round(start * SECOND), START + round(stop * SECOND))
        times, values, _quality = self.reading.series(signal, span, **options)
        return [((t - START) / SECOND, v) for t, v in zip(times.tolist(), values.tolist(), strict=True)]


def test_what_was_told_is_read_by_signal_and_interval(tmp_path: Path) -> None:
    house = House(tmp_path)
    for second in range(10):
        house.tick(second, [3, 400], [second, 100 + second])
    assert house.read("s3", 4, 6) == [(4, 4), (5, 5), (6, 6)]
    assert house.read("s400", 4.5, 6) == [(4.5, 104), (5, 105), (6, 106)]
    assert house.read("s4", 0, 9) == []
    assert house.read("nobody", 0, 9) == []


@pytest.mark.parametrize("sealed", [False, True])
def test_it_is_read_again_after_a_restart(tmp_path: Path, sealed: bool) -> None:
    house = House(tmp_path)
    for second in range(5):
        house.tick(second, [3], [second])
    if sealed:
        house.ring.seal()
    house.tick(5, [3], [5])
    house.ring.close()
    again = House(tmp_path)
    assert again.ring.newest_ns == START + 5 * SECOND
    assert again.ring.oldest_ns == START
    again.tick(6, [3], [6])
    assert again.read("s3", 3, 9) == [(3, 3), (4, 4), (5, 5), (6, 6)]


def test_a_restart_is_a_break_in_the_line(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.tick(1, [3], [1])
    house.tick(2, [4], [2])
    ended = (START + 2 * SECOND).to_bytes(8, "little")
    house.keep(Entry(Kind.STARTED, START + 5 * SECOND, ended))
    house.tick(6, [3], [6])
    found = house.read("s3", 0, 9)
    assert [round(time, 6) for time, _value in found] == [1, 2, 6]
    assert np.isnan(found[1][1])


def test_a_log_that_was_torn_is_cut_and_goes_on(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.tick(1, [3], [1])
    house.tick(2, [3], [2])
    house.ring.close()
    log = tmp_path / "log"
    log.write_bytes(log.read_bytes()[:-3])
    again = House(tmp_path)
    again.tick(3, [3], [3])
    again.ring.close()
    assert House(tmp_path).read("s3", 0, 9) == [(1, 1), (3, 3)]


def test_a_log_of_nonsense_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"nonsense" * 100)
    house = House(tmp_path)
    house.tick(1, [3], [1])
    assert house.read("s3", 0, 9) == [(1, 1)]


def test_a_damaged_segment_is_left_out_and_the_others_are_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(tmp_path)
    for second in range(3):
        house.tick(second, [3], [second])
        house.ring.seal()
    house.ring.close()
    damaged, broken, whole = sorted(tmp_path.glob("*.seg"))
    damaged.write_bytes(damaged.read_bytes()[:-5])
    data = bytearray(broken.read_bytes())
    data[60:70] = bytes(10)
    broken.write_bytes(data)
    assert House(tmp_path).read("s3", 0, 9) == [(2, 2)]
    assert "damaged" in caplog.text
    assert whole.exists()


def test_old_values_are_read_after_the_catalogue_has_changed(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.tick(1, [3], [1])
    house.ring.close()
    other = House(tmp_path, before=300, catalogue=OTHER)
    other.tick(2, [303], [2])
    assert other.read("s3", 0, 9) == [(1, 1), (2, 2)]
    other.ring.seal()
    other.ring.close()
    assert House(tmp_path, catalogue=FIRST).read("s3", 0, 9) == [(1, 1), (2, 2)]


def test_the_ring_keeps_to_its_size_and_the_oldest_goes_first(tmp_path: Path) -> None:
    house = House(tmp_path, mb=0.3)
    rng = np.random.default_rng(1)
    for second in range(400):
        house.tick(second, list(range(600)), rng.normal(size=600).tolist())
        if house.ring.is_full:
            house.ring.seal()
    there = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert 150_000 < there <= 300_000
    oldest = (house.ring.oldest_ns - START) / SECOND
    assert 0 < oldest < 399
    assert house.read("s3", 0, 399)[0][0] >= oldest
    assert len(list(tmp_path.glob("*.catalogue"))) == 1


def test_a_catalogue_goes_with_the_last_of_its_blocks(tmp_path: Path) -> None:
    house = House(tmp_path, mb=0.3)
    house.tick(0, [3], [1])
    house.ring.close()
    other = House(tmp_path, before=10, catalogue=OTHER, mb=0.3)
    assert len(list(tmp_path.glob("*.catalogue"))) == 2
    rng = np.random.default_rng(1)
    for second in range(400):
        other.tick(second, list(range(600)), rng.normal(size=600).tolist())
        if other.ring.is_full:
            other.ring.seal()
    assert len(list(tmp_path.glob("*.catalogue"))) == 1


def poses(*people: int, x: float = 0.0) -> bytes:
    records = codec.pack_poses(people, [[x, 0, 1.7]] * len(people), [[1, 0, 0, 0]] * len(people))
    return pack_section(Section.POSES, records.tobytes())


class Recording:
    """A recorder whose thread is stepped by hand."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(threading.Thread, "start", lambda _thread: None)
        monkeypatch.setattr(threading.Thread, "join", lambda _thread, _secs=None: None)
        self.house = House(folder)
        self.states: list[str] = []
        self.now = 0
        self.recorder = Recorder(
            self.house.ring,
            folder,
            now_ns=lambda: START + self.now * SECOND,
            on_state=lambda state, _text: self.states.append(state),
        )

    def keep(self, second: int, blocks: bytes = b"", poses: bytes = b"") -> None:
        self.now = second
        self.recorder.keep(START + second * SECOND, blocks, poses)

    def write(self) -> None:
        self.recorder._write()


def block(house: House, second: int, value: float) -> bytes:
    now_ns = START + second * SECOND
    house.table.write(np.array([3]), np.array([value]), quality=GOOD, times_ns=now_ns)
    return pack_blocks(1, house.table, np.array([0]), changed=None, now_ns=now_ns).data


def test_poses_are_kept_of_those_who_moved_with_who_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = Recording(tmp_path, monkeypatch)
    recording.recorder.meet(7, "ada")
    recording.recorder.meet(8, "ben")
    recording.keep(1, poses=poses(7, 8))
    recording.keep(2, poses=poses(7) + poses(8, x=1.0))
    recording.keep(3, poses=poses(7) + poses(8, x=1.0))
    recording.keep(90, poses=poses(7) + poses(8, x=1.0))
    recording.write()
    reading = recording.house.reading
    everything = Interval(START, START + 99 * SECOND)
    found = [(time_ns, records["id"].tolist()) for time_ns, records in reading.poses(everything)]
    assert found == [
        (START + SECOND, [7, 8]), (START + 2 * SECOND, [8]), (START + 90 * SECOND, [7, 8])
    ]  # fmt: skip
    assert reading.people(everything) == {7: "ada", 8: "ben"}


def test_each_segment_says_who_people_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = Recording(tmp_path, monkeypatch)
    recording.recorder.meet(7, "ada")
    recording.keep(1, poses=poses(7))
    recording.write()
    monkeypatch.setattr(Ring, "is_full", True)
    recording.write()
    monkeypatch.setattr(Ring, "is_full", False)
    recording.keep(100, poses=poses(7))
    recording.write()
    reading = recording.house.reading
    assert reading.people(Interval(START + 99 * SECOND, START + 101 * SECOND)) == {7: "ada"}
    assert len(reading.poses(Interval(START + 99 * SECOND, START + 101 * SECOND))) == 1


@pytest.mark.parametrize(
    ("number", "state"), [(errno.ENOSPC, "full"), (errno.EDQUOT, "full"), (errno.EIO, "failed")]
)
def test_a_disk_that_fails_stops_the_past_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, state: str
) -> None:
    recording = Recording(tmp_path, monkeypatch)
    recording.keep(1, block(recording.house, 1, 1))
    recording.write()
    with monkeypatch.context() as broken:
        broken.setattr(os, "write", failing(number))
        recording.keep(2, block(recording.house, 2, 2))
        recording.write()
    assert recording.states == [state]
    recording.keep(3, block(recording.house, 3, 3))
    assert recording.recorder.dropped >= 1
    for _again in range(recording_module().WRITES_UNTIL_AGAIN + 1):
        recording.write()
    recording.keep(4, block(recording.house, 4, 4))
    recording.write()
    assert recording.states == ([state, "writing"] if state == "full" else [state])
    recording.recorder.close()
    kept = {time for time, value in House(tmp_path).read("s3", 0, 9) if value == value}
    assert kept == ({1.0, 4.0} if state == "full" else {1.0})


def failing(number: int) -> Callable[..., int]:
    def fail(*_given: object) -> int:
        raise OSError(number, os.strerror(number))

    return fail


def test_the_last_of_a_disk_is_left_to_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = Recording(tmp_path, monkeypatch)
    monkeypatch.setattr(recording_module(), "has_room", lambda _folder, _bytes: False)
    recording.keep(1, block(recording.house, 1, 1))
    recording.write()
    recording.write()
    assert recording.states == ["full"]
    monkeypatch.setattr(recording_module(), "has_room", lambda _folder, _bytes: True)
    recording.write()
    recording.keep(2, block(recording.house, 2, 2))
    recording.write()
    assert recording.states == ["full", "writing"]
    assert recording.house.read("s3", 2, 9)[-1] == (2, 2)


def recording_module() -> Any:
    return recording


def test_ticks_that_the_thread_has_no_time_for_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recording(tmp_path, monkeypatch)
    for second in range(recording.WAITING_MAX + 5):
        recorder.keep(second, block(recorder.house, second, second))
    assert recorder.recorder.dropped in (5, 6)


def test_a_segment_that_could_not_be_written_is_tried_again_and_read_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path)
    house.tick(1, [3], [1])
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", failing(errno.ENOSPC))
        with pytest.raises(OSError, match="No space"):
            house.ring.seal()
    house.tick(2, [3], [2])
    assert house.ring.is_full
    assert house.read("s3", 0, 9) == [(1, 1), (2, 2)]
    house.ring.seal()
    house.ring.close()
    assert House(tmp_path).read("s3", 0, 9) == [(1, 1), (2, 2)]
    assert not list(tmp_path.glob("*.new"))


def test_a_disk_that_is_really_full_is_written_again_when_there_is_room(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recording(small_disk / "history", monkeypatch)
    monkeypatch.setattr(recording_module(), "has_room", lambda _folder, _bytes: True)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(160_000))
    second = 0
    while recorder.states != ["full"]:
        second += 1
        recorder.keep(second, block(recorder.house, second, second))
        recorder.write()
    ballast.unlink()
    for _again in range(recording_module().WRITES_UNTIL_AGAIN + 1):
        recorder.write()
    recorder.keep(second + 1, block(recorder.house, second + 1, -1.0))
    recorder.write()
    recorder.recorder.close()
    assert recorder.states == ["full", "writing"]
    house = House(small_disk / "history")
    found = house.read("s3", 0, second + 1)
    house.ring.close()
    assert [value for time, value in found if time <= 3] == [1.0, 2.0, 3.0]
    assert found[-1] == (second + 1, -1.0)


KILLED = """
import sys
from pathlib import Path
from tests.server.test_history import House
house = House(Path(sys.argv[1]), mb=0.3)
for second in range(1, 10**6):
    house.tick(second, list(range(600)), [float(second)] * 600)
    if house.ring.is_full:
        house.ring.seal()
    print(second, flush=True)
"""


def test_what_was_written_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    for written in (3, 170, 171):
        folder = tmp_path / str(written)
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
        ) as process:
            assert process.stdout is not None
            while int(process.stdout.readline()) < written:
                pass
            process.kill()
        house = House(folder, mb=0.3)
        values = [value for _time, value in house.read("s599", 0, 10**6)]
        assert values[-1] >= written
        assert values == [float(number) for number in range(round(values[0]), round(values[-1]) + 1)]
        house.ring.close()
