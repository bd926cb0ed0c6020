"""The minutes of a review and its lists, as text that ``git diff`` shows well: one fact a line, UTC.

Pure, and always in English, so that the same review gives the same text everywhere; the report is for readers
of other languages.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from walkdown.messages import AgendaItem, Attendance, ChatLine, Topic, Verdict, Vote
from walkdown.review import ReviewState
from walkdown_server.exchange.about import About
from walkdown_server.exchange.pack.lines import FLAG, NUMBER, TEXT, WHOLE, WORDS, iso, plain
from walkdown_server.exchange.pack.topic_text import (
    Field,
    field_lines,
    file_name,
    hidden,
    one_line,
    quotation,
    visible,
    written_line,
)
from walkdown_server.exchange.report.model import agenda_in_order, name_of
from walkdown_server.exchange.report.words import DECISIONS

AGENDA_FIELDS = (
    Field("Title", "title", TEXT),
    Field("Owner", "owner", TEXT),
    Field("Minutes", "minutes", NUMBER),
    Field("Spent seconds", "spent_secs", NUMBER),
    Field("Done", "done", FLAG),
    Field("Parked", "parked", FLAG),
    Field("Order", "order", WHOLE),
    Field("Views", "viewpoints", WORDS),
)

MARK = "\ufeff"
"""Tells spreadsheets that a table is UTF-8."""

README = """\
# The results of a review

Walkdown writes this folder while the session runs. Everything in it is text that `git` compares and merges
well, pictures, and one BCF file.

| | |
|---|---|
| `minutes.md` | what happened: attendance, agenda, votes, verdicts, action list, parking list |
| `topics/0001-….md` | one topic: one field a line |
| `topics/0001-….said.md` | what was said about it: one comment a line |
| `topics.csv`, `attendance.csv` | action list and attendance, for a spreadsheet |
| `agenda.md`, `views.md`, `chat.md` | agenda with notes, prepared views, what was written to all |
| `snapshots`, `files`, `evidence` | pictures, documents, and the values around the moment of each topic |
| `topics.bcf` | all topics as BCF 3.0, for other programs |
| `session.json` | all of it but the topics, for programs |
| `written.txt` | tells what was edited by hand; leave it as it is |

