"""People from elsewhere come in by a link, prove who they are, and are shown the door for good."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import Guest, House, open_house
from tests.server.doors import Key, Link, at_the_door, come_in, invitation, link_of
from tests.server.test_refusals import refusal_of
from walkdown.door import invite_id
from walkdown.messages import SUBPROTOCOL, Hello, Invite, Kick, Mute, PutNote, Revoke, SetRole, Undo, encode
from walkdown_server.access import IDENTITY_HELD_SECS
from walkdown_server.commits import Times

NOTE = {"note": "n", "text": "x", "point": (0.0, 0.0, 0.0)}


def holders(folder: Path, secret: str) -> list[Path]:
    """Files that have a secret in them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path for path in files if secret.encode() in path.read_bytes()]


async def refused(link: Link, **hello: Any) -> dict[str, Any]:
    """Say hello at the door of a link and return the refusal."""
    async with at_the_door(link) as socket:
        await socket.send(encode(Hello(version=SUBPROTOCOL, name="Mallory", **hello)))
        return await refusal_of(socket)


async def test_somebody_comes_in_by_a_link_and_has_its_role(house: House) -> None:
    async with house.guest("Ada") as ada:
        assert ada.welcome["role"] == "admin"
        said = await invitation(ada, role="chair", hours=1)
        link = Link.read(said["links"][0])
        assert said["invite"] == invite_id(link.invite)
        async with at_the_door(link) as socket:
            shown = socket.transport.get_extra_info("ssl_object")
            assert shown.version() == "TLSv1.3"
            assert hashlib.sha256(shown.getpeercert(True)).digest() == link.fingerprint
        async with come_in(house, link, "Bob") as bob:
            assert bob.welcome["role"] == "chair"
            await ada.until(lambda: ada.people.get(bob.me, {}).get("role") == "chair")
            joined = await ada.said("record", kind="joined")
            assert joined["body"]["name"] == "Bob"
            assert joined["body"]["invite"] == said["invite"]


async def test_the_link_goes_to_nobody_else_and_not_into_the_journal(house: House, tmp_path: Path) -> None:
    async with house.guest("Ada") as ada, house.guest("Eve") as eve:
        link = await link_of(ada)
        record = await eve.said("record", kind="invited")
        assert set(record["body"]) == {"invite", "role", "expires_ns", "uses"}
        assert not [m for m in eve.messages if m["t"] == "invitation"]
    assert not holders(tmp_path, link.invite)


async def test_the_same_question_again_is_answered_with_the_same_link(house: House) -> None:
    async with house.guest("Ada") as ada:
        first = await invitation(ada)
        ada.messages.clear()
        await ada.say(Invite(op=first["op"]))
        assert (await ada.said("invitation"))["links"] == first["links"]


async def test_who_has_no_invitation_reads_what_to_do(house: House) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
    refusal = await refused(link)
    assert refusal["code"] == "login"
    assert "open a link" in refusal["text"]
    assert "not known here" in (await refused(link, invite="x" * 22))["text"]
    assert "not known here any more" in (await refused(link, resume="0" * 32))["text"]


async def test_an_invitation_is_used_up_expires_and_is_taken_back(house: House) -> None:
    async with house.guest("Ada") as ada:
        once = await link_of(ada, uses=1)
        async with come_in(house, once, "Bob"):
            assert "used as often" in (await refused(once, invite=once.invite))["text"]
        short = await link_of(ada, hours=1e-9)
        assert "expired" in (await refused(short, invite=short.invite))["text"]
        back = await link_of(ada)
        assert (await ada.operate(Revoke, invite=invite_id(back.invite))).get("number")
        assert "taken back" in (await refused(back, invite=back.invite))["text"]
        assert (await ada.operate(Revoke, invite=invite_id(back.invite)))["code"] == "unchanged"
        assert (await ada.operate(Revoke, invite="nothing"))["code"] == "unknown"


async def test_invitations_roles_and_counts_outlive_the_server(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        twice, gone = await link_of(ada, uses=2), await link_of(ada)
        await ada.operate(Revoke, invite=invite_id(gone.invite))
        async with come_in(house, twice, "Bob") as bob:
            secret = bob.welcome["secret"]
            await ada.operate(SetRole, person=bob.me, role="observer")
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        port = Link.read((await invitation(ada))["links"][0]).url.rpartition(":")[2]
        twice = Link(f"wss://127.0.0.1:{port}", twice.invite, twice.fingerprint)
        assert "taken back" in (await refused(twice, invite=gone.invite))["text"]
        async with come_in(house, twice, "Bob", invite="", resume=secret) as bob:
            assert (bob.welcome["role"], bob.welcome["resumed"]) == ("observer", True)
        async with come_in(house, twice, "Cleo"):
            assert "used as often" in (await refused(twice, invite=twice.invite))["text"]


async def test_who_is_known_needs_no_invitation_any_more(house: House) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada, uses=1)
        async with come_in(house, link, "Bob") as bob:
            me, secret = bob.me, bob.welcome["secret"]
        async with come_in(house, link, "Bob", resume=secret) as again:
            assert (again.me, again.welcome["resumed"]) == (me, True)


