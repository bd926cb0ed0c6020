"""The inventory that is made in a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.app.test_models import opened_package, twin
from walkdown.errors import Missing
from walkdown.package import Scalar
from walkdown_client.app.indexing import Indexing
from walkdown_client.app.models import Models, OpenPackage
from walkdown_client.finding import find
from walkdown_client.inventory import Inventory
from walkdown_client.query import parse
from walkdown_client.twin_index import TwinIndex


@pytest.fixture
def indexing() -> Iterator[Indexing]:
    made = Indexing()
    yield made
    made.close()


def packages(things: TwinIndex) -> list[OpenPackage]:
    models = Models()
    models.open(opened_package(), 0, things)
    return models.packages


def wait_for(condition: Callable[[], object], *, at_most_secs: float = 20.0) -> None:
    """Return when a condition holds; what is waited for is another thread."""
    event, until = threading.Event(), time.monotonic() + at_most_secs
    while not condition():
        assert time.monotonic() < until
        event.wait(0.002)


def stepped(
    indexing: Indexing, things: TwinIndex, models: Sequence[OpenPackage], *, loaded: bool
) -> Callable[[], Inventory | None]:
    return lambda: indexing.step(things, models, loaded=loaded)


def test_an_inventory_is_there_after_a_while_and_stays_the_same(indexing: Indexing) -> None:
    things = twin()
    models = packages(things)
    step = stepped(indexing, things, models, loaded=False)
    wait_for(step)
    made = step()
    assert made is not None
    assert made is step()
    assert (made.twin, made.complete) == (things, False)
    assert [made.keys[row] for row in find(parse("crate"), made).rows] == ["plant:/crate"]


def test_properties_are_read_when_the_models_are_drawn(indexing: Indexing) -> None:
    things = twin()
    step = stepped(indexing, things, packages(things), loaded=True)
    wait_for(lambda: (made := step()) is not None and made.complete)
    made = step()
    assert made is not None
    assert [made.keys[row] for row in find(parse("weight>2"), made).rows] == ["plant:/crate"]


def test_another_twin_gets_another_inventory_and_properties_are_read_once(
    indexing: Indexing, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = twin()
    models = packages(first)
    wait_for(lambda: (made := indexing.step(first, models, loaded=True)) is not None and made.complete)

    def read_again() -> Iterator[list[dict[str, Scalar]]]:
        raise AssertionError("they are known")

    monkeypatch.setattr(models[0].elements, "property_chunks", read_again)
    second = twin()
    wait_for(lambda: (made := indexing.step(second, models, loaded=True)) is not None and made.complete)
    made = indexing.step(second, models, loaded=True)
    assert made is not None
    assert made.twin is second
    assert len(find(parse("weight>2"), made).rows) == 1


def test_a_model_whose_properties_cannot_be_had_is_found_by_name(
    indexing: Indexing, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = twin()
    models = packages(things)

    def gone() -> Iterator[list[dict[str, Scalar]]]:
        raise Missing("the server is away")

    monkeypatch.setattr(models[0].elements, "property_chunks", gone)
    step = stepped(indexing, things, models, loaded=True)
    wait_for(lambda: (made := step()) is not None and made.complete)
    made = step()
    assert made is not None
    assert len(find(parse("weight>2"), made).rows) == 0
    assert len(find(parse("crate"), made).rows) == 1