The topics can be edited in any editor, on as many branches as you like: change a field, add a comment
(`- NAME: text`), add a file for a new topic. Merge with `git`, zip the folder, and bring it into a session
like a BCF file: a merge view shows what it changes. `walkdown restore-pack` makes a new session of it.
"""

NAMED_TIMES = 3
"""So many times a line of the chat says in full what one of its links names: a line stays a line."""


@dataclass(frozen=True, slots=True)
class TopicLines:
    """What the lists of a pack say of one topic: in ``topics.csv``, in the minutes, in ``written.txt``."""

    row: str
    entry: str
    parked: bool
    written: str


def topic_lines(topic: Topic, comments: int) -> TopicLines:
    """Return what the lists say of a topic that has so many comments."""
    link = f"- [{topic.index}](topics/{file_name(topic)}.md) {one_line(topic.title)}"
    entry = link if topic.parked else f"{link} – {_told(topic)}"
    return TopicLines(_table([_row(topic, comments)]), entry, topic.parked, written_line(topic))


def minutes(state: ReviewState, about: About, topics: Sequence[TopicLines]) -> str:
    """Return ``minutes.md``; ``topics`` in their order."""
    meeting = state.meeting
    lines = [f"# {one_line(meeting.title or about.session or 'Design review')}", ""]
    lines += [f"Session: {plain(about.session)}", "", f"Stage: {plain(meeting.stage) or '–'}", ""]
    lines += [f"Began: {_moment(meeting.began_ns)}", "", f"Ended: {_moment(meeting.ended_ns)}"]
    for duty, author in sorted(meeting.duties.items()):
        lines += ["", f"{duty.capitalize()}: {plain(name_of(state, author))}"]
    parts = {
        "What was reviewed": _models(about),
        "Verdict": (_verdict(one) for one in meeting.verdicts),
        "Attendance": (_attended(one) for one in _people(state) if one.kind == "person"),
        "Agenda": _agenda(state, parked=False),
        "Votes": (line for vote in state.votes.values() for line in _vote(vote, state)),
        "Action list": (each.entry for each in topics if not each.parked),
        "Parking list": (*(each.entry for each in topics if each.parked), *_parked(state)),
    }
    for heading, found in parts.items():
        lines += ["", f"## {heading}", "", *(list(found) or ["None."])]
    return "\n".join(lines) + "\n"


def _moment(time_ns: int) -> str:
    return f"{iso(time_ns)[:16].replace('T', ' ')} UTC" if time_ns else "–"


def _models(about: About) -> Iterator[str]:
    for line in about.models:
        yield f"- {plain(line.name)}, revision {line.revision}, package `{line.package}`"


def _verdict(one: Verdict) -> str:
    text = f": {one_line(one.text)}" if one.text.strip() else ""
    by = f"{plain(one.author)}, {one.role}, {_moment(one.time_ns)}"
    return f"- **{DECISIONS[one.decision]}**{text} ({by})"


def _people(state: ReviewState) -> list[Attendance]:
    here = (one for one in state.attendance.values() if one.spans)
    return sorted(here, key=lambda one: (one.spans[0][0], one.author_id))


def _attended(one: Attendance) -> str:
    spans = ", ".join(f"{_clock(came)}–{_clock(went) if went else 'still there'}" for came, went in one.spans)
    role = f", {one.role}" if one.role else ""
    return f"- {plain(one_line(one.name))}{role}: {spans}"


def _clock(time_ns: int) -> str:
    return iso(time_ns)[11:16]


def _agenda(state: ReviewState, *, parked: bool) -> Iterator[str]:
    for place, item in enumerate(agenda_in_order(state, parked=parked), 1):
        about = [item.owner and plain(item.owner)]
        about += [f"planned {item.minutes:g} min"] if item.minutes else []
        about += [f"spent {item.spent_secs / 60:.0f} min"] if item.spent_secs else []
        about += ["done"] if item.done else []
        told = ", ".join(part for part in about if part)
        yield f"{place}. {one_line(item.title)}{f' ({told})' if told else ''}"
        yield from (f"   > {plain(visible(line))}" for line in item.text.split("\n") if item.text)


def _vote(vote: Vote, state: ReviewState) -> Iterator[str]:
    about = state.topics.get(vote.topic)
    open_ = "" if vote.ended_ns else " (still open)"
    yield f"- {one_line(vote.question)}{f' – topic {about.index}' if about else ''}{open_}"
    for choice, option in enumerate(vote.options):
        names = sorted(ballot.name for ballot in vote.ballots.values() if ballot.choice == choice)
        told = f" ({plain(', '.join(names))})" if names else ""
        yield f"  - {one_line(option)}: {len(names)}{told}"


def _told(topic: Topic) -> str:
    about = [
        topic.assigned or "no owner",
        "accepted" if topic.accepted else "",
        f"due {topic.due}" if topic.due else "",
        topic.priority,
        topic.status,
    ]
    return one_line(", ".join(part for part in about if part))


def _parked(state: ReviewState) -> Iterator[str]:
    for line in _agenda(state, parked=True):
        yield line if line.startswith(" ") else f"- {line.partition('. ')[2]}"


# ---- lists ----------------------------------------------------------------------------------------------


def agenda_text(state: ReviewState) -> str:
    """Return ``agenda.md``: each point with its fields and what was written down under it."""
    parts = ["# Agenda"]
    for parked in (False, True):
        for item in agenda_in_order(state, parked=parked):
            parts += _item(item)
    return "\n\n".join(parts) + "\n"


def _item(item: AgendaItem) -> Iterator[str]:
    yield f"## Point {item.item}"
    yield from field_lines(item, AGENDA_FIELDS)
    yield quotation("Text", item.text)


def attendance_table(state: ReviewState) -> str:
    """Return ``attendance.csv``: a row for each time that somebody was there."""
    rows = [
        (one.name, one.role, one.kind, iso(came), iso(went), one.author_id)
        for one in _people(state)
        for came, went in one.spans
    ]
    return MARK + _table([("name", "role", "kind", "came", "went", "id"), *rows])


def topics_table(topics: Iterable[TopicLines]) -> str:
    """Return ``topics.csv``, the action list."""
    headings = (
        "number", "title", "status", "priority", "owner", "accepted", "due", "type", "discipline", "stage",
        "labels", "parked", "things", "comments", "made by", "made", "changed", "id",
    )  # fmt: skip
    return MARK + _table([headings]) + "".join(each.row for each in topics)


def _row(topic: Topic, comments: int) -> tuple[str, ...]:
    return (
        str(topic.index),
        topic.title,
        topic.status,
        topic.priority,
        topic.assigned,
        FLAG.write(topic.accepted),
        topic.due,
        topic.type,
        topic.discipline,
        topic.stage,
        ", ".join(topic.labels),
        FLAG.write(topic.parked),
        ", ".join(topic.things),
        str(comments),
        topic.author,
        iso(topic.made_ns),
        iso(topic.changed_ns),
        topic.topic,
    )


def _table(rows: Iterable[Iterable[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([_no_formula(cell) for cell in row] for row in rows)
    return file.getvalue()


def _no_formula(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def chat_line(line: ChatLine, state: ReviewState) -> str:
    """Return a line of ``chat.md``: what somebody wrote to all, with what it names."""
    text = line.text
    for place, link in enumerate(line.links):
        text = text.replace(f"{{{place}}}", _named(link, state), NAMED_TIMES)
    shown = "<br>".join(plain(visible(part)) for part in text.split("\n"))
    name = plain(one_line(line.author).replace("*", "")) or "?"
    return f"- {iso(line.time_ns) or '?'} **{name}**: {shown} {hidden('line', id=line.line)}"


def _named(link: str, state: ReviewState) -> str:
    """Return what a link of the chat names, for people."""
    kind, _colon, name = link.partition(":")
    topic = state.topics.get(name) if kind == "topic" else None
    if topic is not None:
        return f"topic {topic.index} ({topic.title})"
    if kind == "person":
        return name_of(state, name)
    return f"{kind} {name}"
