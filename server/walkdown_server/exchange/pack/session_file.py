"""``session.json`` of a session pack: what is not of a topic, for programs, one value a line."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from walkdown.messages import (
    AgendaItem,
    Attendance,
    ChatLine,
    Mark,
    Meeting,
    ReviewSnapshot,
    Viewpoint,
    Vocabulary,
    Vote,
)
from walkdown.review import ReviewState
from walkdown_server.exchange.about import About, ModelLine
from walkdown_server.exchange.incoming import IncomingTopic

NAME = "session.json"


class ModelFact(msgspec.Struct, frozen=True):
    """A model that was looked at."""

    name: str
    revision: int
    package: str


class SessionFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """All of a review but its topics.

    Attributes:
        names: of the things that topics are about, by id. views: the session's prepared ones.
    """

    session: str = ""
    models: tuple[ModelFact, ...] = ()
    names: dict[str, str] = {}
    meeting: Meeting = Meeting()
    agenda: tuple[AgendaItem, ...] = ()
    votes: tuple[Vote, ...] = ()
    attendance: tuple[Attendance, ...] = ()
    views: tuple[Viewpoint, ...] = ()
    marks: tuple[Mark, ...] = ()
    chat: tuple[ChatLine, ...] = ()
    vocabulary: Vocabulary = Vocabulary()


def session_text(state: ReviewState, about: About) -> str:
    """Return the file."""
    used = {thing for topic in state.topics.values() for thing in topic.things}
    kept = SessionFile(
        session=about.session,
        models=tuple(ModelFact(line.name, line.revision, line.package) for line in about.models),
        names={thing: about.names[thing] for thing in sorted(used) if thing in about.names},
        meeting=state.meeting,
        agenda=tuple(state.agenda.values()),
        votes=tuple(state.votes.values()),
        attendance=tuple(state.attendance.values()),
        views=tuple(state.views_of("")),
        marks=tuple(state.marks.values()),
        chat=tuple(state.chat),
        vocabulary=state.vocabulary,
    )
    return msgspec.json.format(msgspec.json.encode(kept), indent=1).decode() + "\n"


def read_session(data: bytes) -> SessionFile:
    """Return what a file holds.

    Raises:
        ValueError: it is none; says what is wrong.
    """
    try:
        return msgspec.json.decode(data, type=SessionFile)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from error


def state_of(kept: SessionFile, topics: Iterable[IncomingTopic]) -> ReviewState:
    """Return the review that a pack holds."""
    topics = tuple(topics)
    newest = max((each.topic.index for each in topics), default=0)
    return ReviewState.of(
        ReviewSnapshot(
            topics=tuple(each.topic for each in topics),
            comments=tuple(one for each in topics for one in each.comments),
            viewpoints=(*kept.views, *(view for each in topics for view in each.viewpoints)),
            marks=kept.marks,
            agenda=kept.agenda,
            votes=kept.votes,
            chat=kept.chat,
            attendance=kept.attendance,
            meeting=kept.meeting,
            vocabulary=kept.vocabulary,
            next_index=newest + 1,
        )
    )


def about_of(kept: SessionFile, now_ns: int) -> About:
    """Return what a pack says beside its review."""
    models = tuple(ModelLine(one.name, one.revision, one.package) for one in kept.models)
    return About(kept.session, now_ns, models, kept.names)
