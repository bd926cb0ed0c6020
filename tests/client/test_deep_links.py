"""A link to what somebody sees leads there, says what is wrong with it, and never lets anybody in."""

from __future__ import annotations

import io
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkdown import cli
from walkdown.door import base64_of
from walkdown.errors import BadInput
from walkdown.messages import Camera, Plane, Viewpoint
from walkdown_client import session
from walkdown_client.address import Address, parse_address
from walkdown_client.deep_links import (
    LINK_MAX,
    QUERY_MAX,
    is_deep,
    link_of,
    parse_link,
    where_sentence,
    with_invitation,
)

HERE = Address("plant.example", 9000, secure=True, session="Hall 2", pinned=True)
SECRET = f"AAECAwQFBgcICQoLDA0ODw.{base64_of(bytes(range(32)))}"
TOPIC = "6f1f0a52-97c5-4d62-9c3a-0a9b4b3b8a11"
LOOK = Viewpoint(
    "link",
    Camera((12.5, 3.25, 1.7), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), fov_deg=55.0),
    planes=(Plane((0.0, 0.0, 2.0), (0.0, 0.0, 1.0)),),
    exceptions=("roof", "a,b;c%&=#?:d", "ifc:0a$b"),
    ghosted=("中文 hall",),
    selection=("P-101", "V 12/3"),
    mode="signal",
    quantity="Vibration",
    unit="mm/s",
    time_ns=1_795_669_262_500_000_000,
)


def test_a_link_to_what_is_seen_says_all_of_it_again() -> None:
    text, left = link_of(HERE, LOOK, topic=TOPIC, view="v-1")
    link = parse_link(text)
    assert (link.look, left, link.notes) == (LOOK, 0, ())
    assert (link.address, link.things, link.topic, link.view) == (HERE, LOOK.selection, TOPIC, "v-1")
    assert link.time_ns == LOOK.time_ns
    assert text.startswith("walkdown://plant.example:9000/Hall%202?topic=")
    assert " " not in text


@pytest.mark.parametrize(
    "look",
    [
        Viewpoint(
            "link", Camera((0.0, 0.0, 9.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0), fov_deg=0.0, height_m=12.5)
        ),
        Viewpoint("link", Camera((1.0, 2.0, 3.0), (1.0, 0.0, 0.0), (0.0, 0.6, 0.8))),
        Viewpoint("link", None, exceptions=("only",), shown=False, mode="state"),
    ],
)
def test_orthogonal_tilted_and_missing_cameras_come_back(look: Viewpoint) -> None:
    assert parse_link(link_of(HERE, look)[0]).look == look


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), st.floats(0, 6.28), st.floats(-1.5, 1.5))
def test_wherever_one_looks_a_link_looks_there_to_the_millimetre(
    position: list[float], heading: float, tilt: float
) -> None:
    ahead = (math.cos(heading) * math.cos(tilt), math.sin(heading) * math.cos(tilt), math.sin(tilt))
    up = (-math.cos(heading) * math.sin(tilt), -math.sin(heading) * math.sin(tilt), math.cos(tilt))
    x, y, z = position
    found = parse_link(link_of(HERE, Viewpoint("link", Camera((x, y, z), ahead, up)))[0]).look
    assert found is not None
    assert found.camera is not None
    assert math.dist(found.camera.position, position) < 1e-3
    assert math.dist(found.camera.direction, ahead) < 2e-3
    assert math.dist(found.camera.up, up) < 2e-3


def test_a_link_that_lets_people_in_keeps_its_secret_to_itself() -> None:
    link = parse_link(f"<walkdown://plant.example:9000/Hall%202?thing=P-101#{SECRET}>")
    assert link.address is not None
    assert (link.address.invite, link.things) == (SECRET.partition(".")[0], ("P-101",))
    assert SECRET[:10] not in repr(link)
    assert "#" not in link_of(link.address, LOOK)[0]
    invited = with_invitation(link_of(HERE, LOOK)[0], f"walkdown://10.0.0.9:8765/Hall%202#{SECRET}")
    again = parse_link(invited)
    assert again.look == LOOK
    assert again.address == parse_address(f"walkdown://10.0.0.9:8765/Hall%202#{SECRET}")


