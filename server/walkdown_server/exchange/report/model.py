"""What a report says, ready to be set: every text, date and number as its readers write them.

Pure. :func:`prepare` makes a :class:`Report` of a review; the HTML and the PDF are set from the same one, and
neither decides what is said. Text of people is text here, never markup.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from walkdown.i18n import mark
from walkdown.messages import (
    AgendaItem,
    Attendance,
    Comment,
    Mark,
    Topic,
    Verdict,
    Viewpoint,
    Vote,
)
from walkdown.review import ReviewState
from walkdown.review.progress import is_finished
from walkdown_server.exchange.about import About
from walkdown_server.exchange.report.formats import SECS_NS, THIN, UNKNOWN
from walkdown_server.exchange.report.words import DECISIONS, MARK_KINDS, Words

TOPICS_MAX = 1000
"""So many topics are printed with all that belongs to them; the action list has all, and so has the pack."""

COMMENTS_MAX = 200
"""Of one topic at most so many comments are printed, the newest; the pack has all."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; ``widths`` are the shares of the columns, 0 for as wide as its text."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said, when."""

    who: str
    when: str
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: by the SHA-256 of the file or, of a plot, by a name; and what it shows."""

    name: str
    caption: str
    plot: bool = False


@dataclass(frozen=True, slots=True)
class TopicPart:
    """One topic.

    Attributes:
        facts: (label, value). evidence: sentences about it. plots: of its signals.
    """

    anchor: str
    number: str
    title: str
    status: str
    facts: tuple[tuple[str, str], ...]
    description: str
    pictures: tuple[Picture, ...]
    comments: tuple[Said, ...]
    measures: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    plots: tuple[Picture, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VotePart:
    """A question, what was answered, and what came of it."""

    question: str
    about: str
    result: str
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict as it is printed; ``kind`` is the word of the journal."""

    kind: str
    decision: str
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that is printed, in the order of printing.

    Attributes:
        language: of the text, a BCP 47 tag. labels: the headings, by what they head.
        verdicts: the one that stands last. signatures: (name, role) of whoever signs, empty ones among them.
    """

    language: str
    title: str
    subtitle: str
    labels: dict[str, str]
    cover: tuple[tuple[str, str], ...]
    models: Table
    verdicts: tuple[Decided, ...]
    figures: tuple[tuple[str, str], ...]
    attendance: Table
    agenda: Table
    agenda_texts: tuple[Said, ...]
    votes: tuple[VotePart, ...]
    actions: Table
    topics: tuple[TopicPart, ...]
    parking: Table
    signatures: tuple[tuple[str, str], ...]
    written: str
    notes: tuple[str, ...] = field(default=())


def topics_in_order(state: ReviewState, only: Collection[str] = ()) -> list[Topic]:
    """Return the topics by number, all or those of these ids."""
    chosen = (topic for topic in state.topics.values() if not only or topic.topic in only)
    return sorted(chosen, key=lambda topic: (topic.index, topic.topic))


def prepare(state: ReviewState, about: About, words: Words, *, only: Collection[str] = ()) -> Report:
    """Return the report of a review.

    Args:
        only: ids of the topics that are printed, all when empty.
    """
    topics = topics_in_order(state, only)
    meeting = state.meeting
    return Report(
        language=words.language.replace("_", "-"),
        title=meeting.title or about.session or words(mark("Design review")),
        subtitle=words(mark("Report of the review")),
        labels=words.labels(),
        cover=tuple(_cover(state, about, words)),
        models=_models(about, words),
        verdicts=tuple(_decided(verdict, words) for verdict in meeting.verdicts),
        figures=tuple(_figures(state, topics, about, words=words)),
        attendance=_attendance(state, about, words),
        agenda=_agenda(state, words),
        agenda_texts=tuple(_minutes(state)),
        votes=tuple(_vote(vote, state, words) for vote in state.votes.values()),
        actions=_actions(topics, words),
        topics=tuple(_topic(topic, state, about, words=words) for topic in topics[:TOPICS_MAX]),
        parking=_parking(state, topics, words),
        signatures=tuple(_signatures(state, words)),
        written=words(mark("Written on {time}")).format(time=words.formats.time(about.now_ns)),
        notes=tuple(_left_out(topics, words)),
    )


def _left_out(topics: Sequence[Topic], words: Words) -> Iterator[str]:
    if len(topics) > TOPICS_MAX:
        text = words(mark("{count} topics stand only in the action list; the session pack has all of them."))
        yield text.format(count=words.formats.number(len(topics) - TOPICS_MAX))


# ---- the first page ---------------------------------------------------------------------------------


def _cover(state: ReviewState, about: About, words: Words) -> Iterator[tuple[str, str]]:
    meeting, formats = state.meeting, words.formats
    yield words(mark("Session")), about.session or UNKNOWN
    yield words(mark("Stage")), meeting.stage or UNKNOWN
    yield words(mark("Began")), formats.time(meeting.began_ns)
    ended = formats.time(meeting.ended_ns) if meeting.ended_ns else words(mark("has not ended"))
    yield words(mark("Ended")), ended if meeting.began_ns else UNKNOWN
    for duty, author in sorted(meeting.duties.items()):
        yield words.duty(duty), name_of(state, author)


def name_of(state: ReviewState, author_id: str) -> str:
    """Return what somebody is called who was here, their id when nobody knows."""
    there = state.attendance.get(author_id)
    return there.name if there and there.name else author_id


def _models(about: About, words: Words) -> Table:
    headings = (words(mark("3D model")), words(mark("Revision")), words(mark("Package, by its hash")))
    rows = tuple((line.name, str(line.revision), line.package) for line in about.models)
    return Table(headings, rows, (2, 0, 4), numeric=(1,))


def _decided(verdict: Verdict, words: Words) -> Decided:
    by = words(mark("{name}, {role}, on {time}")).format(
        name=verdict.author or UNKNOWN,
        role=words.role(verdict.role),
        time=words.formats.time(verdict.time_ns),
    )
    return Decided(verdict.decision, words(DECISIONS[verdict.decision]), verdict.text, by)


def _figures(
    state: ReviewState, topics: Sequence[Topic], about: About, *, words: Words
) -> Iterator[tuple[str, str]]:
    left = [topic for topic in topics if not is_finished(topic)]
    today = words.formats.moment(about.now_ns).date().isoformat()
    overdue = sum(bool(topic.due) and topic.due[:10] < today for topic in left)
    comments = sum(len(state.comments_of.get(topic.topic, ())) for topic in topics)
    people = sum(one.kind == "person" for one in state.attendance.values())
    done = [item for item in state.agenda.values() if item.done and not item.parked]
    agenda = [item for item in state.agenda.values() if not item.parked]
    number = words.formats.number
    yield words(mark("Topics")), number(len(topics))
    yield words(mark("Still open")), number(len(left))
    yield words(mark("Without owner")), number(sum(not topic.assigned for topic in left))
    yield words(mark("Overdue")), number(overdue)
    yield words(mark("Comments")), number(comments)
    yield words(mark("People")), number(people)
    yield words(mark("Agenda")), f"{number(len(done))}{THIN}/{THIN}{number(len(agenda))}"


# ---- people and agenda --------------------------------------------------------------------------------


def _attendance(state: ReviewState, about: About, words: Words) -> Table:
    headings = tuple(
        words(text) for text in (mark("Name"), mark("Role"), mark("Came"), mark("Went"), mark("There for"))
    )
    people = sorted(
        (one for one in state.attendance.values() if one.kind == "person"),
        key=lambda one: (one.spans[0][0] if one.spans else 0, one.name),
    )
    rows = tuple(_attendee(one, state, about, words=words) for one in people)
    return Table(headings, rows, (3, 2, 0, 0, 0), numeric=(2, 3, 4))


def _attendee(one: Attendance, state: ReviewState, about: About, *, words: Words) -> tuple[str, ...]:
    formats = words.formats
    until_ns = state.meeting.ended_ns or about.now_ns
    secs = sum(max(0, (went or until_ns) - came) for came, went in one.spans) / SECS_NS
    came_ns = one.spans[0][0] if one.spans else 0
    went_ns = one.spans[-1][1] if one.spans else 0
    went = formats.clock(went_ns) if went_ns else words(mark("stayed"))
    duties = [
        words.duty(duty) for duty, author in sorted(state.meeting.duties.items()) if author == one.author_id
    ]
    role = ", ".join([words.role(one.role), *duties])
    return one.name, role, formats.clock(came_ns), went, formats.minutes(secs)


def agenda_in_order(state: ReviewState, *, parked: bool = False) -> list[AgendaItem]:
    """Return the points of the agenda, or of the parking list."""
    items = [item for item in state.agenda.values() if item.parked == parked]
    return sorted(items, key=lambda item: (item.order, item.number))


def _agenda(state: ReviewState, words: Words) -> Table:
    headings = (
        words(mark("No.")),
        words(mark("Agenda item")),
        words(mark("Owner")),
        words(mark("Planned")),
        words(mark("Spent")),
        words(mark("Done")),
    )
    rows = tuple(
        (
            str(place),
            item.title,
            item.owner or UNKNOWN,
            words.formats.minutes(item.minutes * 60) if item.minutes else UNKNOWN,
            words.formats.minutes(item.spent_secs) if item.spent_secs else UNKNOWN,
            words(mark("yes")) if item.done else words(mark("no")),
        )
        for place, item in enumerate(agenda_in_order(state), 1)
    )
    return Table(headings, rows, (0, 5, 2, 0, 0, 0), numeric=(0, 3, 4))


def _minutes(state: ReviewState) -> Iterator[Said]:
    """Yield what was written down under each point."""
    for place, item in enumerate(agenda_in_order(state), 1):
        if item.text.strip():
            yield Said(f"{place}  {item.title}", "", item.text)


def _vote(vote: Vote, state: ReviewState, words: Words) -> VotePart:
    number = words.formats.number
    rows: list[tuple[str, str, str]] = []
    for choice, option in enumerate(vote.options):
        names = sorted(ballot.name for ballot in vote.ballots.values() if ballot.choice == choice)
        rows.append((option, number(len(names)), ", ".join(names)))
    about = state.topics.get(vote.topic)
    item = state.agenda.get(vote.item)
    subject = f"{about.index}  {about.title}" if about else item.title if item else ""
    return VotePart(vote.question, subject, _outcome(vote, words), tuple(rows))


def _outcome(vote: Vote, words: Words) -> str:
    """Return what came of a vote."""
    if not vote.ended_ns:
        return words(mark("The vote is still open."))
    counts = [sum(b.choice == place for b in vote.ballots.values()) for place in range(len(vote.options))]
    best = max(counts, default=0)
    if not best:
        return words(mark("Nobody voted."))
    ended = words.formats.short(vote.ended_ns)
    if counts.count(best) > 1:
        return words(mark("Undecided: equal numbers, {time}.")).format(time=ended)
    return words(mark("Most votes: {option}, {time}.")).format(
        option=vote.options[counts.index(best)], time=ended
    )


# ---- topics -----------------------------------------------------------------------------------------


def _actions(topics: Iterable[Topic], words: Words) -> Table:
    headings = tuple(
        words(text)
        for text in (
            mark("No."),
            mark("Topic"),
            mark("Owner"),
            mark("Due"),
            mark("Priority"),
            mark("Status"),
        )
    )
    rows = tuple(
        (
            str(topic.index),
            topic.title,
            owner_of(topic, words),
            words.formats.due(topic.due) if topic.due else UNKNOWN,
            topic.priority or UNKNOWN,
            topic.status or UNKNOWN,
        )
        for topic in topics
        if not topic.parked
    )
    return Table(headings, rows, (0, 6, 2.4, 0, 0, 0), numeric=(0,))


def owner_of(topic: Topic, words: Words) -> str:
    """Return who has to do something about a topic, and whether they have said yes."""
    if not topic.assigned:
        return UNKNOWN
    return f"{topic.assigned} ✓" if topic.accepted else topic.assigned


def _topic(topic: Topic, state: ReviewState, about: About, *, words: Words) -> TopicPart:
    comments = state.comments_on(topic.topic)[-COMMENTS_MAX:]
    views = state.views_of(topic.topic)
    return TopicPart(
        anchor=f"topic-{topic.index}-{topic.topic[:8]}",
        number=str(topic.index),
        title=topic.title,
        status=topic.status,
        facts=tuple(_facts(topic, state, about, words=words)),
        description=topic.description,
        pictures=tuple(_pictures(topic, state, views, words=words)),
        comments=tuple(_said(comment, words) for comment in comments),
        measures=tuple(_measured(topic, state, words)),
    )


def _facts(topic: Topic, state: ReviewState, about: About, *, words: Words) -> Iterator[tuple[str, str]]:
    due = words.formats.due(topic.due) if topic.due else ""
    things = ", ".join(about.name_of(thing) for thing in topic.things[:20])
    more = f" … +{len(topic.things) - 20}" if len(topic.things) > 20 else ""
    related = [state.topics[name] for name in topic.related if name in state.topics]
    item = state.agenda.get(topic.item)
    rows = (
        (mark("Type"), topic.type),
        (mark("Status"), topic.status),
        (mark("Priority"), topic.priority),
        (mark("Owner"), owner_of(topic, words) if topic.assigned else ""),
        (mark("Due"), due),
        (mark("Stage"), topic.stage),
        (mark("Discipline"), topic.discipline),
        (mark("Labels"), ", ".join(topic.labels)),
        (mark("About"), things + more),
        (mark("Place"), words.place(topic.point, topic.model)),
        (mark("Agenda"), item.title if item else ""),
        (mark("Said by"), topic.speaker),
        (mark("Made by"), _made(topic.author, topic.made_ns, words)),
        (mark("Changed by"), _made(topic.changed, topic.changed_ns, words)),
        (mark("Related"), ", ".join(f"{other.index} {other.title}" for other in related)),
        (mark("Documents"), "; ".join(_document_lines(topic))),
        (mark("How it was seen"), "; ".join(_seen(state.views_of(topic.topic), words))),
        (mark("Links"), "  ".join(topic.links)),
        (mark("Parking list"), words(mark("yes")) if topic.parked else ""),
    )
    yield from ((words(label), value) for label, value in rows if value)


def _made(name: str, time_ns: int, words: Words) -> str:
    return ", ".join(part for part in (name, words.formats.short(time_ns) if time_ns else "") if part)


def _document_lines(topic: Topic) -> Iterator[str]:
    for document in topic.documents:
        name = document.file.name if document.file else document.url
        yield f"{document.description} ({name})" if document.description else name


def _seen(views: Iterable[Viewpoint], words: Words) -> Iterator[str]:
    """Yield how a topic was seen where no picture says it."""
    yield from (caption for view in views if not view.snapshot and (caption := words.view_caption(view)))


def _pictures(
    topic: Topic, state: ReviewState, views: Sequence[Viewpoint], *, words: Words
) -> Iterator[Picture]:
    for view in views:
        if view.snapshot:
            yield Picture(view.snapshot, words.view_caption(view))
    for document in topic.documents:
        if document.file is not None and document.file.media in ("image/png", "image/jpeg"):
            yield Picture(document.file.sha256, document.description or document.file.name)
    for one in state.marks.values():
        if one.topic == topic.topic and one.kind == "photo" and one.file is not None:
            yield Picture(one.file.sha256, one.text or one.file.name)


def _said(comment: Comment, words: Words) -> Said:
    return Said(comment.author or UNKNOWN, words.formats.short(comment.made_ns), comment.text)


def _measured(topic: Topic, state: ReviewState, words: Words) -> Iterator[str]:
    for one in state.marks.values():
        if one.topic == topic.topic and one.value is not None:
            yield _measure(one, words)


def _measure(one: Mark, words: Words) -> str:
    kind = words(MARK_KINDS[one.kind])
    value = words.measured(one.value if one.value is not None else float("nan"), one.unit)
    between = " – ".join(name for name in (one.thing, one.other) if name)
    return (
        ": ".join(part for part in (kind, value) if part)
        + (f" ({between})" if between else "")
        + (f", {one.text}" if one.text else "")
    )


# ---- the end ------------------------------------------------------------------------------------------


def _parking(state: ReviewState, topics: Iterable[Topic], words: Words) -> Table:
    headings = (words(mark("Parked")), words(mark("Owner")), words(mark("Text")))
    items = [(item.title, item.owner or UNKNOWN, item.text) for item in agenda_in_order(state, parked=True)]
    parked = [
        (f"{topic.index}  {topic.title}", owner_of(topic, words), topic.status)
        for topic in topics
        if topic.parked
    ]
    return Table(headings, tuple(items + parked), (3, 1.5, 3))


def _signatures(state: ReviewState, words: Words) -> Iterator[tuple[str, str]]:
    """Yield whoever signs: who has given the verdict, led or had a duty; then room for two more."""
    signing: dict[str, str] = {}
    for verdict in state.meeting.verdicts:
        signing[verdict.author] = words.role(verdict.role)
    for one in state.attendance.values():
        if one.role in ("chair", "admin") and one.kind == "person":
            signing.setdefault(one.name, words.role(one.role))
    for duty, author in sorted(state.meeting.duties.items()):
        if author:
            signing.setdefault(name_of(state, author), words.duty(duty))
    yield from signing.items()
    yield from (("", ""),) * 2
