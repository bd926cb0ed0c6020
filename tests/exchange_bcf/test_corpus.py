"""Every case of the corpus comes in and goes out, in both versions, and says the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.exchange_bcf.flat import MOVED, differences, flattened, used
from tests.exchange_bcf.rules import RULES, Difference, rules_of
from tests.exchange_bcf.sessions import CORPUS, Session, brought, faults, needs_corpus
from walkdown_server.exchange.bcf import Version, read

CASES = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.glob("v*/*.bcf"))
DOCS = Path(__file__).parents[2] / "docs" / "bcf.md"
OTHER: dict[str, Version] = {"2.1": "3.0", "3.0": "2.1"}

pytestmark = needs_corpus


def compared(before: bytes, after: bytes, *, changed: bool) -> list[Difference]:
    old, new = flattened(before), flattened(after)
    return [Difference(*found, changed, old, new) for found in differences(old, new)]


def ways(case: str) -> dict[str, tuple[bytes, list[Difference]]]:
    """The file in its own version, in the other, and from there back again."""
    data = (CORPUS / case).read_bytes()
    session, file = brought(data)
    own, other = OTHER[OTHER[file.version]], OTHER[file.version]
    kept, turned = session.file(own), session.file(other)
    back = brought(turned)[0].file(own)
    return {
        own: (kept, compared(data, kept, changed=False)),
        other: (turned, compared(data, turned, changed=True)),
        "back": (back, compared(data, back, changed=True)),
    }


@pytest.fixture(scope="module")
def everything() -> dict[str, dict[str, tuple[bytes, list[Difference]]]]:
    return {case: ways(case) for case in CASES}


@pytest.mark.parametrize("case", CASES)
def test_a_case_differs_by_named_rules_alone(
    case: str, everything: dict[str, dict[str, tuple[bytes, list[Difference]]]]
) -> None:
    unnamed = [
        (way, one) for way, (_data, found) in everything[case].items() for one in found if not rules_of(one)
    ]
    assert unnamed == []


def test_each_rule_is_needed_and_documented(
    everything: dict[str, dict[str, tuple[bytes, list[Difference]]]],
) -> None:
    found = [one for way in everything.values() for _data, many in way.values() for one in many]
    needed = {names[0] for one in found if len(names := rules_of(one)) == 1}
    assert needed == set(RULES)
    assert used == {pattern.pattern for pattern, _new in MOVED}
    assert len(RULES) + 1 <= 10
    documented = re.findall(r"^\| \*\*(.+?)\*\* \|", DOCS.read_text("utf-8"), re.MULTILINE)
    assert documented == ["moved", *RULES]


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_is_valid(
    case: str, everything: dict[str, dict[str, tuple[bytes, list[Difference]]]]
) -> None:
    for way, (data, _found) in everything[case].items():
        own = "2.1" if case.startswith("v2.1") else "3.0"
        assert faults(data, own if way == "back" else way) == []


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_comes_in_again_changes_nothing(case: str) -> None:
    data = (CORPUS / case).read_bytes()
    session, file = brought(data)
    origin = file.incoming.sha256
    files = [data, *(session.file(v, without=w) for v in ("2.1", "3.0") for w in ((), (origin,)))]
    for one in files:
        planned = session.planned(one)
        assert [topic.what for topic in planned.topics] == ["same"] * len(planned.topics)
        assert not any(topic.conflicts for topic in planned.topics)
        assert planned.vocabulary is None


@pytest.mark.parametrize("case", CASES)
def test_a_case_without_its_original_is_still_valid(case: str) -> None:
    session, file = brought((CORPUS / case).read_bytes())
    versions: tuple[Version, ...] = ("2.1", "3.0")
    for version in versions:
        assert faults(session.file(version, without=(file.incoming.sha256,)), version) == []


def test_two_sessions_end_up_with_the_same_topics() -> None:
    first, second = Session(), Session()
    names = [CORPUS / case for case in CASES[:6]]
    for path in names:
        first.bring(path.read_bytes())
    second.bring(first.file("3.0"))
    seen = {name: (topic.title, topic.status, topic.labels) for name, topic in first.state.topics.items()}
    assert seen == {name: (t.title, t.status, t.labels) for name, t in second.state.topics.items()}
    assert set(first.state.comments) == set(second.state.comments)
    assert set(first.state.viewpoints) == set(second.state.viewpoints)


def test_the_cases_are_read_without_a_word() -> None:
    said = {case: notes for case in CASES if (notes := read((CORPUS / case).read_bytes()).incoming.notes)}
    assert said == {}
