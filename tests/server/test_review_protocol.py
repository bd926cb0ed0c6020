"""The page about the protocol names every message, record and key of a review."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from walkdown import messages as m
from walkdown.messages import review, review_kept
from walkdown.review.checks import LIMITS

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## 14. Review")[2].partition("\n## ")[0]
WORDS = frozenset(re.findall(r"\w+", SECTION))

STRUCTS = [
    kind
    for module in (review, review_kept)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__module__ == module.__name__
]


@pytest.mark.parametrize("kind", STRUCTS, ids=lambda kind: kind.__name__)
def test_the_page_names_every_key(kind: type[msgspec.Struct]) -> None:
    assert set(kind.__struct_fields__) - WORDS == set()
    if issubclass(kind, m.Message) and kind.__struct_config__.tag:
        assert f"| `{kind.__struct_config__.tag}` |" in SECTION


def test_the_page_names_every_kind_of_record_and_how_many_there_may_be() -> None:
    assert {kind for kind in m.REVIEW_KINDS if f"`{kind}`" not in SECTION} == set()
    assert {limit for limit in LIMITS.values() if f"{limit:,}" not in SECTION} == set()
