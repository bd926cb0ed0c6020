"""A visit brings one's key along, comes back as the same person, and goes on to where one wishes to go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from walkdown.door import base64_of, new_secret
from walkdown.errors import BadInput
from walkdown.messages import Hello
from walkdown.settings import ClientSettings
from walkdown_client import identity, known_people, known_servers, session
from walkdown_client.address import Address, parse_address
from walkdown_client.app.app import AppSettings
from walkdown_client.app.wishes import Program
from walkdown_client.deep_links import DeepLink, parse_link
from walkdown_client.tools.view_state import ViewState

LINK = f"walkdown://plant.example/Hall#{new_secret()}.{base64_of(bytes(32))}"
HEADLESS = ClientSettings(headless=True, name="Ada")


class Visits:
    """Stands in for the app: notes who went where, and is let in.

    Attributes:
        then: where the person wishes to go next, one for each visit. then_to: to what there.
        links: by which link each visit began.
    """

    def __init__(self) -> None:
        self.made: list[tuple[Address, Hello, AppSettings, ViewState]] = []
        self.then: list[Address] = []
        self.then_to: list[DeepLink] = []
        self.links: list[DeepLink | None] = []

    def make(self, address: Address, hello: Hello, settings: AppSettings, *, view: ViewState) -> Any:
        self.made.append((address, hello, settings, view))
        next_address = self.then.pop(0) if self.then else None
        next_link = self.then_to.pop(0) if self.then_to else None
        program = Program(next_address=next_address, next_link=next_link)
        return SimpleNamespace(program=program, close=lambda: None)

    def visit(self, _app: object, _settings: object, plan: session.Visit, **_more: object) -> dict[str, Any]:
        self.links.append(plan.link)
        stay = self.made[-1][2].stay
        assert stay is not None
        stay.keep(f"secret {len(self.made)}")
        return {"visit": len(self.made)}


@pytest.fixture
def visits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Visits:
    made = Visits()
    places: dict[Any, Callable[[], Path]] = {
        identity: lambda: tmp_path / "identity.pem",
        known_people: lambda: tmp_path / "people.json",
    }
    for module, place in places.items():
        monkeypatch.setattr(module, "default_file", place)
    monkeypatch.setattr(known_servers, "default_folder", lambda: tmp_path / "servers")
    monkeypatch.setattr(session, "App", made.make)
    monkeypatch.setattr(session, "_visit", made.visit)
    return made


def test_a_person_shows_their_key_and_it_is_the_same_the_next_time(visits: Visits) -> None:
    session.visit(LINK, HEADLESS)
    session.visit(LINK, HEADLESS)
    keys = [settings.identity.key for _a, _h, settings, _v in visits.made if settings.identity is not None]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_after_one_visit_the_address_alone_brings_the_same_person_back(visits: Visits) -> None:
    session.visit(LINK, HEADLESS)
    session.visit("walkdown://plant.example/Hall", HEADLESS)
    [(_, first, _, _), (address, second, _, _)] = visits.made
    assert first.resume == ""
    assert second.resume == "secret 1"
    assert (address.fingerprint, address.invite) == (bytes(32), "")


def test_a_server_that_is_not_known_needs_the_whole_link(visits: Visits) -> None:
    with pytest.raises(BadInput, match="whole link"):
        session.visit("walkdown://plant.example/Hall", HEADLESS)
    assert visits.made == []


def test_who_wishes_to_go_on_is_taken_there(visits: Visits) -> None:
    elsewhere = replace(parse_address(LINK), host="other.example", session="Yard")
    visits.then = [elsewhere]
    assert session.visit(LINK, HEADLESS) == {"visit": 2}
    assert [address.host for address, _h, _s, _v in visits.made] == ["plant.example", "other.example"]
    assert visits.made[1][1].session == "Yard"
    assert visits.made[1][1].resume == "", "another session, another person"


def test_with_a_damaged_key_one_joins_without_it_and_is_told(visits: Visits, tmp_path: Path) -> None:
    (tmp_path / "identity.pem").write_text("damaged")
    session.visit(LINK, HEADLESS)
    [(_address, _hello, settings, view)] = visits.made
    assert settings.identity is None
    assert [toast.title for toast in view.toasts] == ["You join without your key"]
    assert "move it away" in view.toasts[0].text


def test_a_session_of_ones_own_computer_is_visited_as_ever(visits: Visits, tmp_path: Path) -> None:
    session.visit("ws://127.0.0.1:8765", HEADLESS)
    [(_address, hello, _settings, _view)] = visits.made
    assert (hello.name, hello.resume) == ("Ada", "")
    assert not (tmp_path / "servers").exists()


def test_a_link_that_one_follows_into_another_session_leads_to_what_it_names_there(visits: Visits) -> None:
    link = parse_link("ws://127.0.0.1:9000/Yard?thing=P-101")
    assert link.address is not None
    visits.then, visits.then_to = [link.address], [link]
    session.visit("ws://127.0.0.1:8765/Hall", HEADLESS)
    assert [where.session for where, *_rest in visits.made] == ["Hall", "Yard"]
    assert visits.links == [None, link]
