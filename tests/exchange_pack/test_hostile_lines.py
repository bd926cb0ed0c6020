"""Lines of a pack that were made to take time, or to hold what nobody can keep."""

from __future__ import annotations

import msgspec
import pytest

from tests.exchange_pack.reviews import TRAY
from walkdown.messages import Comment
from walkdown_server.exchange.pack.lines import meant, plain
from walkdown_server.exchange.pack.topic_reading import Draft, TopicReader, read_said, topic_of
from walkdown_server.exchange.pack.topic_text import comment_line

LONG = 400_000
"""So many letters would take hours if each were the begin of a search to the end."""


def quiet(_number: int, _text: str) -> None:
    """Say nothing."""


def said(text: str) -> list[Comment]:
    draft = Draft()
    read_said(text, draft, TRAY.topic, edited_ns=1, say=quiet)
    return draft.comments


@pytest.mark.parametrize("text", ["\\" * LONG + "x<", "\\" * LONG + "<", "<" + "\\" * LONG])
def test_backslashes_without_end_are_written_and_read_as_they_are(text: str) -> None:
    assert meant(plain(text)) == text


@pytest.mark.parametrize(
    "text", [" " * LONG + "x", "<!-- comment {" * (LONG // 14), "<!-- x {}" + " " * LONG]
)
def test_a_comment_of_spaces_or_of_hidden_words_is_read_once(text: str) -> None:
    assert "Ben" in {comment.author for comment in said(f"- Ada: a{text}\n- Ben: b")}


def test_what_is_hidden_behind_a_comment_is_found_behind_what_looks_like_it() -> None:
    comment = Comment(
        "k", TRAY.topic, "a <!-- comment {} --> b", author="Ada", author_id="key", made_ns=10**18
    )
    assert said(comment_line(comment)) == [comment]


@pytest.mark.parametrize(
    "line",
    ["Made: 9999-12-31T00:00:00Z", "Made: 0001-01-01", f"Number: {9 * 10**30}", 'Status: "\\ud800"'],
)
def test_what_no_record_has_room_for_is_not_taken(line: str) -> None:
    topic = topic_of(TopicReader(quiet).read(f"# Leak\n\nTopic: x\n\n{line}\n"), quiet, edited_ns=0)
    assert topic is not None
    assert topic.title == "Leak"
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(topic))
