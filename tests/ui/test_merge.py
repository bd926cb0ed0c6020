"""The merge view says what a file would change and who wins, before anything is changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.ui.conftest import Screen
from walkdown.messages import Comment, Person, ReviewSnapshot, Topic, Viewpoint
from walkdown.review import MergeConflict, MergePlan, PlannedTopic, ReviewState
from walkdown_client.events import Heard
from walkdown_client.tools import intents as wish
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.topic_state import OpenMerge, TopicFacts
from walkdown_client.ui.panels.merge import in_order, summary

pytestmark = pytest.mark.display

WHY = "The file's change is newer."
PLAN = MergePlan(
    "review.bcf",
    "BCF 2.1",
    (
        PlannedTopic(
            "new", "Add a drain", "new", Topic(title="Add a drain", topic="new"), viewpoints=(Viewpoint("v"),)
        ),
        PlannedTopic("same", "Nothing to do", "same"),
        PlannedTopic(
            "both",
            "Valve",
            "changed",
            changes={"status": "Closed", "assigned_id": "x", "due": "2026-12-03"},
            comments=(Comment("c", "both", "Done as agreed", author="Bob"),),
            conflicts=(
                MergeConflict("status", "Open", "Closed", "file", WHY),
                MergeConflict("comment:c1", "Mine", "Theirs", "here", "The comment here was changed later."),
            ),
            unresolved=("ifc:2O2Fr",),
        ),
    ),
    ("A snapshot of 41 megapixels was left out.",),
)


@pytest.fixture
def merging(screen: Screen) -> Screen:
    """A screen that shows the merge view."""
    there = Topic(title="Valve", topic="both", status="Open")
    screen.world.review = ReviewState.of(ReviewSnapshot((there,)))
    screen.facts = replace(screen.facts, topics=TopicFacts(merge=OpenMerge("f", PLAN)))
    screen.view.panel, screen.view.topics.merging = "merge", "f"
    screen.view.preferences.left_width = 420
    screen.settle()
    return screen


def test_what_is_new_changed_and_the_same_is_said_conflicts_first(merging: Screen) -> None:
    text = merging.text("merge")
    assert "review.bcf · BCF 2.1\n1 new · 1 changed · 1 the same · 2 fields changed on both sides" in text
    assert "A snapshot of 41 megapixels was left out." in text
    assert "changed · 2 fields · 1 comment · 2 changed on both sides · 1 component unknown" in text
    assert "Add a drain\nnew · 1 view" in text
    assert [topic.topic_id for topic in in_order(PLAN)] == ["both", "new", "same"]
    assert "Merge 2 topics" in text


def test_both_values_of_a_conflict_are_shown_with_who_wins_and_why(merging: Screen) -> None:
    merging.view.unfolded.add("merge/both")
    merging.settle()
    text = merging.text("merge")
    assert f"Status\n– Here: Open\n✓ File: Closed\nThe file wins. {WHY}" in text
    assert "Comment\n✓ Here: Mine\n– File: Theirs\nWhat is here stays." in text
    assert "Due: — → 2026-12-03\nBob: Done as agreed" in text
    assert "No model here has these components: ifc:2O2Fr" in text


def test_single_topics_are_left_out_and_the_rest_is_merged(merging: Screen) -> None:
    merging.do(topics.LeaveOut("both"))
    merging.settle()
    text = merging.text("merge")
    assert "Valve\nleft out" in text
    assert "Merge 1 topic" in text
    found = [wished for x in (60, 130, 150, 170) for wished in merging.click(44 + x, 900 - 26 - 24)]
    assert topics.MergeTopics() in found
    assert topics.CancelTopics("f") in found


def test_a_click_unfolds_a_topic_and_its_box_leaves_it_out(merging: Screen) -> None:
    merging.click(44 + 200, 36 + 162)
    assert "merge/both" in merging.view.unfolded
    merging.view.unfolded.clear()
    boxes = [
        w
        for y in range(140, 230, 10)
        for w in merging.click(44 + 22, 36 + y)
        if isinstance(w, topics.LeaveOut)
    ]
    assert topics.LeaveOut("both") in boxes


def test_without_a_file_the_panel_says_how_one_comes_in_and_to_whom_it_is_open(screen: Screen) -> None:
    screen.view.panel = "merge"
    screen.settle()
    text = screen.text("merge")
    assert "drop one on the window" in text
    screen.world.apply(Heard(Person(screen.world.me, "Ada", "person", 0, "", role="participant")))
    screen.settle()
    assert "does not allow this" in screen.text("merge")
    assert not [w for w in screen.settle() if isinstance(w, wish.BringModel)]


def test_a_file_without_topics_says_so() -> None:
    assert summary(MergePlan("empty.bcf", "BCF 3.0")) == "There are no topics in this file."
