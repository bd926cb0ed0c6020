"""The panel that says before a review what is missing, and leads there."""

from __future__ import annotations

import pytest

from tests.ui.conftest import Screen
from walkdown.messages import AgendaItem, Topic
from walkdown_client.tools import intents as wish

pytestmark = pytest.mark.display


def test_what_is_missing_before_a_review_is_counted_and_named(screen: Screen) -> None:
    review = screen.world.review
    review.topics["t"] = Topic(topic="t", title="Valve leaks", index=7, things=("GONE",))
    review.agenda["a"] = AgendaItem("a", "Access")
    review.revision += 1
    screen.do(wish.OpenPanel("readiness"))
    screen.frame()
    text = screen.text("readiness")
    assert "Some of this should be mended first." in text
    assert "Topics whose thing is gone: 1\n#7 Valve leaks" in text
    assert "Points of the agenda without an owner: 1\nAccess" in text
    assert "Nothing is overdue" in text
    assert "Signals without a good value: " in text
