"""The words of a report in the language of its readers, which may be another than that of the program."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, tzinfo

from walkdown.i18n import closest_language, mark, texts_of
from walkdown.messages import Viewpoint
from walkdown_server.exchange.report.formats import THIN, Formats

DECISIONS: Mapping[str, str] = {
    "approved": mark("Approved"),
    "approved_with_actions": mark("Approved with actions"),
    "repeat": mark("To be reviewed again"),
    "rejected": mark("Rejected"),
}
ROLES: Mapping[str, str] = {
    "observer": mark("Observer"),
    "participant": mark("Participant"),
    "presenter": mark("Presenter"),
    "chair": mark("Chair"),
    "admin": mark("Admin"),
}
DUTIES: Mapping[str, str] = {"driver": mark("Driver"), "scribe": mark("Scribe")}
MARK_KINDS: Mapping[str, str] = {
    "sketch": mark("Sketch"),
    "arrow": mark("Arrow"),
    "dimension": mark("Dimension"),
    "area": mark("Area"),
    "angle": mark("Angle"),
    "clearance": mark("Clearance"),
    "photo": mark("Photo"),
    "file": mark("File"),
}
LABELS: Mapping[str, str] = {
    "models": mark("What was reviewed"),
    "verdict": mark("Verdict"),
    "no_verdict": mark("No verdict was given."),
    "earlier": mark("Earlier verdicts"),
    "figures": mark("In figures"),
    "attendance": mark("Attendance"),
    "agenda": mark("Agenda"),
    "votes": mark("Votes"),
    "actions": mark("Action list"),
    "topics": mark("Topics"),
    "comments": mark("Comments"),
    "evidence": mark("Evidence"),
    "measures": mark("Measured"),
    "missing": mark("What is missing"),
    "parking": mark("Parking list"),
    "signatures": mark("Signatures"),
    "name": mark("Name"),
    "role": mark("Role"),
    "date": mark("Date"),
    "signature": mark("Signature"),
    "none": mark("None."),
    "page": mark("Page {page} of {pages}"),
}
UNITS: Mapping[str, str] = {
    "1": "",
    "m2": "m²",
    "m3": "m³",
    "m3/h": "m³/h",
    "rad": "°",
    "Cel": "°C",
    "deg": "°",
    "um": "µm",
    "min-1": "1/min",
    "/min": "1/min",
    "[pH]": "pH",
}
"""UCUM units that people write in another way."""


class Words:
    """Texts, dates and numbers in one language.

    Args:
        language: such as ``de``; what we lack is English. zone: of the times, None for this computer's.
    """

    def __init__(self, language: str = "en", zone: tzinfo | None = UTC) -> None:
        self.language = closest_language(language)
        self.formats = Formats(self.language, zone)
        self._texts = texts_of(self.language)

    def __call__(self, text: str) -> str:
        """Return a text that was marked, translated."""
        return self._texts.gettext(text) if text else ""

    def labels(self) -> dict[str, str]:
        """Return the headings, by what they head."""
        return {name: self(text) for name, text in LABELS.items()}

    def role(self, role: str) -> str:
        """Return what a role is called."""
        return self(ROLES.get(role, role))

    def duty(self, duty: str) -> str:
        """Return what a duty is called."""
        return self(DUTIES.get(duty, duty))

    def place(self, point: tuple[float, float, float] | None, model: str = "") -> str:
        """Return where a point is, "" for none."""
        if point is None:
            return ""
        where = " / ".join(self.formats.number(value, 2) for value in point) + f"{THIN}m"
        return f"{where} ({model})" if model else where

    def measured(self, value: float, unit: str) -> str:
        """Return what was measured, with its unit as people write it."""
        shown = math.degrees(value) if unit == "rad" else value
        space = "" if unit == "rad" else THIN
        return f"{self.formats.number(shown, 1 if unit == 'rad' else 3)}{space}{UNITS.get(unit, unit)}"

    def unit(self, unit: str) -> str:
        """Return a UCUM unit as people write it, "" for a plain number."""
        return UNITS.get(unit, unit)

    def unit_after(self, unit: str) -> str:
        """Return a unit with the space before it."""
        shown = self.unit(unit)
        return f"{THIN}{shown}" if shown else ""

    def view_caption(self, view: Viewpoint) -> str:
        """Return what stands under the picture of a view: title, time, where the eye was."""
        parts = [view.title]
        if view.time_ns:
            parts.append(self.formats.time(view.time_ns))
        if view.camera is not None:
            parts.append(self(mark("eye at {place}")).format(place=self.place(view.camera.position)))
        return " · ".join(part for part in parts if part)
