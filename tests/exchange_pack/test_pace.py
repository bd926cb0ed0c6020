"""What changes in a large review is found without looking at all of it, and written without haste."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.exchange_pack.reviews import RAIL, TRAY, review
from walkdown_server.exchange.pack import keeping
from walkdown_server.exchange.pack.changes import Changes
from walkdown_server.exchange.pack.keeping import BREATH_SECS, BREATH_SHARE, SHORT_BREATHS, Pace


class Clock:
    """A clock that goes on when somebody sleeps or works."""

    def __init__(self) -> None:
        self.now_secs = 100.0
        self.slept: list[float] = []

    def sleep(self, secs: float) -> None:
        self.slept.append(secs)
        self.now_secs += secs

    def monotonic(self) -> float:
        return self.now_secs

    def thread_time(self) -> float:
        return self.now_secs - sum(self.slept)


def test_thousands_of_files_come_ever_so_slowly_and_at_the_end_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, pace = Clock(), Pace()
    monkeypatch.setattr(keeping, "time", clock)
    pace.begin()
    for _breath in range(SHORT_BREATHS + 2):
        clock.now_secs += 0.25
        pace.breathe()
    assert clock.slept[:SHORT_BREATHS] == [BREATH_SECS] * SHORT_BREATHS
    assert clock.slept[SHORT_BREATHS:] == pytest.approx([BREATH_SHARE * 0.25] * 2)
    pace.end()
    assert pace.took_secs == pytest.approx(0.25 * (SHORT_BREATHS + 2)), "who sleeps does not work"
    pace.hurries = True
    pace.breathe()
    assert len(clock.slept) == SHORT_BREATHS + 2


def seen(changes: Changes) -> set[str]:
    found = set(changes.pending)
    changes.pending.clear()
    return found


def test_a_topic_is_looked_at_again_when_anything_of_it_is_another() -> None:
    state, changes = review(), Changes()
    changes.see(state)
    assert {RAIL.topic, TRAY.topic} <= seen(changes)
    changes.see(state)
    assert not seen(changes)
    state.topics[RAIL.topic] = replace(RAIL, status="Closed")
    changes.see(state)
    assert seen(changes) == {RAIL.topic}


def test_what_belongs_to_a_topic_counts_where_it_was_and_where_it_is() -> None:
    state, changes = review(), Changes()
    changes.see(state)
    seen(changes)
    name, comment = next((name, one) for name, one in state.comments.items() if one.topic == RAIL.topic)
    state.comments[name] = replace(comment, topic=TRAY.topic)
    changes.see(state)
    assert seen(changes) == {RAIL.topic, TRAY.topic}
    del state.comments[name]
    changes.see(state)
    assert seen(changes) == {TRAY.topic}


def test_what_was_not_written_stays_to_be_written() -> None:
    state, changes = review(), Changes()
    changes.see(state)
    del changes.pending[TRAY.topic]
    changes.see(state)
    assert RAIL.topic in changes.pending
    assert TRAY.topic not in changes.pending