async def test_a_better_invitation_lifts_somebodys_role_and_a_lesser_one_does_not(house: House) -> None:
    async with house.guest("Ada") as ada:
        link, chair = await link_of(ada), await link_of(ada, role="chair")
        async with come_in(house, link, "Bob") as bob:
            secret = bob.welcome["secret"]
        async with come_in(house, chair, "Bob", resume=secret) as bob:
            assert bob.welcome["role"] == "chair"
        async with come_in(house, link, "Bob", resume=secret) as bob:
            assert bob.welcome["role"] == "chair"
            await ada.operate(SetRole, person=bob.me, role="observer")
        async with come_in(house, chair, "Bob", resume=secret) as bob:
            assert bob.welcome["role"] == "observer"


async def test_who_is_here_when_an_invitation_ends_stays_and_does_not_come_back_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house.guest("Ada") as ada:
        link, other = await link_of(ada, role="operator"), await link_of(ada)
        async with come_in(house, link, "Bob") as bob:
            secret = bob.welcome["secret"]
            await ada.operate(Revoke, invite=invite_id(link.invite))
            assert (await bob.operate(PutNote, **NOTE)).get("number")
        async with come_in(house, link, "Bob", resume=secret) as bob:
            assert bob.welcome["resumed"]
        forget_absent(house, monkeypatch)
        refusal = await refused(link, resume=secret)
        assert (refusal["code"], "has ended" in refusal["text"]) == ("login", True)
        async with come_in(house, other, "Bob", resume=secret) as bob:
            assert bob.welcome["resumed"]
            assert bob.welcome.get("role", "participant") == "participant"


