"""Recordings are read, and played at any speed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from walkdown.errors import SourceError
from walkdown_server.sources.recorded import Recording, play, read_recording

MACHINE = Path(__file__).parents[1] / "data" / "machine_temperature_system_failure.csv"


def written(folder: Path, text: str) -> Path:
    path = folder / "recording.csv"
    path.write_text(text, encoding="utf-8")
    return path


def steps(*times_secs: float) -> Recording:
    return Recording(np.array(times_secs), np.arange(len(times_secs), dtype=np.float64))


def test_the_machine_temperature_is_read_whole() -> None:
    recording = read_recording(MACHINE)
    assert len(recording.values) == 22695
    assert recording.values[0] == 73.96732207
    assert recording.times_secs[0] == 1386018900.0  # 2013-12-02 21:15 UTC
    assert (np.diff(recording.times_secs) >= 0).all()
    assert recording.length_secs > 78 * 86400


def test_columns_can_be_chosen_and_rows_are_put_in_order(tmp_path: Path) -> None:
    path = written(tmp_path, "id,t,speed\n1,20,2.5\n2,10,1.5\n")
    recording = read_recording(path, time_column="t", column="speed")
    assert recording.times_secs.tolist() == [10, 20]
    assert recording.values.tolist() == [1.5, 2.5]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "there is no column ''; there are none"),
        ("t,v\n", "the recording has no rows"),
        ("t\n1\n", "there is no column ''"),
        ("t,v\n1,warm\n", "line 2: expected a time and a number, but got ['1', 'warm']"),
        ("t,v\n1,1\nsoon,2\n", "line 3: expected a time and a number"),
        ("t,v\n1\n", "line 2: expected a time and a number"),
        ("t,v\n1,nan\n", "line 2: expected finite numbers"),
    ],
)
def test_a_bad_recording_is_named_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_recording(written(tmp_path, text))
    assert sentence in str(caught.value)
    assert "recording.csv" in str(caught.value)


def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.csv: the recording cannot be read"):
        read_recording(tmp_path / "gone.csv")


@pytest.mark.looptime
async def test_values_come_when_they_are_due() -> None:
    now = asyncio.get_running_loop().time
    due = [(now(), time, value) async for time, value in play(steps(100, 110, 140), speed=10)]
    assert [(time, value) for _, time, value in due] == [(100, 0), (110, 1), (140, 2)]
    np.testing.assert_allclose([at for at, _, _ in due], [0, 1, 4], atol=0.01)


async def test_an_endless_speed_does_not_wait() -> None:
    values = [value async for _, value in play(read_recording(MACHINE), speed=float("inf"))]
    assert len(values) == 22695


@pytest.mark.looptime
async def test_a_recording_begins_again_after_a_mean_interval() -> None:
    due: list[float] = []
    async for _, _ in play(steps(0, 10, 20), speed=1, repeat=True):
        due.append(asyncio.get_running_loop().time())
        if len(due) == 5:
            break
    np.testing.assert_allclose(due, [0, 10, 20, 30, 40], atol=0.01)
