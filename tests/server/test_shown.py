"""Drawn element ids: of one model and package always the same, and never of two."""

from __future__ import annotations

import msgspec
import pytest

from walkdown.messages import Blob, ModelState, PackageRef
from walkdown_server.shown import Shown

MANIFEST = Blob("0" * 64, 10)
HALL = PackageRef("hall 1", "Hall", MANIFEST, base=0, count=100, joint_count=3, model="hall")


def sent(package: str, count: int, model: str = "x") -> PackageRef:
    return PackageRef(package, package, MANIFEST, base=0, count=count, model=model, things=Blob("1" * 64, 5))


def model(name: str, package: str) -> ModelState:
    return ModelState(name, f"{name} of {package}", package, author="Ada", author_id="a")


def spans(shown: Shown, *models: ModelState) -> list[tuple[int, int]]:
    return [(ref.base, ref.base + ref.count) for ref in shown.refs(models)]


def test_ids_stay_with_a_model_and_its_package_whatever_comes_and_goes() -> None:
    shown = Shown([HALL])
    for package, count in (("a", 10), ("b", 20)):
        shown.learn(sent(package, count))
    shown.learn(sent("a", 10, "y"))
    hall = model("hall", "hall 1")
    assert spans(shown, hall, model("x", "a")) == [(0, 100), (100, 110)]
    assert spans(shown, model("x", "b")) == [(110, 130)]
    assert spans(shown, model("y", "a"), model("x", "a")) == [(130, 140), (100, 110)]
    assert spans(shown, hall) == [(0, 100)]


def test_a_ref_says_what_the_model_is_and_a_model_of_the_start_keeps_its_joints() -> None:
    shown = Shown([HALL])
    shown.learn(sent("a", 10))
    moved = msgspec.structs.replace(model("hall", "hall 1"), placement=(2.0, *[0.0] * 11))
    first, second = shown.refs([moved, model("x", "a")])
    assert (first.joint_count, first.things, first.placement[0], first.author) == (3, None, 2.0, "Ada")
    assert (second.name, second.model, second.joint_count) == ("x of a", "x", 0)
    assert second.things == Blob("1" * 64, 5)


def test_the_same_package_sent_as_another_model_brings_its_things() -> None:
    shown = Shown([HALL])
    shown.learn(sent("hall 1", 100))
    first, second = shown.refs([model("hall", "hall 1"), model("x", "hall 1")])
    assert (first.things, second.things) == (None, Blob("1" * 64, 5))


def test_a_model_without_its_package_is_left_out() -> None:
    shown = Shown([HALL])
    assert not shown.knows(model("x", "a"))
    shown.learn(sent("a", 10, "y"))
    assert shown.knows(model("y", "a"))
    assert not shown.knows(model("x", "a")), "what it brings as that model is not known"
    assert shown.refs([model("x", "a")]) == ()


def test_when_all_ids_are_given_away_what_had_some_is_still_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("walkdown_server.shown.ELEMENTS_MAX", 115)
    shown = Shown([HALL])
    for package, count in (("a", 10), ("b", 20)):
        shown.learn(sent(package, count))
    assert shown.has_ids_for("x", sent("a", 10))
    assert spans(shown, model("x", "a"), model("x", "b")) == [(100, 110)]
    assert not shown.has_ids_for("x", sent("b", 20))
    assert shown.has_ids_for("x", sent("a", 10))
    assert shown.elements_left == 5
