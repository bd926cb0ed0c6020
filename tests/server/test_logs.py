"""The log: a line for each event, as text or JSON, and nothing in it that lets anyone in."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import open_house
from walkdown import messages
from walkdown_server.logs import about, begin_log, formatter


@pytest.fixture(autouse=True)
def loggers_as_they_were() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("walkdown_server")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_who_comes_goes_and_is_refused_stands_on_one_line_each(tmp_path: Path) -> None:
    stream = io.StringIO()
    begin_log("json", debug=False, stream=stream)
    async with open_house(tmp_path) as house:
        async with house.guest("Ada") as ada:
            await ada.operate(messages.PutNote, note="n", text="private words", point=(0, 0, 0))
        async with house.socket() as socket:
            await socket.send(messages.encode(messages.Ping(1)))
            await socket.recv()
    told = {line["event"]: line for line in lines(stream)}
    assert {"session opened", "joined", "note", "left", "refused", "session shut"} <= set(told)
    joined = told["joined"]
    assert (joined["session"], joined["who"], joined["address"]) == ("Test", "Ada", "127.0.0.1")
    assert joined["person"] == told["left"]["person"] == 1
    assert joined["level"] == "info"
    assert told["refused"]["code"] == "hello"
    assert "private words" not in stream.getvalue()
    assert all(re.fullmatch(r"\d{4}-.*Z", line["timestamp"]) for line in lines(stream))


async def test_nothing_that_lets_anyone_in_stands_in_any_log(tmp_path: Path) -> None:
    stream = io.StringIO()
    begin_log("json", debug=True, stream=stream)
    logging.getLogger("walkdown").setLevel(logging.DEBUG)
    async with open_house(tmp_path) as house:
        async with house.guest("Ada") as ada:
            secret = ada.welcome["secret"]
            await ada.operate(messages.Invite, role="participant", code=True)
            invitation = await ada.said("invitation")
        async with house.guest("Ada", resume=secret) as ada:
            assert ada.welcome["resumed"]
        wrong = "W" * 32
        async with house.guest("Mallory", invite=wrong, resume="0" * 32):
            pass
    links = [link.partition("#")[2].partition(".")[0] for link in invitation["links"]]
    secrets = [secret, *links, invitation.get("code", ""), wrong, "0" * 32]
    written = stream.getvalue()
    assert "joined" in written
    assert [text for text in secrets if text and text in written] == []


def test_text_has_what_belongs_to_an_event_behind_its_sentence() -> None:
    record = logging.LogRecord("walkdown_server.x", logging.WARNING, "", 0, "source %s", ("mqtt",), None)
    vars(record).update(about(session="Hall 3", person=7, address="::1"))
    line = formatter("text").format(record)
    assert re.fullmatch(
        r"\S+Z WARNING walkdown_server\.x: source mqtt \[session='Hall 3' person=7 address=::1\]", line
    )


def test_text_moves_no_cursor_and_turns_no_writing() -> None:
    stream = io.StringIO()
    begin_log("text", debug=False, stream=stream)
    log = logging.getLogger("walkdown_server.x")
    log.warning("%s is odd", "\x1b[2J\u202ea\x9bb\n", extra=about(who="\x07"))
    assert all(line.isprintable() for line in stream.getvalue().splitlines())
    assert "[2J" in stream.getvalue()


def test_an_exception_is_one_line_of_json_and_readable_text() -> None:
    try:
        raise ValueError("what went wrong")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("walkdown_server.x", logging.ERROR, "", 0, "failed", (), info)
    made = formatter("json").format(record)
    assert "\n" not in made
    assert "what went wrong" in json.loads(made)["exception"]
    assert formatter("text").format(record).count("\n") > 1


@pytest.mark.parametrize(("form", "shown"), [("text", False), ("json", True)])
def test_text_leaves_out_who_comes_and_goes(form: Any, shown: bool) -> None:
    stream = io.StringIO()
    begin_log(form, debug=False, stream=stream)
    logging.getLogger("walkdown_server.port.connection").info("joined")
    logging.getLogger("websockets").info("noise")
    logging.getLogger("walkdown_server.port.connection").warning("worth a word")
    assert ("joined" in stream.getvalue()) == shown
    assert "noise" not in stream.getvalue()
    assert "worth a word" in stream.getvalue()
