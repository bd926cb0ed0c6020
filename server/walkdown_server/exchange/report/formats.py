"""Dates, times and numbers as readers of a language write them; local time with its offset from UTC."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

SECS_NS = 1_000_000_000
UNKNOWN = "—"
THIN = "\u202f"

_MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni",
        "Juli", "August", "September", "Oktober", "November", "Dezember",
    ),
}  # fmt: skip
_DATES: Mapping[str, str] = {"en": "{day} {month} {year}", "de": "{day}. {month} {year}"}
_SHORT: Mapping[str, str] = {"en": "%Y-%m-%d", "de": "%d.%m.%Y", "zh_CN": "%Y-%m-%d"}
_MARKS: Mapping[str, tuple[str, str]] = {"en": (",", "."), "de": (".", ","), "zh_CN": (",", ".")}
"""What stands between thousands, and before decimals."""


@dataclass(frozen=True, slots=True)
class Formats:
    """Writes for readers of ``language`` at ``zone``, None for that of this computer."""

    language: str
    zone: tzinfo | None = UTC

    def moment(self, time_ns: int) -> datetime:
        """Return a time in the readers' zone."""
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_ns // 1000)).astimezone(
            self.zone
        )

    def date(self, time_ns: int) -> str:
        """Return the day of a time, in words: ``26 November 2026``."""
        return self._day(self.moment(time_ns).date()) if time_ns else UNKNOWN

    def time(self, time_ns: int) -> str:
        """Return day, time and zone: ``26 November 2026, 05:01 (UTC+01:00)``."""
        if not time_ns:
            return UNKNOWN
        moment = self.moment(time_ns)
        return f"{self._day(moment.date())}{self._comma}{moment:%H:%M} ({_zone(moment)})"

    def short(self, time_ns: int) -> str:
        """Return day and time, short, for tables: ``2026-11-26 05:01``."""
        return f"{self.moment(time_ns):{_SHORT[self.language]} %H:%M}" if time_ns else UNKNOWN

    def clock(self, time_ns: int) -> str:
        """Return the time of day: ``05:01``."""
        return f"{self.moment(time_ns):%H:%M}" if time_ns else UNKNOWN

    def clock_secs(self, time_ns: int) -> str:
        """Return the time of day to the second: ``05:01:02``."""
        return f"{self.moment(time_ns):%H:%M:%S}" if time_ns else UNKNOWN

    def zone_name(self, time_ns: int) -> str:
        """Return the zone of a time: ``UTC+01:00``."""
        return _zone(self.moment(time_ns))

    def due(self, text: str) -> str:
        """Return a due date, short; one that is none as it was typed."""
        try:
            return f"{dt.date.fromisoformat(text[:10]):{_SHORT[self.language]}}"
        except ValueError:
            return text

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with so many decimals, and ``—`` for what is none."""
        if not math.isfinite(value):
            return UNKNOWN
        thousands, point = _MARKS[self.language]
        plain = f"{value:,.{digits}f}"
        return plain.translate({ord(","): thousands, ord("."): point}).replace("-", "−")

    def significant(self, value: float, digits: int = 4) -> str:
        """Return a number with at most so many figures that mean something."""
        if not math.isfinite(value):
            return UNKNOWN
        size = 0 if value == 0 else math.floor(math.log10(abs(value)))
        decimals = min(9, max(0, digits - 1 - size))
        while decimals and round(value, decimals) == round(value, decimals - 1):
            decimals -= 1
        return self.number(value, decimals)

    def minutes(self, secs: float) -> str:
        """Return a length of time in minutes: ``12 min``."""
        return f"{self.number(secs / 60, 0 if secs >= 600 or secs % 60 == 0 else 1)}{THIN}min"

    def _day(self, day: dt.date) -> str:
        if self.language not in _MONTHS:
            return f"{day.year}年{day.month}月{day.day}日"
        return _DATES[self.language].format(
            day=day.day, month=_MONTHS[self.language][day.month - 1], year=day.year
        )

    @property
    def _comma(self) -> str:
        return " " if self.language == "zh_CN" else ", "


def _zone(moment: datetime) -> str:
    offset = moment.utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    if not minutes:
        return "UTC"
    return f"UTC{'+' if minutes > 0 else '−'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
