"""Which of the links that one has made still let people in, as the journal tells it."""

from __future__ import annotations

from typing import Any

from walkdown.messages import Invitation, Record, Role
from walkdown_client.invitations import Invitations

ME = "a" * 32


def with_links(**roles: Role) -> Invitations:
    made = Invitations()
    for invite, role in roles.items():
        made.hear(Invitation(1, invite, ("walkdown://x",), role, 10**18), 0)
    return made


def record(kind: str, **body: Any) -> Record:
    return Record(1, 0, "Ada", ME, kind, body)


def test_every_link_by_which_a_kicked_person_came_is_gone() -> None:
    links = with_links(one="participant", two="chair", three="observer")
    for invite in ("one", "two"):
        links.note(record("joined", author_id="eve", invite=invite, key=""), ME)
    links.note(record("joined", author_id="bob", invite="three", key=""), ME)
    links.note(record("kicked", author_id="eve", text="", key=""), ME)
    assert set(links.mine) == {"three"}


def test_so_are_those_by_which_they_came_as_somebody_else_with_the_same_key() -> None:
    links = with_links(one="participant", two="participant", three="participant")
    for author, invite, key in (("eve", "one", "k"), ("eva", "two", "k"), ("bob", "three", "")):
        links.note(record("joined", author_id=author, invite=invite, key=key), ME)
    links.note(record("kicked", author_id="eva", text="", key="k"), ME)
    assert set(links.mine) == {"three"}


def test_links_to_a_role_above_ones_new_one_are_gone() -> None:
    links = with_links(one="chair", two="participant")
    links.note(record("role", author_id="bob", role="observer"), ME)
    assert set(links.mine) == {"one", "two"}
    links.note(record("role", author_id=ME, role="participant"), ME)
    assert set(links.mine) == {"two"}
