"""What follows from a review as it stands: who may do what, what comes next, what a vote says. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from walkdown.messages import AgendaItem, Duty, Topic, Vote
from walkdown.review import ReviewState
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools.intents import Intent
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import PersonView, World

LEADING = ("chair", "admin")
NEAR_M = 12.0
"""Who stands so near to who has called has come."""

ORDER_STEP = 1000
_PLACE = re.compile(r"\{(\d{1,2})\}")

# ---- who may do what ------------------------------------------------------------------------------------


def me(world: World) -> PersonView | None:
    """Return oneself, None before the server has said so."""
    return world.people.get(world.me)


def author_of(world: World) -> str:
    """Return one's own id in the journal."""
    return world.welcome.author if world.welcome is not None else ""


def has_duty(world: World, duty: Duty, *, author: str | None = None) -> bool:
    """Tell whether somebody, by default oneself, is driver or scribe."""
    holder = world.review.meeting.duties.get(duty, "")
    return bool(holder) and holder == (author_of(world) if author is None else author)


def leads(world: World) -> bool:
    """Tell whether oneself is a chair or an admin."""
    return world.role in LEADING


def may_gather(world: World) -> bool:
    """Tell whether one may call people together: who leads, presents, or drives."""
    own = me(world)
    return leads(world) or has_duty(world, "driver") or (own is not None and own.presenting)


def may_steer(world: World) -> bool:
    """Tell whether one may turn to points of the agenda and change it: who leads, drives, or writes."""
    return leads(world) or has_duty(world, "driver") or has_duty(world, "scribe")


# ---- people ---------------------------------------------------------------------------------------------


def would_circle(people: Mapping[int, PersonView], *, me: int, person: int) -> bool:
    """Tell whether somebody follows oneself, maybe by way of others."""
    seen: set[int] = set()
    while person and person not in seen:
        if person == me:
            return True
        seen.add(person)
        there = people.get(person)
        person = there.following if there is not None else 0
    return False


def followers(world: World, person: int) -> list[PersonView]:
    """Return who follows somebody."""
    return [one for one in world.people.values() if one.following == person and one.id != person]


def called(world: World) -> list[int]:
    """Return whom the newest call means, among those who are here."""
    call = world.together.gathered
    if call is None or call.release:
        return []
    here = [one.id for one in world.people.values() if one.id != call.by and one.connected]
    return [number for number in here if not call.people or number in call.people]


def have_come(world: World, near: Iterable[int] = ()) -> tuple[int, int]:
    """Return how many of those who were called have come, and how many were called.

    Args:
        near: who stands beside the caller, besides those who follow.
    """
    call, wanted = world.together.gathered, called(world)
    if call is None:
        return 0, 0
    beside = set(near)
    came = [n for n in wanted if n in beside or world.people[n].following == call.by]
    return len(came), len(wanted)


def in_order_of_hands(before: Sequence[int], people: Mapping[int, PersonView]) -> list[int]:
    """Return whose hands are up: those that were up first, then the new ones."""
    up = {one.id for one in people.values() if one.hand}
    kept = [number for number in before if number in up]
    return kept + sorted(up - set(kept))


# ---- the agenda -----------------------------------------------------------------------------------------


def agenda(review: ReviewState) -> list[AgendaItem]:
    """Return the points of the agenda in their order, of the same order those that came first."""
    return sorted((i for i in review.agenda.values() if not i.parked), key=lambda i: i.order)


def parked(review: ReviewState) -> list[AgendaItem]:
    """Return the points of the parking list, the older ones first."""
    return sorted((i for i in review.agenda.values() if i.parked), key=lambda i: i.order)


def parked_topics(review: ReviewState) -> list[Topic]:
    """Return the topics of the parking list."""
    return sorted((t for t in review.topics.values() if t.parked), key=lambda t: t.index)


def item_beside(review: ReviewState, steps: int) -> str | None:
    """Return the id of the next point of the agenda, None when there is none; the first when none is on."""
    ids = [item.item for item in agenda(review)]
    if not ids:
        return None
    if review.meeting.item not in ids:
        return ids[0] if steps > 0 else ids[-1]
    place = ids.index(review.meeting.item) + steps
    return ids[place] if 0 <= place < len(ids) else None


def spent_secs(review: ReviewState, item: AgendaItem, now_ns: int) -> float:
    """Return how long a point of the agenda was on, until now when it is."""
    meeting = review.meeting
    running = meeting.on and meeting.item == item.item and meeting.item_ns
    return item.spent_secs + (max(now_ns - meeting.item_ns, 0) / 1e9 if running else 0.0)


def planned_minutes(review: ReviewState) -> float:
    """Return how long the agenda may take."""
    return sum(item.minutes for item in agenda(review))


