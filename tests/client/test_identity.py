"""A person has a key of their own, and it is seen whether the others are who they were."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from walkdown.door import what_is_signed
from walkdown.errors import BadInput
from walkdown.messages import Blob, Kick, Person, Welcome
from walkdown.twin import Catalogue
from walkdown_client import doctor, identity
from walkdown_client.acquaintances import Acquaintances
from walkdown_client.events import Heard, Joined
from walkdown_client.identity import load_or_make, shown_key
from walkdown_client.known_people import KnownPeople
from walkdown_client.private_files import write_private
from walkdown_client.world import World

ONE, TWO = "1" * 64, "2" * 64


# ---- one's own key ----------------------------------------------------------------------------------------


def test_a_key_is_made_once_and_is_ones_own_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "new" / "identity.pem"
    made, again = load_or_make(path), load_or_make(path)
    assert made.key == again.key
    assert len(made.key) == 64
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_proof_is_for_one_challenge_and_one_server(tmp_path: Path) -> None:
    identity = load_or_make(tmp_path / "identity.pem")
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(identity.key))
    public.verify(bytes.fromhex(identity.proof("c", b"f" * 32)), what_is_signed("c", b"f" * 32))
    assert identity.proof("c", b"f" * 32) != identity.proof("d", b"f" * 32)
    assert identity.proof("c", b"f" * 32) != identity.proof("c", b"g" * 32)


def test_two_windows_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "identity.pem"
    assert write_private(path, b"first", keep_existing=True)
    assert not write_private(path, b"second", keep_existing=True)
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path], "nothing is left beside it"


def test_a_key_that_others_could_read_is_hidden_from_them(tmp_path: Path) -> None:
    path = tmp_path / "identity.pem"
    made = load_or_make(path)
    path.chmod(0o644)
    assert load_or_make(path).key == made.key
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["garbage", "empty", "another kind of key"])
def test_a_damaged_key_is_said_and_not_written_over(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "identity.pem"
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    data = {"garbage": b"\x00\xff", "empty": b"", "another kind of key": other}[kind]
    write_private(path, data)
    with pytest.raises(BadInput, match="move it away"):
        load_or_make(path)
    assert path.read_bytes() == data


def test_a_key_is_shown_in_groups_that_people_can_compare() -> None:
    assert shown_key(ONE).count(" ") == 3
    assert shown_key(ONE) != shown_key(TWO)
    assert shown_key("") == ""


# ---- those of others --------------------------------------------------------------------------------------


def test_somebody_is_new_until_they_come_again_with_the_same_key() -> None:
    first = Acquaintances()
    assert [first.meet("Ada", ONE), first.meet("Ada", ONE)] == ["new", "new"]
    assert Acquaintances(first.met).meet("Ada", ONE) == "verified"


def test_another_key_under_a_known_name_is_a_change_and_does_not_replace_it() -> None:
    people = Acquaintances({"ada": ONE})
    assert people.meet("Ada", TWO) == "changed"
    assert people.met["ada"] == ONE


def test_a_known_person_who_comes_without_a_key_is_a_change_too() -> None:
    people = Acquaintances({"ada": ONE})
    assert people.meet("Ada", "") == "changed"
    assert people.meet("Ada", "", is_person=False) == "none"
    assert people.meet("Bob", "") == "none"


@pytest.mark.parametrize(
    "name", ["ADA", " Ada  ", "\uff21\uff44\uff41", "ada", "Ada\u200b", "A\u2060da", "\u202dAda"]
)
def test_a_name_that_looks_the_same_is_the_same(name: str) -> None:
    assert Acquaintances({"ada": ONE}).meet(name, TWO) == "changed"


def test_two_people_of_one_name_are_not_mistaken_for_each_other() -> None:
    people = Acquaintances()
    assert [people.meet("Ada", ONE), people.meet("Ada", TWO)] == ["new", "changed"]


def test_a_changed_key_is_believed_once_somebody_says_so() -> None:
    people = Acquaintances({"ada": ONE})
    people.trust("Ada", TWO)
    assert people.meet("Ada", TWO) == "verified"
    assert people.meet("Ada", ONE) == "changed"


def test_who_was_met_is_remembered_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    known = KnownPeople(path)
    known.acquaintances.meet("Ada", ONE)
    known.save()
    other = KnownPeople(path)
    other.acquaintances.meet("Bob", TWO)
    other.save()
    assert KnownPeople(path).acquaintances.met == {"ada": ONE, "bob": TWO}
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_file_of_people_makes_everybody_new_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "people.json"
    path.write_text("{")
    assert KnownPeople(path).acquaintances.met == {}
    assert "everybody is new" in caplog.text


# ---- in the world -----------------------------------------------------------------------------------------


def joined(acquaintances: Acquaintances) -> World:
    world = World(acquaintances)
    welcome = Welcome(1, "s", "Hall", False, 10**18, 50, 0, Blob("0" * 64, 0), (), None, 0, role="chair")
    world.apply(Joined(welcome, Catalogue(0), None, 0))
    return world


def test_the_world_knows_roles_and_whose_key_is_known() -> None:
    world = joined(Acquaintances({"ada": ONE, "eve": ONE}))
    assert world.may(Kick)
    for person in (
        Person(1, "Me", key=TWO, role="chair"),
        Person(2, "Ada", key=ONE, role="observer", muted=True),
        Person(3, "Eve", key=TWO),
        Person(4, "Bot", kind="bot"),
        Person(5, "Zoe", key=ONE),
    ):
        world.apply(Heard(person))
    assert [world.people[number].key_state for number in (1, 2, 3, 4, 5)] == [
        "verified", "verified", "changed", "none", "new",
    ]  # fmt: skip
    assert (world.people[2].role, world.people[2].muted) == ("observer", True)
    world.apply(Heard(Person(1, "Me", key=TWO, role="observer")))
    assert not world.may(Kick), "somebody has given one another role"


def test_trusting_a_changed_key_shows_at_once_and_is_remembered() -> None:
    world = joined(Acquaintances({"eve": ONE}))
    world.apply(Heard(Person(3, "Eve", key=TWO)))
    world.trust(3)
    assert world.people[3].key_state == "verified"
    assert world.acquaintances.met["eve"] == TWO


# ---- the doctor -------------------------------------------------------------------------------------------


def test_the_doctor_says_which_key_one_has_and_where_and_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "identity.pem"
    monkeypatch.setattr(identity, "default_file", lambda: path)
    before = doctor._key()
    assert before.well
    assert str(path) in before.text
    assert not path.exists()
    made = load_or_make(path)
    assert doctor._key().text == f"{shown_key(made.key)}, {path}"
    path.write_bytes(b"damaged")
    assert not doctor._key().well
    assert "backup" in doctor._key().remedy
