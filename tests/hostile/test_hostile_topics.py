"""Hostile BCF files are read or refused in one clear sentence; what was read can be merged and written."""

from __future__ import annotations

import io

import pytest

from tests.exchange_bcf.sessions import Session
from tests.hostile.bcf_cases import CASES
from tests.hostile.judge import plain_faults
from walkdown.errors import BadInput
from walkdown_server.exchange.bcf import read

REFUSED = ("empty", "no zip", "noughts", "a billion laughs", "an entity from a file", "an entity in UTF-16")


def told(data: bytes) -> tuple[tuple[str, ...], bool]:
    """What is said of a file, and whether it was refused."""
    try:
        return read(data, name="x.bcf").incoming.notes, False
    except BadInput as error:
        return (str(error),), True


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_harms_nobody(name: str) -> None:
    data = CASES[name]
    sentences, refused = told(data)
    assert [fault for sentence in sentences for fault in plain_faults(sentence)] == []
    if refused:
        return
    assert name not in REFUSED
    session = Session()
    session.bring(data)
    again = session.file("3.0")
    assert len(again) < len(data) + 1_000_000
    assert [topic.what for topic in session.planned(again).topics].count("new") == 0
    assert io.BytesIO(again).read(2) == b"PK"
