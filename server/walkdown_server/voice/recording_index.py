"""Reads what the index of a voice recording says: when it was, whose tracks there are, who spoke when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from walkdown_server.voice.recording_files import INDEX


@dataclass(slots=True)
class TrackFile:
    """The track of one person; ``spoken`` are session times from and to, without a pause between."""

    file: str
    name: str
    person: str
    spoken: list[tuple[int, int]] = field(default_factory=list)

    @property
    def spoken_secs(self) -> float:
        """How long the person spoke."""
        return sum(to_ns - from_ns for from_ns, to_ns in self.spoken) / 1e9


@dataclass(slots=True)
class Recorded:
    """A recording; session times in ns, ``end_ns`` is 0 for one that was not ended."""

    folder: Path
    session: str
    by: str
    start_ns: int
    end_ns: int = 0
    tracks: list[TrackFile] = field(default_factory=list)

    @property
    def secs(self) -> float:
        """How long it is, or how long it is known to be."""
        last = max([to_ns for track in self.tracks for _from, to_ns in track.spoken], default=self.start_ns)
        return ((self.end_ns or last) - self.start_ns) / 1e9


def recordings_in(folder: Path) -> list[Recorded]:
    """Return the recordings of a session, the oldest first; what has no readable index is left out."""
    found = [read_index(place) for place in folder.iterdir()] if folder.is_dir() else []
    return sorted((one for one in found if one is not None), key=lambda one: one.start_ns)


def read_index(place: Path) -> Recorded | None:
    """Return what the index in a folder says, None for none; a line that is cut is passed over."""
    try:
        lines = (place / INDEX).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    recorded: Recorded | None = None
    for entry in _entries(lines):
        if entry["what"] == "recording":
            recorded = Recorded(place, entry["session"], entry["by"], entry["start_ns"])
        elif recorded is not None:
            _note(recorded, entry)
    return recorded


def _entries(lines: list[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and _KEYS.get(str(entry.get("what")), {""}) <= set(entry):
            yield entry


_KEYS = {
    "recording": {"session", "by", "start_ns"},
    "track": {"file", "name", "person"},
    "spoke": {"file", "from_ns", "to_ns"},
    "end": {"end_ns"},
}


def _note(recorded: Recorded, entry: dict[str, Any]) -> None:
    if entry["what"] == "end":
        recorded.end_ns = entry["end_ns"]
    elif entry["what"] == "track":
        recorded.tracks.append(TrackFile(entry["file"], entry["name"], entry["person"]))
    else:
        track = next((one for one in recorded.tracks if one.file == entry["file"]), None)
        if track is not None and track.spoken and track.spoken[-1][1] == entry["from_ns"]:
            track.spoken[-1] = track.spoken[-1][0], entry["to_ns"]
        elif track is not None:
            track.spoken.append((entry["from_ns"], entry["to_ns"]))
