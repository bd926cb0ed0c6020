"""A pack is made for git: two branches edited offline load again after a real merge."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from tests.exchange_pack.reviews import ABOUT, COMMENTS, RAIL, TRAY, files, guid, review
from walkdown.messages import Comment
from walkdown.review import MergePlan
from walkdown_server.exchange import merging
from walkdown_server.exchange.pack import PackFolder, bases, load

GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run([*GIT, *arguments], cwd=folder, check=False, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Returns a pack that is the first commit of a repository, on the branch ``main``."""
    PackFolder(tmp_path, files).write(review(), ABOUT)
    git(tmp_path, "init", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-m", "as it was")
    return tmp_path


def rail(pack: Path, ending: str = ".md") -> Path:
    return next(
        path
        for path in (pack / "topics").glob(f"0001-*{ending}")
        if ending != ".md" or ".said" not in path.name
    )


def on_branch(pack: Path, name: str, edit: Callable[[], None]) -> None:
    git(pack, "checkout", "-q", "-b", name, "main")
    edit()
    git(pack, "add", "-A")
    git(pack, "commit", "-q", "-m", name)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def append(path: Path, line: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")


def planned(pack: Path) -> MergePlan:
    loaded = load(pack)
    return merging.plan(review(), loaded.incoming, merging.Known(bases=bases(review(), loaded)))


def edit_fields_and_comments_on_both(pack: Path) -> None:
    """Two people edit neighbouring fields of one topic, and each adds a comment at the same place."""

    def ada() -> None:
        replace(rail(pack), "Status: Open", "Status: In progress")
        replace(rail(pack), "Due: 2026-12-01", "Due: 2026-12-15")
        append(rail(pack, ".said.md"), "- Ada: The stem is ordered.")

    def ben() -> None:
        replace(rail(pack), "Type: Clash", "Type: Hazard")
        replace(rail(pack), "> It turns by a quarter.", "> It turns by an eighth.")
        append(rail(pack, ".said.md"), "- Ben: The rail stays.")
        append(rail(pack, ".said.md"), "- Ben: Until March.")

    on_branch(pack, "ada", ada)
    on_branch(pack, "ben", ben)


def test_two_branches_that_edit_one_topic_merge_cleanly_and_load_again(pack: Path) -> None:
    edit_fields_and_comments_on_both(pack)
    assert "CONFLICT" not in git(pack, "merge", "--no-edit", "ada")
    loaded = load(pack)
    topic = next(each for each in loaded.incoming.topics if each.topic.topic == RAIL.topic)
    assert loaded.incoming.notes == ()
    assert (topic.topic.status, topic.topic.due, topic.topic.type) == ("In progress", "2026-12-15", "Hazard")
    assert topic.topic.description == RAIL.description.replace("a quarter", "an eighth")
    said = {comment.text for comment in topic.comments}
    assert said == {one.text for one in COMMENTS} | {
        "The stem is ordered.",
        "The rail stays.",
        "Until March.",
    }
    assert (topic.topic.labels, topic.topic.point) == (RAIL.labels, RAIL.point)


def test_what_was_merged_offline_comes_into_the_session_as_exactly_that(pack: Path) -> None:
    edit_fields_and_comments_on_both(pack)
    git(pack, "merge", "--no-edit", "ada")
    edited, same = (
        next(each for each in planned(pack).topics if each.topic_id == name)
        for name in (RAIL.topic, TRAY.topic)
    )
    assert set(edited.changes) == {"status", "due", "type", "description"}
    assert {comment.author for comment in edited.comments} == {"Ada", "Ben"}
    assert (edited.conflicts, same.what) == ((), "same")


def test_what_the_session_goes_on_to_write_merges_with_what_was_edited_offline(pack: Path) -> None:
    on_branch(pack, "offline", lambda: replace(rail(pack), "Owner: Ada Lindqvist", "Owner: Ben Ochoa"))
    state = review()
    state.topics[RAIL.topic] = changed(state.topics[RAIL.topic], status="Resolved", due="2027-01-01")
    state._put_comment(
        Comment(guid(12), RAIL.topic, "Done.", author="Ada Lindqvist", made_ns=RAIL.made_ns + 10**12)
    )
    git(pack, "checkout", "-q", "main")
    PackFolder(pack, files).write(state, ABOUT)
    git(pack, "add", "-A")
    git(pack, "commit", "-q", "-m", "the session went on")
    assert "CONFLICT" not in git(pack, "merge", "--no-edit", "offline")
    loaded = load(pack)
    plan = merging.plan(state, loaded.incoming, merging.Known(bases=bases(state, loaded)))
    rest = next(each for each in plan.topics if each.topic_id == RAIL.topic)
    assert rest.changes == {"assigned": "Ben Ochoa"}
    assert (rest.comments, rest.conflicts) == ((), ())


def test_one_field_that_both_have_changed_is_a_conflict_that_is_named_with_its_line(pack: Path) -> None:
    on_branch(pack, "ada", lambda: replace(rail(pack), "Status: Open", "Status: Closed"))
    on_branch(pack, "ben", lambda: replace(rail(pack), "Status: Open", "Status: Rejected"))
    assert "CONFLICT" in git(pack, "merge", "--no-edit", "ada")
    loaded = load(pack)
    assert len(loaded.incoming.notes) == 1
    assert f"topics/{rail(pack).name}:3: a merge left a conflict here" in loaded.incoming.notes[0]
    assert all(each.what == "same" for each in planned(pack).topics)


def test_a_topic_that_is_written_by_hand_is_new_and_stays_the_same_one(pack: Path) -> None:
    (pack / "topics" / "ladder.md").write_text(
        "# Ladder is missing\n\nPriority: High\n\nDescription:\n> At tank 3.\n"
    )
    first, second = planned(pack), planned(pack)
    new = [each for each in first.topics if each.what == "new"]
    assert [
        (each.topic.title, each.topic.priority, each.topic.description) for each in new if each.topic
    ] == [("Ladder is missing", "High", "At tank 3.")]
    assert [each.topic_id for each in second.topics if each.what == "new"] == [new[0].topic_id]


def test_a_difference_reads_like_minutes(pack: Path) -> None:
    state = review()
    state.topics[RAIL.topic] = changed(state.topics[RAIL.topic], status="Resolved")
    state._put_comment(
        Comment(
            guid(12), RAIL.topic, "The stem has come.", author="Ada Lindqvist", made_ns=RAIL.made_ns + 10**12
        )
    )
    PackFolder(pack, files).write(state, ABOUT)
    shown = git(pack, "diff", "--unified=0")
    lines = [line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    topic_lines = [line.partition(" <!--")[0] for line in lines if not line.startswith(("-1,", "+1,"))]
    assert "-Status: Open" in topic_lines
    assert "+Status: Resolved" in topic_lines
    assert any(
        line.startswith("+- 2026-11-26T05:17:41") and line.endswith("**Ada Lindqvist**: The stem has come.")
        for line in topic_lines
    )
    assert any(
        line.startswith("+- [1](topics/0001-") and line.endswith("High, Resolved") for line in topic_lines
    )
    assert len(topic_lines) == 5
