"""What links of the chat name: their words, where they lead, and how they are put into a line."""

from __future__ import annotations

import re

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.tools.meeting import ChatForm
from walkdown_client.tools.topic_intents import GoToTopic
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

LABEL_MAX = 60
_ASKED = re.compile(r"@([^\s@]*)$")


def label_of(world: World, link: str) -> str:
    """Return what a link is called, "" for what is not known here (any more)."""
    kind, _colon, name = link.partition(":")
    if kind == "thing":
        return world.twin.thing(name).name if world.twin.has_thing(name) else ""
    if kind == "person":
        return person_name(world, name)
    if kind == "topic":
        topic = world.review.topics.get(name)
        return f"#{topic.index} {topic.title}" if topic is not None else ""
    if kind == "viewpoint":
        view = world.review.viewpoints.get(name)
        return (view.title or _("a view")) if view is not None else ""
    if kind == "note":
        note = world.notes.get(name)
        return short(note.text) if note is not None else ""
    marked = world.review.marks.get(name) if kind == "mark" else None
    return (marked.text or _("a mark")) if marked is not None else ""


def short_name(link: str) -> str:
    """Return what a link is called when nobody here knows what it names."""
    return short(re.split(r"[/:]", link)[-1]) or link


def short(text: str) -> str:
    """Return as much of a text as fits into a line."""
    line = " ".join(text.split())
    return line if len(line) <= LABEL_MAX else line[: LABEL_MAX - 1].rstrip() + "…"


def person_name(world: World, author: str) -> str:
    """Return the name that belongs to an id of the journal, "" when nobody here has had it."""
    here = next((one.name for one in world.people.values() if author and one.author == author), "")
    been = world.review.attendance.get(author)
    return here or (been.name if been is not None else "")


def way_to(world: World, link: str) -> wish.Intent | None:
    """Return the wish that goes to what a link names, None when it is not here."""
    kind, _colon, name = link.partition(":")
    if not label_of(world, link):
        return None
    if kind == "person":
        number = next((one.id for one in world.people.values() if one.author == name), None)
        return wish.GoToPerson(number) if number is not None else None
    if kind == "thing":
        return wish.FlyToThing(name)
    if kind == "topic":
        return GoToTopic(name)
    return wish.GoToNote(name) if kind == "note" else None


def link_of_selection(view: ViewState) -> str:
    """Return a link to what is selected, "" when nothing is."""
    marked = view.selection[-1:] or view.elements[-1:]
    return f"thing:{marked[0]}" if marked else ""


def asked_for(text: str) -> str | None:
    """Return what is being typed after ``@`` at the end of a line, None when nothing is."""
    found = _ASKED.search(text)
    return found[1] if found is not None else None


def put_link(form: ChatForm, link: str, label: str) -> None:
    """Put a link at the end of what is typed, in the place of what is typed after ``@``."""
    label = short(label).replace("@", "")
    number, free = 2, label
    while form.labels.get(free, link) != link:
        free, number = f"{label} ({number})", number + 1
    form.labels[free] = link
    text = _ASKED.sub("", form.text)
    space = "" if not text or text[-1].isspace() else " "
    form.write(f"{text}{space}@{free} ")
