"""Datagrams beside the encrypted port for invited people, and of several processes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.server.conftest import House, join, write_package_to
from tests.server.doors import Link, come_in
from tests.server.processes import CATALOGUE, house_of_many
from tests.server.udp_guest import by_datagrams, udp_guest, udp_socket
from walkdown.messages import SUBPROTOCOL, Hello


async def test_who_was_invited_is_served_beside_the_port_by_which_they_came(house: House) -> None:
    done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    house.server.room.doorkeeper.invite(role="admin", hours=1, uses=0, code=False, done=done.set_result)
    link = Link.read((await done).links[0])  # type: ignore[attr-defined]
    with udp_socket() as bound:
        async with come_in(house, link, "Ada") as ada, house.guest("Bob") as bob:
            udp = await by_datagrams(ada, bound)
            gate = house.server.front.gate.port
            assert udp.place[1] == gate != house.server.port
            assert udp.challenge != bytes(16)
            assert (await udp_guest(bob, bound)).place[1] == house.server.port


@pytest.mark.skipif(sys.platform == "win32", reason="Windows passes no sockets between processes")
async def test_each_process_has_a_port_of_its_own(tmp_path: Path) -> None:
    package = write_package_to(tmp_path / "package")
    async with house_of_many(tmp_path, package, "hall", "yard") as house:
        ports = set()
        with udp_socket() as bound:
            for name in ("hall", "yard"):
                url = f"ws://127.0.0.1:{house.port}/{name}"
                async with join(url, CATALOGUE, Hello(SUBPROTOCOL, "Ada", session=name)) as ada:
                    udp = await by_datagrams(ada, bound)
                    assert udp.challenge != bytes(16)
                    ports.add(udp.place[1])
        assert len(ports) == 2
