"""Records a session of this release, as it will still have to be read by every later one.

    python -m tests.server.recorded_session

writes ``tests/data/sessions/VERSION``: ``journal`` and ``heads`` as a server keeps them, ``session.wds`` as
it is exported, and ``expected.json``, the state that they stand for. Once a release is out, its folder stays
as it is; with a new version a new one is recorded.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from walkdown.messages import (
    IN_PLACE,
    ModelState,
    Operation,
    PlaceModel,
    PutNote,
    PutZone,
    Redo,
    RemoveModel,
    RemoveNote,
    RemoveZone,
    Trigger,
    Undo,
    Zone,
)
from walkdown_server.journal import Store
from walkdown_server.journal.exported import About, key_of, pack, packages_of
from walkdown_server.journal.kept import entry_of, record_of
from walkdown_server.journal.reading import Reading
from walkdown_server.journal.store import bytes_of_folder, read_folder
from walkdown_server.keys import ServerKey
from walkdown_server.ruling import Author, BringModel, Decree, Draft
from walkdown_server.session import Session, Wish

ROOT = Path(__file__).parents[2]
SESSIONS = ROOT / "tests" / "data" / "sessions"
EVE, CARL, ADA = Author("e", "Eve"), Author("c", "Carl", "chair"), Author("a", "Ada 盖", "admin")
HALL = ModelState("hall", "Hall", "p0", author="", author_id="")
MOVED = (*IN_PLACE[:3], 4.5, *IN_PLACE[4:])
NOTES = {"first": (1.0, 2.0, 3.0), "second": (-4.25, 0.0, 1e-3)}
WISHES: tuple[tuple[Author, Wish], ...] = (
    (ADA, Decree("invited", {"invite": "i1", "role": "chair", "expires_ns": 10**18, "uses": 2}, 1)),
    (CARL, Decree("joined", {"author_id": "c", "name": "Carl", "role": "chair", "key": "", "invite": "i1"})),
    (EVE, PutNote(1, "first", "one", NOTES["first"])),
    (EVE, PutNote(2, "second", "ü 盖\nline", NOTES["second"], "P-101", "hall")),
    (EVE, PutNote(3, "first", "two", NOTES["first"], base=3)),
    (EVE, Undo(4)),
    (EVE, Redo(5)),
    (CARL, RemoveNote(1, "first")),
    (CARL, Undo(2)),
    (CARL, Trigger(3, "clog")),
    (CARL, BringModel("m", "Wall", "ab" * 32)),
    (CARL, PlaceModel(4, "m", MOVED)),
    (CARL, BringModel("m", "Wall", "cd" * 32)),
    (CARL, PlaceModel(5, "hall", MOVED)),
    (ADA, BringModel("gone", "Gone", "ef" * 32)),
    (ADA, RemoveModel(9, "gone")),
    (ADA, Decree("muted", {"author_id": "e", "name": "Eve", "muted": True}, 10)),
    (ADA, Decree("role", {"author_id": "e", "name": "Eve", "role": "observer"}, 11)),
    (ADA, Decree("kicked", {"author_id": "e", "name": "Eve", "text": "enough"}, 12)),
    (ADA, Decree("revoked", {"invite": "i1"}, 13)),
    (ADA, Decree("muted_all", {"muted": True}, 14)),
    (ADA, Decree("presenting", {"author_id": "c", "name": "Carl", "presenting": True}, 15)),
    (ADA, Decree("recording", {"on": True}, 16)),
    (CARL, PutZone(6, Zone("z", "Office", (0.0, 0.0, 0.0), (4.0, 5.5, 3.0)))),
    (CARL, PutZone(7, Zone("y", "Lab", (9.0, 0.0, 0.0), (12.0, 5.5, 3.0)))),
    (CARL, RemoveZone(8, "y")),
)
GROUPS = (3, 1, 6, 4, 12)


def new_session() -> Session:
    """The session that the recorded ones are of."""
    return Session(things=["P-101"], disturbances=["clog"], models=[HALL])


def state_of(reading: Reading) -> dict[str, Any]:
    """Return everything that records stand for, as plain values."""
    session = new_session()
    for entry in reading.entries:
        session.apply(record_of(entry))
    state = session._applied
    plain: dict[str, Any] = {
        "number": state.number,
        "time_ns": state.time_ns,
        "notes": {name: msgspec.to_builtins(note) for name, note in state.notes.items()},
        "models": {name: msgspec.to_builtins(model) for name, model in state.models.items()},
        "zones": {name: msgspec.to_builtins(zone) for name, zone in state.zones.items()},
        "disturbances": state.disturbances,
        "authors": {
            author: {
                "last_op": session.last_op(author),
                "undo": [change.number for change in authored.done],
                "redo": [change.number for change in authored.undone],
            }
            for author, authored in state.authors.items()
        },
        "register": msgspec.to_builtins(state.register, order="sorted"),
    }
    loaded: dict[str, Any] = json.loads(json.dumps(plain))
    return loaded


def release() -> str:
    """Return major and minor version of this release."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return ".".join(project["version"].split(".")[:2])


def record(folder: Path) -> None:
    """Write the files of a recorded session; replaces them."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        _play(Path(place))
        for name in ("journal", "heads"):
            shutil.copyfile(Path(place) / "s" / name, folder / name)
    reading = read_folder(folder, all_signatures=True)
    assert reading.faults == ()
    journal, heads = bytes_of_folder(folder)
    packages = packages_of(reading.entries)
    about = About("Recorded", release(), 10**18, reading.at.number, key_of(reading.heads), packages)
    (folder / "session.wds").write_bytes(pack(about, journal=journal, heads=heads))
    expected = json.dumps(state_of(reading), indent=1, ensure_ascii=False, sort_keys=True)
    (folder / "expected.json").write_text(expected + "\n", "utf-8")


def _play(place: Path) -> None:
    session, store = new_session(), Store(place / "s", ServerKey.of_folder(place))
    drafts = []
    for index, (author, wish) in enumerate(WISHES):
        draft = session.decide(wish, author)
        assert isinstance(draft, Draft), (wish, draft)
        recorded = session.expect(draft, 1_000_000_000 * (index + 1))
        session.apply(recorded)
        drafts.append(entry_of(recorded))
    for size in GROUPS:
        store.append([drafts.pop(0) for _ in range(size)])
    store.close()
    assert not drafts
    assert sum(isinstance(wish, Operation) for _author, wish in WISHES) > len(GROUPS)


if __name__ == "__main__":
    record(SESSIONS / release())
