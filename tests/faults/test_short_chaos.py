"""The fault suite in short: a few kills, and a check that would see what must not happen."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.chaos.histories import Histories, Operated, Seen, Writer, mark_of, mark_of_notes, violations
from tests.chaos.stage import Stage, judge, kill, writers
from walkdown.messages import Record

KILLS = 4


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_four_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    chance = random.Random(4)
    with Stage(tmp_path) as stage, writers(stage, count=4) as working:
        server = stage.start()
        for _kill in range(KILLS):
            stage.wait_until_it_listens(server)
            time.sleep(chance.uniform(0.2, 0.8))
            kill(server)
            server = stage.start()
        stage.wait_until_it_listens(server)
        histories = working.finish()
        kill(server)
    assert "0 violations" in judge(stage, histories, kills=KILLS)
    assert histories.acknowledged > 10


# ---- the check itself -------------------------------------------------------------------------------


def removed(number: int, author: str, op: int) -> Record:
    return Record(number, number, author, author, "note_removed", {"note": f"n{number}"}, op)


def journal() -> list[Record]:
    return [removed(1, "a", 1), removed(2, "b", 1), removed(3, "a", 2), removed(4, "b", 2)]


def right() -> Histories:
    """What two writers did and saw of that journal."""
    seen = [Seen(record.number, mark_of(record)) for record in journal()]
    joined_late = [Seen(2, NOTHING, snapshot=True), *seen[2:]]
    return Histories(
        [
            Writer("a", [Operated(1, 10, 20, 1), Operated(2, 30, 60, 3)], list(seen)),
            Writer("b", [Operated(1, 15, 40, 2), Operated(2, 61, 70, 4)], joined_late),
        ]
    )


NOTHING = mark_of_notes([])


def test_a_right_history_has_no_violations() -> None:
    assert violations(right(), journal()) == []


def double(h: Histories, records: list[Record]) -> None:
    records.append(removed(5, "a", 2))


def lose(h: Histories, records: list[Record]) -> None:
    records.pop()


def misnumber(h: Histories, records: list[Record]) -> None:
    records[2] = msgspec.structs.replace(records[2], number=4)


def skip(h: Histories, records: list[Record]) -> None:
    del h.writers[0].seen[1]


def repeat(h: Histories, records: list[Record]) -> None:
    h.writers[0].seen.insert(1, h.writers[0].seen[0])


def diverge(h: Histories, records: list[Record]) -> None:
    h.writers[0].seen[3].what = "another"


def invent(h: Histories, records: list[Record]) -> None:
    h.writers[0].seen.append(Seen(5, "another"))


def fake_snapshot(h: Histories, records: list[Record]) -> None:
    h.writers[1].seen[0].what = "another"


def go_back(h: Histories, records: list[Record]) -> None:
    h.writers[0].seen.append(Seen(2, NOTHING, snapshot=True))


def acknowledge_wrongly(h: Histories, records: list[Record]) -> None:
    h.writers[0].operated[0].number = 2


def refuse_and_do(h: Histories, records: list[Record]) -> None:
    h.writers[1].operated[1].number, h.writers[1].operated[1].code = 0, "rate"


def reorder(h: Histories, records: list[Record]) -> None:
    h.writers[0].operated[1].begun_ns, h.writers[0].operated[1].answered_ns = 71, 80


@pytest.mark.parametrize(
    "harm",
    [
        *(double, lose, misnumber, skip, repeat, diverge, invent, fake_snapshot, go_back),
        *(acknowledge_wrongly, refuse_and_do, reorder),
    ],
    ids=lambda harm: harm.__name__,
)
def test_each_thing_that_must_not_happen_is_seen(
    harm: Callable[[Histories, list[Record]], None],
) -> None:
    histories, records = right(), journal()
    harm(histories, records)
    assert violations(histories, records)
