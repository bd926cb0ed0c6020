"""Topics of a file on their way into a running session: what would change, in lines, and what came of it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from walkdown.i18n import _, mark, ngettext, plain
from walkdown.review import MergeConflict, MergePlan, PlannedTopic
from walkdown_client.guest import Guest

ENDINGS = (".bcf", ".bcfzip")
PACK_FILE = "session.json"
"""Lies at the root of a session pack."""

TITLE_MAX, NAMES_MAX, TOPICS_MAX = 60, 3, 100
WHAT = {"new": mark("new"), "changed": mark("changed"), "same": mark("as it is here")}


def has_topics(path: Path) -> bool:
    """Return whether a file holds topics: BCF by its ending, a zipped session pack by what is in it."""
    if path.suffix.lower() in ENDINGS:
        return True
    if path.suffix.lower() != ".zip" or not path.is_file():
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name == PACK_FILE or name.endswith(f"/{PACK_FILE}") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


async def send_topics(guest: Guest, path: Path, *, plan_only: bool = False) -> None:
    """Merge the topics of a file and write down what they changed.

    Args:
        plan_only: only say what they would change.

    Raises:
        Refused: the server said no. Missing: it does not answer. BadInput: the file cannot be read.
    """
    if plan_only:
        say_plan(await guest.plan_topics(path))
        typer.echo(_("Nothing was changed."))
        return

    def told(plan: MergePlan) -> Sequence[str]:
        say_plan(plan)
        return ()

    typer.echo(plain(await guest.bring_topics(path, on_plan=told)))


def say_plan(plan: MergePlan) -> None:
    """Write down on the terminal what a file changes."""
    for line in plan_lines(plan):
        typer.echo(plain(line))


def plan_lines(plan: MergePlan) -> Iterator[str]:
    """Yield for people what a file changes, topic by topic."""
    count = ngettext("{count} topic", "{count} topics", len(plan.topics)).format(count=len(plan.topics))
    yield f"{plan.file}: {plan.format}, {count}"
    told = [topic for topic in plan.topics if topic.what != "same" or topic.conflicts]
    for topic in told[:TOPICS_MAX]:
        yield from _topic_lines(topic)
    if len(told) > TOPICS_MAX:
        yield "  " + _("… and {count} more").format(count=len(told) - TOPICS_MAX)
    missing = {name: None for topic in plan.topics for name in topic.unresolved}
    if missing:
        shown = ", ".join(list(missing)[:NAMES_MAX]) + (", …" if len(missing) > NAMES_MAX else "")
        text = ngettext(
            "{count} component is in no model here: {names}",
            "{count} components are in no model here: {names}",
            len(missing),
        )
        yield text.format(count=len(missing), names=shown)
    yield from plan.notes


def _topic_lines(topic: PlannedTopic) -> Iterator[str]:
    said = [*topic.changes]
    if topic.comments:
        said.append(ngettext("{count} comment", "{count} comments", len(topic.comments)))
        said[-1] = said[-1].format(count=len(topic.comments))
    if topic.viewpoints:
        said.append(ngettext("{count} view", "{count} views", len(topic.viewpoints)))
        said[-1] = said[-1].format(count=len(topic.viewpoints))
    yield f"  {_(WHAT[topic.what])}: {topic.title[:TITLE_MAX]}" + (f" ({', '.join(said)})" if said else "")
    for conflict in topic.conflicts:
        yield f"    {conflict_line(conflict)}"


def conflict_line(conflict: MergeConflict) -> str:
    """Return in a line what both sides have changed, and who wins."""
    if conflict.winner == "file":
        text = _("{field}: {here!r} here, {file!r} in the file, which wins.")
    else:
        text = _("{field}: {here!r} here, which stays; {file!r} in the file.")
    said = text.format(field=conflict.field, here=conflict.here[:TITLE_MAX], file=conflict.file[:TITLE_MAX])
    return f"{said} {conflict.why}".rstrip()
