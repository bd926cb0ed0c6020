"""The review as the app knows it: all parts of it, in the order in which a frame asks them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from walkdown.messages import Reply
from walkdown_client.app.company import Company, Seat
from walkdown_client.app.kept_views import KeptViews
from walkdown_client.app.link_wishes import LinkWishes, Ways
from walkdown_client.app.marks import MarkDesk, Place
from walkdown_client.app.models import Models
from walkdown_client.app.pins_showing import TopicPins
from walkdown_client.app.section_wishes import SectionWishes
from walkdown_client.app.topic_desk import Store, Topics
from walkdown_client.app.undo_news import UndoNews
from walkdown_client.app.view_news import ViewNews
from walkdown_client.app.view_wishes import Views
from walkdown_client.app.wishes import Wishes
from walkdown_client.events import Event
from walkdown_client.input import camera
from walkdown_client.scene.view import SceneView
from walkdown_client.tools.intents import Intent
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World


class Review:
    """All parts of the app that concern the review.

    Args:
        world, view, models: what is known, seen and loaded. scene: what is drawn. rig: the eye.
        wishes: has the way to the server, and learns what the parts can carry out.

    Attributes:
        views: how this person sees things. seen: what is cut and shared of that. pins: of topics.
        company: being here with others.
        topics, marks: what has to be done, measured and drawn, once :meth:`open` was called.
        links: to what somebody sees, once :meth:`follow_links` was called.
    """

    def __init__(
        self,
        world: World,
        view: ViewState,
        models: Models,
        *,
        scene: SceneView,
        rig: camera.Rig,
        wishes: Wishes,
    ) -> None:
        self._world, self._view, self._models = world, view, models
        self._scene, self._rig, self._link, self._wishes = scene, rig, wishes.link, wishes
        self.views = Views(world, view, models, scene=scene, rig=rig)
        self._sections = SectionWishes(view, models, scene=scene, rig=rig, say=wishes.say)
        self.pins = TopicPins(world, view, models, scene=scene)
        self.seen = ViewNews(world, view, models, scene=scene, views=self.views, doing=wishes)
        seat = Seat(rig, self.views, scene, models)
        self.company = Company(world, view, seat=seat, wishes=wishes)
        self.views.leaving = self.company.places.leave_here
        self.views.fade_to = self.company.places.fade_to
        self._undo_news = UndoNews(world, wishes.say)
        wishes.add(self._rules())

    def open(self, store: Store) -> None:
        """Begin with what needs the interface and the session's files."""
        self.topics = Topics(
            self._world, self._view, self._models, wishes=self._wishes, views=self.views, store=store
        )
        self._wishes.add(self.topics.rules())
        place = Place(self._scene.marks, self.topics.send, store.files.cache, store.shown)
        self.marks = MarkDesk(self._world, self._view, self._models, wishes=self._wishes, place=place)
        self._wishes.add(self.marks.rules())
        self._kept = KeptViews(
            self._world,
            self._view,
            views=self.views,
            doing=self._wishes,
            send=self.topics.send,
            keep=store.files.keep,
        )
        self._wishes.add(self._kept.rules())

    def follow_links(self, ways: Ways) -> None:
        """Begin to copy and follow links to what somebody sees."""
        self.links = LinkWishes(
            self._world,
            self._view,
            address=self._link.address,
            views=self.views,
            doing=self._wishes,
            ways=ways,
        )
        self._wishes.add(self.links.rules())

    def _rules(self) -> dict[type[Intent], Callable[[Any], object]]:
        """Return what the parts carry out."""
        return {**self.company.rules(), **self._sections.rules(), **self.seen.rules()}

    def hear(self, event: Event) -> None:
        """Take an event of the link, after the world has."""
        self.topics.hear(event)
        self._undo_news.hear(event)

    def hear_refusal(self, reply: Reply) -> bool:
        """Take a refused wish; tells whether nothing more has to be said about it."""
        told = self.topics.hear_refusal(reply) or self.marks.hear_refusal(reply)
        return told or self.company.refused(reply)

    def step(self, now_secs: float, speaking: Collection[int] = ()) -> None:
        """Bring all parts up to date, once a frame, before it is drawn.

        Args:
            speaking: numbers of those who speak.
        """
        self.topics.step(now_secs, speaking)
        self.company.step(now_secs)
        self._sections.step()
        self.seen.step(now_secs)
        self.pins.step()
        self._kept.step()
        self.marks.step()
        self.links.step()

    def close(self) -> None:
        """End what runs."""
        self._kept.close()
        self.marks.close()
        self.topics.close()
