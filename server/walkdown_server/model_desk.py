"""Tells everyone which models there are, what is drawn of them, and how far those are that come."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from walkdown.messages import Models, ModelState, ModelTask, PackageRef, encode
from walkdown_server.session import Session
from walkdown_server.shown import Shown
from walkdown_server.ticks.outbox import StateKey

MODELS: StateKey = ("models", "")


class ModelDesk:
    """The models of one room, as it tells of them.

    Args:
        session: has them. packages: of the start. publish: tells everyone a state message.
        forget: says no more of one whose last message was an end.

    Attributes:
        on_told: called after everyone was told which models there are.
    """

    on_told: Callable[[], None] = staticmethod(lambda: None)

    def __init__(
        self,
        session: Session,
        packages: Iterable[PackageRef],
        *,
        publish: Callable[[StateKey, bytes], None],
        forget: Callable[[StateKey], None],
    ) -> None:
        self._session, self._publish, self._forget = session, publish, forget
        self._shown = Shown(packages)

    @property
    def packages(self) -> tuple[PackageRef, ...]:
        """What is drawn now."""
        return self._shown.refs(self._session.models())

    def learn_package(self, ref: PackageRef, things: Iterable[str]) -> None:
        """Learn the package of a model that lies in the store, and the things that it brings."""
        self._shown.learn(ref)
        self._session.learn_things(ref.model, ref.id, things)

    def without_package(self) -> tuple[ModelState, ...]:
        """Return the models whose package was not learnt; they are not drawn."""
        return tuple(model for model in self._session.models() if not self._shown.knows(model))

    def elements_left_for(self, model: str, ref: PackageRef) -> int | None:
        """Return how many elements can still be drawn if a package has more than that, else None."""
        return None if self._shown.has_ids_for(model, ref) else self._shown.elements_left

    def tell_task(self, task: ModelTask) -> None:
        """Tell everyone how far a model is that is being brought in."""
        self._publish(("model_task", task.model), encode(task))

    def forget_task(self, model: str) -> None:
        """Say no more of a task that has ended."""
        self._forget(("model_task", model))

    def tell(self) -> None:
        """Tell everyone which models there are."""
        self._publish(MODELS, encode(Models(self.packages)))
        self.on_told()
