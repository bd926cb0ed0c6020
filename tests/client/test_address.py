"""A link is read strictly, and what lets people in is shown nowhere."""

from __future__ import annotations

import pytest

from walkdown.door import base64_of, new_secret
from walkdown.errors import BadInput
from walkdown_client.address import FINGERPRINT_LENGTH, INVITE_LENGTH, Address, parse_address

INVITE = "AAECAwQFBgcICQoLDA0ODw"
PRINT = bytes(range(32))
LINK = f"walkdown://plant.example:9000/Hall%202#{INVITE}.{base64_of(PRINT)}"


def test_a_link_names_server_session_invitation_and_certificate() -> None:
    address = parse_address(LINK)
    assert (address.host, address.port, address.session) == ("plant.example", 9000, "Hall 2")
    assert (address.invite, address.fingerprint) == (INVITE, PRINT)
    assert address.secure
    assert address.pinned
    assert address.socket_url.startswith("wss://plant.example:9000/")


def test_what_the_server_makes_is_as_long_as_what_a_link_must_have() -> None:
    assert len(new_secret()) == INVITE_LENGTH
    assert len(base64_of(PRINT)) == FINGERPRINT_LENGTH


@pytest.mark.parametrize(
    "wrapped", [f"  {LINK}\n", f"<{LINK}>", f'"{LINK}"', f"“{LINK}”", LINK.replace("#", "%23")]
)
def test_what_chat_and_mail_put_round_a_link_does_not_harm_it(wrapped: str) -> None:
    assert parse_address(wrapped) == parse_address(LINK)


def test_a_link_without_its_secret_part_is_that_of_a_known_server() -> None:
    address = parse_address("walkdown://[fe80::1]/Hall")
    assert (address.host, address.port, address.pinned, address.fingerprint) == ("fe80::1", 8765, True, b"")
    assert address.netloc == "[fe80::1]:8765"


@pytest.mark.parametrize("count", range(1, len(INVITE) + FINGERPRINT_LENGTH + 1))
def test_a_link_that_is_cut_anywhere_behind_the_hash_is_said_to_be_cut(count: int) -> None:
    with pytest.raises(BadInput, match="cut or mistyped") as caught:
        parse_address(LINK[:-count])
    assert INVITE[:8] not in str(caught.value)


@pytest.mark.parametrize("place", [0, 5, 21, 22, 23, 40, 65])
@pytest.mark.parametrize("letter", ["=", "+", "/", " ", "ß", "%"])
def test_a_mistyped_letter_is_found_and_not_repeated(place: int, letter: str) -> None:
    start = LINK.index("#") + 1 + place
    with pytest.raises(BadInput, match="cut or mistyped") as caught:
        parse_address(LINK[:start] + letter + LINK[start + 1 :])
    assert INVITE[6:16] not in str(caught.value)
    assert base64_of(PRINT)[6:16] not in str(caught.value)


def test_the_last_letter_of_each_part_has_to_be_one_that_base64_ends_with() -> None:
    with pytest.raises(BadInput, match="does not belong"):
        parse_address(LINK.replace(INVITE, INVITE[:-1] + "x"))
    with pytest.raises(BadInput, match="does not belong"):
        parse_address(LINK[:-1] + "9")


@pytest.mark.parametrize(
    "text",
    [
        f"walkdown:///Hall#{INVITE}.{base64_of(PRINT)}",
        f"walkdown://host:0/Hall#{INVITE}.{base64_of(PRINT)}",
        f"walkdown://host:99999/Hall#{INVITE}.{base64_of(PRINT)}",
        f"walkdawn://host/Hall#{INVITE}.{base64_of(PRINT)}",
        f"walkdown://ho st/Hall#{INVITE}.{base64_of(PRINT)}",
        f"walkdown://ho\nst/Hall#{INVITE}.{base64_of(PRINT)}",
        f"walkdown://me@host/Hall#{INVITE}.{base64_of(PRINT)}",
        f"walkdown://host/Hall/2#{INVITE}.{base64_of(PRINT)}",
        f"walkdown://host/Hall?a=b#{INVITE}.{base64_of(PRINT)}",
        f"ws://host/Hall#{INVITE}.{base64_of(PRINT)}",
        f"walkdown://host/Hall#{INVITE}.{base64_of(PRINT)}.more",
        f"walkdown://host/Hall#{INVITE}.{base64_of(PRINT)}#more",
        "walkdown://host/Hall#",
    ],
)
def test_whatever_is_wrong_is_said_without_giving_away_what_lets_people_in(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_address(text)
    assert INVITE not in str(caught.value)
    assert base64_of(PRINT) not in str(caught.value)


def test_an_address_that_is_shown_gives_nothing_away() -> None:
    address = parse_address(LINK)
    for shown in (address.name, repr(address), str(address), address.socket_url):
        assert INVITE not in shown
        assert base64_of(PRINT) not in shown
        assert PRINT.hex() not in shown
    assert address.name == "walkdown://plant.example:9000/Hall 2"


def test_a_server_with_a_certificate_of_its_own_takes_an_invitation_alone() -> None:
    address = parse_address(f"wss://plant.example/Hall#{INVITE}")
    assert (address.port, address.invite, address.pinned) == (443, INVITE, False)
    assert address.server_name == "plant.example"


def test_a_pinned_server_is_told_which_session_is_meant_and_not_its_name() -> None:
    names = {parse_address(f"walkdown://host/{session}").server_name for session in ("", "Hall", "Yard")}
    assert len(names) == 3
    assert all(name.endswith(".walkdown") and len(name) == 16 + 9 for name in names)


def test_an_address_of_which_only_the_host_is_known_is_plain() -> None:
    assert Address("127.0.0.1", 9).name == "ws://127.0.0.1:9/"