def next_order(review: ReviewState) -> int:
    """Return the order of a point that comes last."""
    return max((item.order for item in review.agenda.values()), default=0) + ORDER_STEP


def moved(items: Sequence[AgendaItem], item: str, steps: int) -> dict[str, int]:
    """Return the new order of the points that change when one is moved up (-1) or down (1)."""
    ids = [one.item for one in items]
    start = ids.index(item) if item in ids else -1
    end = start + steps
    if start < 0 or not 0 <= end < len(ids):
        return {}
    ids.insert(end, ids.pop(start))
    orders = {one.item: one.order for one in items}
    low = orders[ids[end - 1]] if end else orders[ids[1]] - 2 * ORDER_STEP
    high = orders[ids[end + 1]] if end + 1 < len(ids) else low + 2 * ORDER_STEP
    if high - low > 1:
        return {item: (low + high) // 2}
    return {one: place * ORDER_STEP for place, one in enumerate(ids) if orders[one] != place * ORDER_STEP}


# ---- votes and the end ----------------------------------------------------------------------------------


def tally(vote: Vote) -> list[tuple[str, list[str]]]:
    """Return for each option the names of those who chose it."""
    return [
        (option, sorted(ballot.name for ballot in vote.ballots.values() if ballot.choice == place))
        for place, option in enumerate(vote.options)
    ]


def open_votes(review: ReviewState) -> list[Vote]:
    """Return the votes that can be cast, the newest first."""
    return sorted((vote for vote in review.votes.values() if not vote.ended_ns), key=lambda v: -v.made_ns)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a review comes to.

    Attributes:
        new, closed, open: topics made since it began, closed since then, and not closed.
        parked: points and topics of the parking list. votes, people, done, items: how many.
    """

    new: int
    closed: int
    open: int
    parked: int
    votes: int
    people: int
    done: int
    items: int


def summary(review: ReviewState) -> Summary:
    """Return what the review has come to so far."""
    began, topics = review.meeting.began_ns, list(review.topics.values())
    ended = [topic for topic in topics if is_closed(review, topic)]
    items = agenda(review)
    return Summary(
        new=sum(1 for topic in topics if began and topic.made_ns >= began),
        closed=sum(1 for topic in ended if began and topic.changed_ns >= began),
        open=len(topics) - len(ended),
        parked=len(parked(review)) + len(parked_topics(review)),
        votes=sum(1 for vote in review.votes.values() if began and vote.made_ns >= began),
        people=sum(1 for one in review.attendance.values() if one.kind == "person"),
        done=sum(1 for item in items if item.done),
        items=len(items),
    )


def is_closed(review: ReviewState, topic: Topic) -> bool:
    """Tell whether a topic is done with: its status is the last of the list, or that word of BCF."""
    return topic.status in {"Closed", *review.vocabulary.statuses[-1:]}


# ---- the chat -------------------------------------------------------------------------------------------


def written(text: str, labels: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return a line as it is sent: its text, with ``{0}`` and so on where a link was put, and the links.

    Args:
        text: as it was typed, links as ``@label``. labels: the link of each label.
    """
    links: list[str] = []
    plain = _PLACE.sub(lambda found: f"{{\N{WORD JOINER}{found[1]}}}", text)  # what was typed is no link
    for label in sorted(labels, key=len, reverse=True):
        if f"@{label}" in plain:
            plain = plain.replace(f"@{label}", f"{{{len(links)}}}")
            links.append(labels[label])
    return plain.strip(), tuple(links)


def pieces(text: str, links: Sequence[str]) -> list[tuple[str, str]]:
    """Return the parts of a line: text and "", or "" and a link."""
    found: list[tuple[str, str]] = []
    end = 0
    for place in _PLACE.finditer(text):
        number = int(place[1])
        if number < len(links):
            found += [(text[end : place.start()], ""), ("", links[number])]
            end = place.end()
    return [piece for piece in [*found, (text[end:], "")] if any(piece)]


# ---- what changes one's own view alone ------------------------------------------------------------------


def _close_item(view: ViewState, _intent: Intent) -> None:
    view.together.form.item = None


def _set_together(view: ViewState, intent: meet.SetTogether) -> None:
    if hasattr(view.preferences.together, intent.name):
        setattr(view.preferences.together, intent.name, intent.on)


def _open_vote(view: ViewState, _intent: Intent) -> None:
    view.panel, form = "meeting", view.together.form
    form.asks = form.asks_now = True


MEETING_RULES: dict[type[Intent], Callable[[ViewState, Any], None]] = {
    meet.CloseItem: _close_item,
    meet.SetTogether: _set_together,
    meet.OpenVote: _open_vote,
}
