"""A guest invites, and leads who has come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.client.conftest import QUICK
from tests.server.conftest import House, open_house
from walkdown.errors import BadInput, Refused
from walkdown_client.address import parse_address
from walkdown_client.guest import Guest
from walkdown_client.identity import Identity


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def host(house: House) -> AsyncIterator[Guest]:
    """Somebody on the computer of the server."""
    async with Guest.join(house.url, name="Ada", kind="person", patience=QUICK) as guest:
        yield guest


async def test_a_link_lets_somebody_in_over_tls_with_its_role(host: Guest) -> None:
    assert host.role == "admin"
    made = await host.invite("chair", hours=2, code=False)
    assert (made.role, made.code) == ("chair", "")
    assert host.world.invitations.mine[made.invite].links == made.links
    address = parse_address(made.links[0])
    assert address.pinned
    async with Guest.join(address, name="Bob", patience=QUICK) as bob:
        assert bob.role == "chair"
        note = await bob.put_note("from elsewhere", point=(1.0, 2.0, 0.0))
        await host.wait_for(lambda: note in host.notes)


async def test_a_key_that_was_proved_stands_beside_the_name(host: Guest) -> None:
    identity = Identity(Ed25519PrivateKey.generate())
    made = await host.invite()
    address = parse_address(made.links[0])
    async with Guest.join(address, name="Bob", kind="person", identity=identity, patience=QUICK) as bob:
        await host.wait_for(lambda: bob.id in host.people)
        seen = host.people[bob.id]
        assert (seen.key, seen.key_state) == (identity.key, "new")
        await bob.wait_for(lambda: host.id in bob.people)
        assert bob.people[host.id].key_state == "none", "the host has shown no key"


async def test_roles_change_at_once_and_what_they_forbid_is_refused(host: Guest) -> None:
    made = await host.invite("participant")
    async with Guest.join(made.links[0], name="Bob", patience=QUICK) as bob:
        await host.set_role(bob.id, "observer")
        await bob.wait_for(lambda: bob.role == "observer")
        with pytest.raises(Refused) as refused:
            await bob.put_note("not allowed")
        assert refused.value.code == "rights"
        with pytest.raises(Refused):
            await bob.invite()


async def test_who_is_muted_is_shown_so_until_they_are_heard_again(host: Guest) -> None:
    made = await host.invite()
    async with Guest.join(made.links[0], name="Bob", patience=QUICK) as bob:
        for muted in (True, False):
            await host.mute(bob.id, muted=muted)
            await bob.wait_for(lambda muted=muted: bob.people[bob.id].muted == muted)  # type: ignore[misc]


async def test_who_was_shown_the_door_reads_why_and_their_link_is_worth_nothing(host: Guest) -> None:
    made = await host.invite()
    async with Guest.join(made.links[0], name="Bob", patience=QUICK) as bob:
        await host.kick(bob.id, "too loud")
        await bob.wait_for(lambda: bob.world.link_state == "refused")
        assert "too loud" in bob.world.link_text
    await host.wait_for(lambda: made.invite not in host.world.invitations.mine)
    with pytest.raises(Refused):
        async with Guest.join(made.links[0], name="Bob", patience=QUICK):
            pass


async def test_a_link_that_was_taken_back_lets_nobody_in(host: Guest) -> None:
    made = await host.invite()
    await host.revoke(made.invite)
    assert host.world.invitations.mine == {}
    with pytest.raises(Refused, match="for a new link"):
        async with Guest.join(made.links[0], name="Bob", patience=QUICK):
            pass


async def test_a_link_without_its_secret_is_not_enough_for_a_guest(host: Guest) -> None:
    made = await host.invite()
    with pytest.raises(BadInput, match="whole link"):
        async with Guest.join(made.links[0].partition("#")[0], name="Bob", patience=QUICK):
            pass


async def test_who_came_by_a_link_finds_back_when_the_server_was_started_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        async with Guest.join(house.url, name="Ada", patience=QUICK) as host:
            made = await host.invite()
    async with open_house(tmp_path):
        async with Guest.join(made.links[0], name="Bob", patience=QUICK) as bob:
            assert bob.role == "participant"
