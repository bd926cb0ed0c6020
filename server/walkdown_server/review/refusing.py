"""What somebody is answered whose wish is refused before it is looked at; pure."""

from __future__ import annotations

from walkdown import messages
from walkdown.messages import (
    AskExport,
    AskTopic,
    CancelFile,
    CancelModel,
    Exported,
    FileTask,
    Gather,
    MergeTopics,
    ModelTask,
    OfferFile,
    OfferModel,
    Reply,
    ShareView,
    TopicTold,
)


def refused(message: messages.Message, reason: str, *, person: int) -> messages.Message | None:
    """Return the answer that says why not, None for a message that has no answer.

    Args:
        reason: with or without its capital and its full stop. person: number of whoever sent the message.
    """
    text = as_sentence(reason)
    if isinstance(message, OfferModel | CancelModel):
        file = message.file if isinstance(message, OfferModel) else ""
        return ModelTask(message.model, file, person, "failed", text=text)
    if isinstance(message, OfferFile | CancelFile | MergeTopics):
        return FileTask(message.file, "failed", text=text)
    if isinstance(message, AskExport):
        return Exported(message.ask, text=text)
    if isinstance(message, AskTopic):
        return TopicTold(message.ask, message.topic, text=text)
    if isinstance(message, ShareView | Gather):
        return Reply(0, 0, "rights", reason)
    return None


def as_sentence(text: str) -> str:
    """Return a text as a sentence; a name of a file or message at its beginning stays as it is."""
    first = text.partition(" ")[0].rstrip(":,")
    named = "." in first or "_" in first
    return f"{text[:1] if named else text[:1].upper()}{text[1:].removesuffix('.')}."
