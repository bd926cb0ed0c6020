"""A server of several processes has one door: links, codes and commands get to the process they are for."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from pathlib import Path

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection

from tests.server.conftest import join, open_socket, write_package_to
from tests.server.doors import Link, blind_tls
from tests.server.processes import CATALOGUE, house_of_many
from tests.server.test_http import Answer, read_answer
from walkdown.listing import server_name
from walkdown.messages import SUBPROTOCOL, Hello
from walkdown.pairing import PATH, Ask, Guest, Offers
from walkdown_server.door.control import InviteWish
from walkdown_server.door.inviting import invitation

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows passes no sockets between processes")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write_package_to(tmp_path / "package")


async def pair(link: Link, session: str, guest: Guest) -> Answer:
    port = int(link.url.rpartition(":")[2].partition("/")[0])
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=blind_tls(), server_hostname=server_name(session)
    )
    body = msgspec.msgpack.encode(Ask(guest.message))
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await read_answer(reader)
    writer.close()
    return answer


def shown_at(socket: ClientConnection) -> bytes:
    return hashlib.sha256(socket.transport.get_extra_info("ssl_object").getpeercert(True)).digest()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
async def test_links_of_two_processes_lead_to_their_sessions(
    tmp_path: Path, package: Path, host: str
) -> None:
    async with house_of_many(tmp_path / "data", package, "hall", "yard", host=host):
        for session in ("hall", "yard"):
            wish = InviteWish("operator", code=True)
            made = await asyncio.to_thread(invitation, tmp_path / "data", session, wish)
            link = Link.read(made.links[0])
            options = {"ssl": blind_tls(), "server_hostname": server_name(session)}
            async with open_socket(link.url, **options) as socket:
                assert shown_at(socket) == link.fingerprint
            hello = Hello(version=SUBPROTOCOL, name="Ada", session=session, invite=link.invite)
            async with join(link.url, CATALOGUE, hello, **options) as ada:
                assert (ada.welcome["session"], ada.welcome["role"]) == (session, "operator")
            guest = Guest(made.code, link.fingerprint)
            answer = await pair(link, session, guest)
            granted = guest.open(msgspec.msgpack.decode(answer.body, type=Offers))
            assert (granted.session, granted.invite) == (session, link.invite)
