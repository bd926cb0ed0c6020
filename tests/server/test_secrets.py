"""What lets somebody in stands in no log, no text of an object, no error, no printed settings and no URL."""

from __future__ import annotations

import asyncio
import logging
import re
from pathlib import Path
from typing import get_args

import pytest

from tests.server.conftest import open_house
from tests.server.doors import at_the_door, come_in, invitation, link_of
from tests.server.test_refusals import refusal_of
from walkdown import messages as m
from walkdown.door import SECRET_BYTES, bytes_of, new_secret
from walkdown.messages import SUBPROTOCOL, ClientMessage, Hello, ServerMessage, encode
from walkdown.pairing import Pass
from walkdown.settings import ServerSettings, as_toml
from walkdown_server.door.control import Control, InviteWish
from walkdown_server.door.inviting import invitation as asked_for
from walkdown_server.door.people import Admission, People
from walkdown_server.door.posts import Answer, Post
from walkdown_server.door.rules import Peer
from walkdown_server.http import Request

SECRET = new_secret()
HAS_SECRETS = {
    m.Hello: {"version": SUBPROTOCOL, "name": "Ada", "resume": SECRET, "invite": SECRET, "proof": SECRET},
    m.Invitation: {"op": 1, "invite": "i", "links": (f"walkdown://h/s#{SECRET}.f",), "role": "admin"}
    | {"expires_ns": 1, "code": SECRET},
    m.UploadTicket: {"model": "m", "path": f"/upload/{SECRET}"},
}


def test_secrets_are_128_random_bits() -> None:
    assert SECRET_BYTES == 16
    made = {new_secret() for _turn in range(1000)}
    assert len(made) == 1000
    assert {len(bytes_of(secret)) for secret in made} == {16}


@pytest.mark.parametrize("kind", HAS_SECRETS, ids=lambda kind: kind.__name__)
def test_the_text_of_a_message_hides_what_lets_somebody_in(kind: type[m.Message]) -> None:
    made = kind(**HAS_SECRETS[kind])  # type: ignore[arg-type]
    assert SECRET not in repr(made)
    assert SECRET not in str(made)
    assert SECRET not in f"{made!r:>10}"
    assert SECRET not in str(list(made.__rich_repr__()))
    assert SECRET.encode() in encode(made)


SOUNDS_LIKE_ONE: dict[str, set[str]] = {
    "Refusal": {"code"},
    "Reply": {"code"},
    "Invite": {"code"},
    "Say": {"links"},
}
"""Fields whose names only sound like those of secrets."""


def test_no_other_message_has_a_field_that_sounds_like_a_secret() -> None:
    for kind in (*get_args(ClientMessage), *get_args(ServerMessage)):
        sounding = set(kind.__struct_fields__) & {
            "secret",
            "resume",
            "proof",
            "links",
            "code",
            "path",
            "token",
        }
        known = SOUNDS_LIKE_ONE.get(kind.__name__, set())
        assert sounding - known <= kind.secrets, kind


def test_the_text_of_what_the_server_holds_hides_secrets() -> None:
    people = People(knows=lambda _author: False)
    identity, _resumed = people.identify(
        Hello(version=SUBPROTOCOL, name="Ada", resume=SECRET), Admission("admin")
    )
    held = [
        identity,
        Control("Test", "127.0.0.1", 1, SECRET),
        Pass(SECRET, b"", "Test"),
        Post("/pair", "", SECRET.encode(), "", encrypted=True, headers={"authorization": SECRET}),
        Answer("x/y", SECRET.encode()),
        Request("GET", "/sessions", {"authorization": f"Bearer {SECRET}"}, keep_alive=True),
    ]
    for thing in held:
        assert SECRET not in repr(thing)
        assert identity.secret not in repr(thing)
    assert SECRET not in repr(Peer())


def test_there_is_nothing_secret_among_the_settings() -> None:
    printed = as_toml(ServerSettings())
    words = re.findall(r"\b(secret|password|token|invite|passphrase)\b", printed)
    assert not words
    assert "tls_key" in printed  # a path, and not what stands there


async def test_a_whole_visit_leaves_no_secret_in_the_log_or_on_disk(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_house(tmp_path) as house, house.guest("Ada") as ada:
        said = await invitation(ada, code=True)
        link = await link_of(ada)
        secrets = [link.invite, said["code"], ada.welcome["secret"]]
        async with come_in(house, link, "Bob") as bob:
            secrets.append(bob.welcome["secret"])
        async with at_the_door(link) as socket:
            wrong = new_secret()
            await socket.send(encode(Hello(version=SUBPROTOCOL, name="Eve", invite=wrong)))
            refusal = await refusal_of(socket)
            secrets.append(wrong)
        made = await asyncio.to_thread(asked_for, tmp_path, "", InviteWish())
        secrets.append(made.links[0].partition("#")[2].partition(".")[0])
        assert not [secret for secret in secrets if secret in str(refusal)]
        await house.server.stop()
    assert len(caplog.records)
    kept = b"".join(path.read_bytes() for path in files_of(tmp_path))
    for secret in secrets:
        assert secret not in own_lines(caplog)
        assert secret.encode() not in kept


def own_lines(caplog: pytest.LogCaptureFixture) -> str:
    """What the server has logged; the WebSocket client of the tests logs what it sends."""
    ours = [
        one for one in caplog.records if one.name.split(".")[0] in ("walkdown", "walkdown_server", "asyncio")
    ]
    return "\n".join(f"{one.getMessage()} {one.args}" for one in ours)


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
