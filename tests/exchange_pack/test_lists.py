"""What the lists of a session pack make of texts that were not written for them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.exchange_pack.reviews import ABOUT, TRAY
from walkdown.messages import Attendance, ChatLine
from walkdown.review import ReviewState
from walkdown_server.exchange.pack.minutes import attendance_table, chat_line, minutes, topic_lines


@pytest.mark.parametrize("title", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_cell_of_the_action_list_is_a_formula(title: str) -> None:
    row = topic_lines(replace(TRAY, title=title), comments=0).row
    assert row.split(",")[1].removeprefix('"').startswith("'")


def test_a_line_of_the_chat_does_not_grow_with_how_often_it_names_a_thing() -> None:
    state = ReviewState(topics={TRAY.topic: replace(TRAY, title="x" * 500)})
    line = ChatLine("l", "{0}" * 1300, links=(f"topic:{TRAY.topic}",))
    assert len(chat_line(line, state)) < 8000


def test_who_makes_a_report_by_a_command_did_not_attend_the_review() -> None:
    there = (
        Attendance("a", "Ada", "chair", spans=((1, 2),)),
        Attendance("b", "root", "admin", "bot", ((1, 2),)),
    )
    state = ReviewState(attendance={one.author_id: one for one in there})
    assert "- Ada, chair" in minutes(state, ABOUT, ())
    assert "root" not in minutes(state, ABOUT, ())
    assert "root,admin,bot" in attendance_table(state)