def test_what_is_not_known_is_passed_over_and_said_and_names_no_file() -> None:
    link = parse_link(
        "ws://127.0.0.1:8765/Hall?thing=P-101&file=/etc/passwd&thing=P-102&t=2026-11-26T05:01Z&t=x&rev=1"
    )
    assert link.things == ("P-101", "P-102")
    assert len(link.notes) == 2
    assert "'file' in the link means nothing here" in link.notes[0]
    assert "t stands in the link twice" in link.notes[1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("eye=1,2,3", "six or nine numbers"),
        ("eye=1,2,3,0,0,0", "six or nine numbers"),
        ("eye=1,2,3,0,nan,0", "six or nine numbers"),
        ("eye=1,2,1e300,0,1,0", "six or nine numbers"),
        ("eye=1,2,3,0,1,0&fov=0", "degrees from 1 to 179"),
        ("eye=1,2,3,0,1,0&height=-2", "metres above 0"),
        ("cut=0,0,0,0,0", "a point and a direction"),
        ("&".join(["cut=0,0,0,0,0,1"] * 17), "at most 16"),
        ("&".join(["thing=a"] * 65), "at most 64"),
        ("thing=", "at most 1300 letters"),
        ("thing=" + "a" * 1301, "at most 1300 letters"),
        ("topic=a%20b", "an id"),
        ("t=yesterday", "a time such as"),
        ("t=2026-13-40T05:01:02Z", "a time such as"),
        ("layers=hide:" + ",".join(["a"] * 201), "at most 200"),
        ("thing=" + "a" * QUERY_MAX, f"at most {QUERY_MAX}"),
    ],
)
def test_whatever_is_wrong_with_a_link_is_said_without_its_secret(query: str, expected: str) -> None:
    with pytest.raises(BadInput, match=expected) as caught:
        parse_link(f"walkdown://host/Hall?{query}#{SECRET}")
    assert SECRET[:10] not in str(caught.value)


@given(st.text(max_size=80))
def test_no_text_at_all_breaks_the_reader(query: str) -> None:
    try:
        parse_link(f"walkdown://host/Hall?{query}")
    except BadInput:
        pass


def test_a_view_of_too_many_things_makes_a_link_that_still_fits_and_says_what_is_missing() -> None:
    look = Viewpoint("link", exceptions=tuple(f"thing-{number:05d}" for number in range(5000)))
    text, left = link_of(HERE, look)
    found = parse_link(text).look
    assert len(text) <= LINK_MAX
    assert found is not None
    assert len(found.exceptions) + left == 5000
    assert left > 0


def test_an_address_is_a_link_that_says_no_more() -> None:
    assert parse_link("127.0.0.1:9000").address == Address("127.0.0.1", 9000)
    assert not parse_link("walkdown://host/Hall").is_deep
    assert not is_deep("ws://host/Hall")
    assert is_deep("walkdown://host/Hall?thing=a")
    assert parse_link("walkdown:?topic=abc").address is None


# ---- walkdown join -------------------------------------------------------------------------------------

DEEP = f"walkdown://plant.example:9000/Hall%202?thing=P-101#{SECRET}"


@pytest.fixture
def visited(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Note where one would go, and do not go there."""
    places: list[Any] = []

    def visit(where: object, _settings: object, plan: session.Visit) -> dict[str, Any]:
        places.append((where, plan.link))
        return {}

    monkeypatch.setattr(session, "visit", visit)
    return places


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        return True


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    return int(stop.value.code or 0)


@pytest.mark.parametrize(("answer", "count"), [("\n", 0), ("n\n", 0), ("y\n", 1)])
def test_a_link_to_what_somebody_sees_connects_only_when_one_says_yes(
    visited: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    count: int,
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert run("join", DEEP) == 0
    assert len(visited) == count
    said = capsys.readouterr().out
    assert "the session Hall 2 on plant.example, port 9000" in said
    assert SECRET[:10] not in said


def test_where_nobody_can_be_asked_a_link_connects_only_with_yes(
    visited: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run(DEEP) == 2
    assert "Say --yes" in capsys.readouterr().err
    assert run("join", DEEP, "--yes") == 0
    assert [(where, link.things) for where, link in visited] == [(parse_link(DEEP).address, ("P-101",))]


def test_a_link_without_a_server_is_for_inside_a_session(
    visited: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("join", "walkdown:?topic=abc", "--yes") == 2
    assert "names no server" in capsys.readouterr().err
    assert visited == []


@pytest.mark.parametrize(
    "text", ["walkdown://ok.com\u202emoc.x/s?thing=a", "walkdown://h/s%0a%1b[2J?thing=a"]
)
def test_a_link_to_what_cannot_be_shown_as_it_is_is_not_followed(text: str) -> None:
    with pytest.raises(BadInput, match="cannot be shown as it is"):
        parse_link(text)


def test_the_question_names_the_host_so_that_letters_of_other_alphabets_show() -> None:
    address = parse_link("walkdown://\u0430pple.com/s?thing=a").address
    assert address is not None
    assert "xn--pple-43d.com" in where_sentence(address)
