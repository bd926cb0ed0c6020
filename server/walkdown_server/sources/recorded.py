"""Recordings: a CSV file with times and values, played at any speed."""

from __future__ import annotations

import asyncio
import csv
import datetime
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from walkdown.errors import SourceError
from walkdown.i18n import _

F64 = npt.NDArray[np.float64]

MAX_ROWS = 10_000_000
SMALLEST_WAIT_SECS = 0.001


@dataclass(frozen=True, slots=True)
class Recording:
    """Values over time.

    Attributes:
        times_secs: (n,) float64, seconds UTC, rising.
        values: (n,) float64.
    """

    times_secs: F64
    values: F64

    @property
    def length_secs(self) -> float:
        """From the first value to the last."""
        return float(self.times_secs[-1] - self.times_secs[0])


def read_recording(path: Path, *, column: str = "", time_column: str = "") -> Recording:
    """Read a CSV file with a header.

    Args:
        path: UTF-8, comma separated.
        column: the values; the first column that is not the time when empty.
        time_column: ISO 8601 or seconds; the first column when empty.

    Raises:
        SourceError: names the file, the line, what was expected and what came.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            time_at = _column(path, header, time_column or (header[0] if header else ""))
            others = [name for number, name in enumerate(header) if number != time_at]
            value_at = _column(path, header, column or (others[0] if others else ""))
            rows = [
                _row(path, number, row, time_at=time_at, value_at=value_at)
                for number, row in enumerate(reader, 2)
                if row
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        text = _("{path}: the recording cannot be read: {reason}")
        raise SourceError(text.format(path=path, reason=error)) from None
    if not rows:
        raise SourceError(_("{path}: the recording has no rows").format(path=path))
    table = np.array(sorted(rows), np.float64)
    return Recording(table[:, 0], table[:, 1])


def _column(path: Path, header: list[str], name: str) -> int:
    if name not in header or not name:
        there = ", ".join(header) or _("none")
        raise SourceError(
            _("{path}: there is no column {name!r}; there are {there}").format(
                path=path, name=name, there=there
            )
        )
    return header.index(name)


def _row(path: Path, line: int, row: list[str], *, time_at: int, value_at: int) -> tuple[float, float]:
    try:
        value = float(row[value_at])
        time_secs = _time(row[time_at])
    except (ValueError, IndexError):
        text = _("{path}, line {line}: expected a time and a number, but got {row}")
        raise SourceError(text.format(path=path, line=line, row=row[:5])) from None
    if not math.isfinite(value) or not math.isfinite(time_secs):
        text = _("{path}, line {line}: expected finite numbers, but got {row}")
        raise SourceError(text.format(path=path, line=line, row=row[:5]))
    return time_secs, value


def _time(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        moment = datetime.datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()


async def play(
    recording: Recording,
    *,
    speed: float,
    repeat: bool = False,
    clock: Callable[[], float] | None = None,
) -> AsyncIterator[tuple[float, float]]:
    """Yield (time in seconds UTC as recorded, value) when each is due.

    Args:
        recording: what to play.
        speed: recorded seconds per second; ``inf`` does not wait at all.
        repeat: begin again at the end, one mean interval after the last value.
        clock: monotonic seconds.
    """
    now = clock or asyncio.get_running_loop().time
    begin = now()
    offsets = (recording.times_secs - recording.times_secs[0]) / speed
    interval = float(offsets[-1]) / max(1, len(offsets) - 1)
    while True:
        for number, offset in enumerate(offsets.tolist()):
            wait_secs = begin + offset - now()
            if wait_secs > SMALLEST_WAIT_SECS or number % 100 == 0:
                await asyncio.sleep(max(0.0, wait_secs))
            yield float(recording.times_secs[number]), float(recording.values[number])
        if not repeat:
            return
        begin += float(offsets[-1]) + interval
