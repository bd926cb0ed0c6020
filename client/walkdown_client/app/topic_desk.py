"""All of the app that concerns topics: made once, asked once a frame."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from walkdown.messages import Exported, FileTask, Reply, TopicTold
from walkdown_client.app.attaching import Attaching
from walkdown_client.app.bringing_topics import BringingTopics
from walkdown_client.app.exporting import Exporting
from walkdown_client.app.models import Models
from walkdown_client.app.store_files import StoreFiles
from walkdown_client.app.topic_drafts import TopicDrafts
from walkdown_client.app.topic_news import TopicNews
from walkdown_client.app.topic_reading import TopicReading
from walkdown_client.app.topic_wishes import TopicWishes
from walkdown_client.app.view_wishes import Views
from walkdown_client.app.wishes import Wishes
from walkdown_client.events import Event, Heard, Joined
from walkdown_client.file_sending import FileSending, Offering
from walkdown_client.input.controls import Picked
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools.intents import Intent
from walkdown_client.tools.topic_state import TopicFacts
from walkdown_client.tools.view_state import ViewState
from walkdown_client.ui.pictures import Pictures
from walkdown_client.world import World


@dataclass(frozen=True, slots=True)
class Store:
    """The session's files as a client has them.

    Attributes:
        pictures: of these files, for panels. shown: whether there is a screen for the platform's dialogs.
        ahead: returns what lies in the middle of the picture.
    """

    files: StoreFiles
    pictures: Pictures
    shown: bool
    ahead: Callable[[], Picked | None] = lambda: None


class Topics:
    """Topics as the app knows them.

    Args:
        views: how this person sees things. store: files and pictures.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        models: Models,
        *,
        wishes: Wishes,
        views: Views,
        store: Store,
    ) -> None:
        self._world, self._view, self._models, self._wishes = world, view, models, wishes
        files, shown = store.files, store.shown
        self._files, self._pictures = files, store.pictures
        self._sendings: dict[str, FileSending] = {}
        self._opened = False
        drafts = TopicDrafts(world, view, models, looking=views, send=self.send, keep=files.keep)
        self.wishes = TopicWishes(world, view, models, doing=wishes, looking=views, drafts=drafts)
        self.news = TopicNews(world, view, doing=wishes, files=files)
        drafts.speaker, drafts.ahead = self.news.speaker, store.ahead
        self.reading = TopicReading(world, view, wishes.link.address.name)
        self.bringing = BringingTopics(view, doing=wishes, send=self.send, shown=shown)
        self.exporting = Exporting(world, doing=wishes, files=files, shown=shown)
        change = wishes.carry_out
        self.attaching = Attaching(world, doing=wishes, send=self.send, change=change, shown=shown)

    def send(self, offering: Offering) -> FileSending:
        """Begin to send a file to the session's store."""
        link = self._wishes.link
        sending = FileSending(link.address, offering, say=link.send)
        self._sendings[sending.file] = sending
        return sending

    def rules(self) -> Mapping[type[Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {
            **self.wishes.rules(),
            topics.AttachFile: self.attaching.attach,
            topics.BringTopics: self.bringing.choose,
            topics.MergeTopics: lambda _intent: self.bringing.merge(),
            topics.CancelTopics: self._cancel,
            topics.TakeOut: self.exporting.take_out,
            topics.SaveAttached: self.exporting.save,
            topics.ForgetExports: lambda _intent: self.exporting.forget(),
        }

    def bring(self, path: Path) -> None:
        """Bring a file of topics into the session."""
        self.bringing.bring(path)

    def hear(self, event: Event) -> None:
        """Take an event of the link, after the world has."""
        if isinstance(event, Joined):
            self._files.try_again()
            self.exporting.rejoined()
            for sending in self._sendings.values():
                sending.rejoined()
        elif isinstance(event, Heard):
            self._hear(event.message)

    def _hear(self, message: object) -> None:
        if isinstance(message, FileTask):
            if message.file in self._sendings:
                self._sendings[message.file].hear(message)
        elif isinstance(message, Exported):
            self.exporting.hear(message)
        elif isinstance(message, TopicTold):
            self.news.hear(message)

    def hear_refusal(self, reply: Reply) -> bool:
        """Take a refusal; tells whether nothing more has to be said about it."""
        return self.wishes.hear(reply)

    def step(self, now_secs: float, speaking: Collection[int]) -> None:
        """Bring all up to date, once a frame, before it is drawn."""
        opened = all(self._models.package_of(ref) is not None for ref in self._world.packages)
        self._opened = opened and self._world.welcome is not None
        self.news.step(now_secs, speaking)
        self.reading.step(self.news.open_topic())
        self.wishes.step()
        if not self._wishes.link.pending:
            self._view.topics.sent.clear()
        self.bringing.step()
        self.attaching.step()
        self.exporting.step()
        for file in [file for file, sending in self._sendings.items() if sending.over]:
            del self._sendings[file]

    def facts(self) -> TopicFacts:
        """Return what panels show."""
        return TopicFacts(
            tasks=(*self.bringing.tasks(), *self.attaching.tasks()),
            merge=self.bringing.open_merge(),
            history=self.news.history,
            evidence=self.news.evidence,
            picture=self._pictures.small,
            large=self._pictures.large,
            exporting=self.exporting.waiting,
            speaker=self.news.speaker(),
            knows=self._knows,
        )

    def close(self) -> None:
        """End what runs, and remember what was seen."""
        self.reading.close()
        self.bringing.close()
        self.attaching.close()
        self._files.close()
        self._pictures.close()

    def _cancel(self, intent: topics.CancelTopics) -> None:
        self.bringing.cancel(intent.file)
        self.attaching.cancel(intent.file)

    def _knows(self, key: str) -> bool | None:
        """Tell whether the session has a thing or element, None while a model is still being read."""
        if self._world.twin.has_thing(key) or key in self._models.drawn.names:
            return True
        return False if self._opened else None
