"""All of the app that concerns marks: made once, asked once a frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from walkdown.messages import Reply
from walkdown_client.app.file_dialog import FileDialog
from walkdown_client.app.mark_files import MarkFiles, Ways, blob_url
from walkdown_client.app.mark_news import MarkNews
from walkdown_client.app.mark_showing import MarkShowing
from walkdown_client.app.mark_wishes import MarkWishes
from walkdown_client.app.models import Models
from walkdown_client.app.shapes import Shapes
from walkdown_client.app.wishes import Wishes
from walkdown_client.blob_cache import BlobCache
from walkdown_client.element_triangles import ElementTriangles
from walkdown_client.file_sending import FileSending, Offering
from walkdown_client.scene.marks import Marks
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools.intents import CopyText, Intent
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World


@dataclass(frozen=True, slots=True)
class Place:
    """Where marks are drawn and kept.

    Attributes:
        send: begins to send a file to the session's store. cache: where models are kept on disk, or None.
        shown: whether there is a screen for the platform's dialogs.
    """

    scene: Marks
    send: Callable[[Offering], FileSending]
    cache: BlobCache | None
    shown: bool


class MarkDesk:
    """Marks as the app knows them.

    Attributes:
        shapes: of elements, for catching corners and edges.
    """

    def __init__(
        self, world: World, view: ViewState, models: Models, *, wishes: Wishes, place: Place
    ) -> None:
        self._world, self._view, self._wishes = world, view, wishes
        self._triangles = ElementTriangles(wishes.link.address, cache=place.cache)
        self.shapes = Shapes(world, models, self._triangles)
        self.wishes = MarkWishes(world, view, models, doing=wishes, shapes=self.shapes)
        ways = Ways(place.send, self.wishes.put, FileDialog(shown=place.shown))
        self.files = MarkFiles(world, view, models, doing=wishes, ways=ways)
        self.showing, self._news = MarkShowing(place.scene, models), MarkNews(wishes.say)

    def rules(self) -> Mapping[type[Intent], Callable[[Any], object]]:
        """Return what is done about each wish."""
        return {
            **self.wishes.rules(),
            marks.AttachHere: self.files.attach,
            marks.CancelAttaching: lambda intent: self.files.cancel(intent.file),
            marks.CopyFileLink: self._copy_link,
        }

    def hear_refusal(self, reply: Reply) -> bool:
        """Take a refusal; tells whether nothing more has to be said about it."""
        return self.wishes.hear(reply)

    def dropped(self, path: Path) -> bool:
        """Take a picture that was dropped on the window; tells whether it was one."""
        return self.files.dropped(path)

    def step(self) -> None:
        """Bring all up to date, once a frame, before it is drawn."""
        self.wishes.step()
        self.files.step()
        self._news.look(self._world)
        self.showing.update(self._world, self._view)

    def close(self) -> None:
        """End what runs."""
        self.files.close()
        self.wishes.close()
        self._triangles.close()
        self.shapes.close()

    def _copy_link(self, intent: marks.CopyFileLink) -> None:
        mark = self._world.review.marks.get(intent.mark)
        if mark is not None and mark.file is not None:
            self._wishes.carry_out(CopyText(blob_url(mark.file, self._wishes.link.address)))