def forget_absent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the time pass for which people who left are held."""
    room = house.server.room
    late = room._times.secs() + IDENTITY_HELD_SECS + 1
    with monkeypatch.context() as patch:
        patch.setattr(room, "_times", Times(room._times.session_ns, lambda: late))
        room.forget_absent()


# ---- keys -------------------------------------------------------------------------------------------


async def test_a_key_is_shown_when_it_was_proved(house: House) -> None:
    key = Key()
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
        async with at_the_door(link) as socket:
            bob = Guest(socket, house.catalogue)
            hello: Any = {"invite": link.invite, "key": key.public, "proof": key.proof(socket)}
            await bob.say(Hello(version=SUBPROTOCOL, name="Bob", **hello))
            await bob.said("welcome")
            await ada.until(lambda: ada.people.get(bob.me, {}).get("key") == key.public)
            assert (await ada.said("record", kind="joined"))["body"]["key"] == key.public
        async with come_in(house, link, "Eve", key=key.public) as eve:
            await ada.until(lambda: eve.me in ada.people)
            assert not ada.people[eve.me].get("key")


async def test_a_proof_for_another_connection_or_server_lets_nobody_in(house: House) -> None:
    key = Key()
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
        async with at_the_door(link) as elsewhere:
            replayed = key.proof(elsewhere)
        refusal = await refused(link, invite=link.invite, key=key.public, proof=replayed)
        assert refusal["code"] == "login"
        assert "proof" in refusal["text"]
        async with house.socket() as plain:
            for_plain = key.proof(plain)
        assert (await refused(link, invite=link.invite, key=key.public, proof=for_plain))["code"] == "login"
        zeros = await refused(link, invite=link.invite, key="0" * 64, proof="0" * 128)
        assert zeros["code"] == "login"


# ---- shown the door, not heard, another role ----------------------------------------------------------


async def test_who_is_kicked_does_not_come_back_by_anything_that_they_have(tmp_path: Path) -> None:
    key = Key()
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        link = await link_of(ada)
        async with at_the_door(link) as socket:
            eve = Guest(socket, house.catalogue)
            hello: Any = {"invite": link.invite, "key": key.public, "proof": key.proof(socket)}
            await eve.say(Hello(version=SUBPROTOCOL, name="Eve", **hello))
            secret = (await eve.said("welcome"))["secret"]
            assert (await ada.operate(Kick, person=eve.me, text="Enough.")).get("number")
            refusal = await refusal_of(socket)
            assert (refusal["code"], refusal["text"]) == ("kicked", "Ada has shown you the door: Enough.")
            await ada.until(lambda: eve.me not in ada.people)
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        newer = await link_of(ada)
        assert (await refused(newer, resume=secret))["code"] == "kicked"
        assert "taken back" in (await refused(newer, invite=link.invite))["text"]
        async with at_the_door(newer) as socket:
            proof = key.proof(socket)
            again = Hello(version=SUBPROTOCOL, name="Eve", resume=secret, key=key.public, proof=proof)
            await socket.send(encode(again))
            assert (await refusal_of(socket))["code"] == "kicked"
        async with come_in(house, newer, "Eve", resume=secret) as eve:
            assert not eve.welcome["resumed"]
            assert eve.welcome["secret"] != secret


async def test_who_is_here_by_the_same_invitation_stays_when_one_of_them_is_kicked(house: House) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
        async with come_in(house, link, "Bob") as bob:
            async with come_in(house, link, "Eve") as eve:
                await ada.operate(Kick, person=eve.me)
            assert (await bob.operate(PutNote, **NOTE)).get("number")
            secret = bob.welcome["secret"]
        async with come_in(house, link, "Bob", resume=secret) as bob:
            assert bob.welcome["resumed"]


async def test_muting_is_told_to_all_and_kept(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Eve") as eve:
        assert (await ada.operate(Mute, person=eve.me)).get("number")
        await eve.until(lambda: eve.people.get(eve.me, {}).get("muted"))
        assert (await ada.operate(Mute, person=eve.me))["code"] == "unchanged"
        assert (await ada.operate(Mute, person=eve.me, muted=False)).get("number")
        await eve.until(lambda: not eve.people[eve.me].get("muted"))
        record = await eve.said("record", kind="muted")
        assert record["body"]["name"] == "Eve"


async def test_another_role_holds_at_once_and_on_coming_back(house: House) -> None:
    async with house.guest("Ada") as ada:
        async with house.guest("Eve") as eve:
            await ada.operate(SetRole, person=eve.me, role="observer")
            await eve.until(lambda: eve.people.get(eve.me, {}).get("role") == "observer")
            assert (await eve.operate(PutNote, **NOTE))["code"] == "rights"
            secret = eve.welcome["secret"]
        async with house.guest("Eve", resume=secret) as eve:
            assert eve.welcome["role"] == "observer"


async def test_nobody_reaches_above_their_own_role(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Cleo") as cleo:
        await ada.operate(SetRole, person=cleo.me, role="chair")
        assert (await cleo.operate(Kick, person=ada.me))["code"] == "rights"
        assert (await cleo.operate(Mute, person=ada.me))["code"] == "rights"
        assert (await cleo.operate(Invite, role="admin"))["code"] == "rights"
        link = await link_of(ada, role="admin")
        assert (await cleo.operate(Revoke, invite=invite_id(link.invite)))["code"] == "rights"
        assert (await cleo.operate(Invite, role="chair")).get("number")
        assert (await cleo.operate(Kick, person=4711))["code"] == "unknown"


async def test_the_last_admin_stays_admin_and_here(house: House) -> None:
    async with house.guest("Ada") as ada:
        assert (await ada.operate(SetRole, person=ada.me, role="observer"))["code"] == "last-admin"
        assert (await ada.operate(Kick, person=ada.me))["code"] == "self"
        async with house.guest("Bob") as bob:
            assert (await ada.operate(SetRole, person=ada.me, role="chair")).get("number")
            assert (await bob.operate(SetRole, person=bob.me, role="chair"))["code"] == "last-admin"


async def test_what_was_decided_at_the_door_cannot_be_undone(house: House) -> None:
    async with house.guest("Ada") as ada, house.guest("Eve") as eve:
        await ada.operate(PutNote, **NOTE)
        await ada.operate(Mute, person=eve.me)
        undone = await ada.operate(Undo)
        assert (await ada.said("record", number=undone["number"]))["kind"] == "note_removed"
        await ada.until(lambda: ada.people.get(eve.me, {}).get("muted"))


# ---- how often ----------------------------------------------------------------------------------------


async def test_after_five_bad_logins_an_address_has_to_wait(house: House) -> None:
    async with house.guest("Ada") as ada:
        link = await link_of(ada)
        for _turn in range(5):
            assert (await refused(link))["code"] == "login"
        refusal = await refused(link, invite=link.invite)
        assert refusal["code"] == "rate"
        assert "wait" in refusal["text"]


async def test_a_server_on_loopback_takes_nobody_from_elsewhere_before_it_has_invited(house: House) -> None:
    assert house.server.front.gate.port == 0
    async with house.guest("Ada") as ada:
        await link_of(ada)
        assert house.server.front.gate.port


# ---- when nothing can be kept -------------------------------------------------------------------------


async def test_who_comes_in_while_nothing_can_be_kept_is_written_down_later(house: House) -> None:
    async with house.guest("Ada") as ada:
        link, once = await link_of(ada), await link_of(ada, uses=1)
        house.server.room.set_writable(False, "the disk is full")
        assert "cannot be counted" in (await refused(once, invite=once.invite))["text"]
        async with come_in(house, link, "Bob") as bob:
            assert bob.me
            house.server.room.set_writable(True, "")
            assert (await bob.said("record", kind="joined"))["body"]["name"] == "Bob"
        assert (await ada.operate(PutNote, **NOTE)).get("number")
