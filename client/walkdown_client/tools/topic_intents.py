"""What a person wishes of topics: make one, change one, talk about one, bring them in and take them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from walkdown.messages import ExportFormat, Vocabulary
from walkdown_client.tools.intents import Intent, Point

# ---- what this person sees ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenTopic(Intent):
    """Show all about a topic in the panel of topics; "" goes back to the list."""

    topic: str


@dataclass(frozen=True, slots=True)
class TopicsOfThing(Intent):
    """List the topics of a thing, "" for that of the selection."""

    thing: str = ""


@dataclass(frozen=True, slots=True)
class TakeTheirs(Intent):
    """Leave a field of a topic as somebody else has put it, and forget what one had typed."""

    topic: str
    field: str


@dataclass(frozen=True, slots=True)
class WriteInto(Intent):
    """Give a field of the open card the keyboard: ``title``, ``description``, ``due`` or ``comment``."""

    field: str


@dataclass(frozen=True, slots=True)
class LeaveOut(Intent):
    """Leave a topic of a file out when it is merged, or take it after all."""

    topic: str


@dataclass(frozen=True, slots=True)
class ForgetDraft(Intent):
    """Throw away the topic that is being written."""


@dataclass(frozen=True, slots=True)
class OpenExport(Intent):
    """Show what can be taken out of the review as a file.

    Attributes:
        format: what is chosen at first, "" for what was chosen last. topic: this one alone, "" for none.
    """

    format: ExportFormat | str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class ShowPicture(Intent):
    """Show a picture of the session's store large, "" for no longer."""

    sha256: str


# ---- where this person looks ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GoToTopic(Intent):
    """Show how a topic was seen; without a view fly to what it is about."""

    topic: str


@dataclass(frozen=True, slots=True)
class ShowTopicView(Intent):
    """Look as a view of a topic does."""

    viewpoint: str


# ---- what everybody will see ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BeginTopic(Intent):
    """Open a new topic of what is before the person: view, picture, selection, who speaks.

    Attributes:
        thing: what it is about, "" for the selection. point: where its pin stands, metres, site frame; None
            for where the cursor or the selection is.
    """

    thing: str = ""
    point: Point | None = None


@dataclass(frozen=True, slots=True)
class RetakeTopic(Intent):
    """Take view, picture, things and place of the topic that is being written anew."""


@dataclass(frozen=True, slots=True)
class PlaceTopic(Intent):
    """Make the topic that is being written."""


@dataclass(frozen=True, slots=True)
class ChangeTopic(Intent):
    """Give some fields of a topic other values.

    Attributes:
        changes: (field, value) as in ``TopicChanges``. base: the newest record about the topic that the
            person has seen, 0 for that which stands now.
    """

    topic: str
    changes: tuple[tuple[str, Any], ...]
    base: int = 0


@dataclass(frozen=True, slots=True)
class KeepMine(Intent):
    """Put into a field of a topic what one had typed, over what somebody else has put there."""

    topic: str
    field: str


@dataclass(frozen=True, slots=True)
class AcceptTopic(Intent):
    """Say that one will see to a topic that one owns; "" is the open one."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class ParkTopic(Intent):
    """Put a topic on the parking list, or with False take it off; "" is the open one."""

    topic: str = ""
    parked: bool = True


@dataclass(frozen=True, slots=True)
class CloseTopic(Intent):
    """Close a topic; "" is the open one."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class ReopenTopic(Intent):
    """Open a closed topic again; "" is the open one."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class AssignToMe(Intent):
    """Become the owner of a topic; "" is the open one."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class RemoveTopic(Intent):
    """Remove a topic with all that belongs to it; "" is the open one."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class AddComment(Intent):
    """Say something about a topic.

    Attributes:
        reply_to: id of the comment that is answered, "" for none. with_view: the view of now goes with it.
    """

    topic: str
    text: str
    reply_to: str = ""
    with_view: bool = False


@dataclass(frozen=True, slots=True)
class ChangeComment(Intent):
    """Change one's own words."""

    comment: str
    text: str


@dataclass(frozen=True, slots=True)
class RemoveComment(Intent):
    """Take a comment back."""

    comment: str


@dataclass(frozen=True, slots=True)
class AddTopicView(Intent):
    """Keep what one sees as a view of a topic; "" is the open one."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class RemoveTopicView(Intent):
    """Remove a view of a topic."""

    viewpoint: str


@dataclass(frozen=True, slots=True)
class AttachFile(Intent):
    """Attach a file of this computer to a topic; without a path the platform's dialog asks for one."""

    topic: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class SetVocabulary(Intent):
    """Say which words the lists of topics offer."""

    vocabulary: Vocabulary


# ---- files in and out ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BringTopics(Intent):
    """Bring in a BCF file or a session pack; without a path the platform's dialog asks for one."""

    path: str = ""


@dataclass(frozen=True, slots=True)
class MergeTopics(Intent):
    """Take the topics of the file whose merge view is open."""


@dataclass(frozen=True, slots=True)
class CancelTopics(Intent):
    """Give up a file of topics that is on its way or is being looked at."""

    file: str


@dataclass(frozen=True, slots=True)
class TakeOut(Intent):
    """Make a file of the review and save it where the person chooses.

    Attributes:
        topics: ids, all when empty. language: of a report.
    """

    format: ExportFormat
    topics: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class ForgetExports(Intent):
    """Wait no longer for files that are being made."""


@dataclass(frozen=True, slots=True)
class SaveAttached(Intent):
    """Save a file of the session's store on this computer."""

    name: str
    sha256: str
    size: int
