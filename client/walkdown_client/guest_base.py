"""What each part of a guest needs of the whole."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from walkdown.messages import Operation, PackageRef, Reply
from walkdown_client.world import World


class GuestBase(abc.ABC):
    """The root of the parts of a :class:`walkdown_client.guest.Guest`.

    Attributes:
        world: everything the guest knows, as the 3D client knows it.
    """

    world: World

    @property
    def models(self) -> Mapping[str, PackageRef]:
        """All models of the session by id, as they stand now."""
        return {ref.model: ref for ref in self.world.packages}

    @abc.abstractmethod
    async def wait_for(self, condition: Callable[[], bool], *, timeout_secs: float = 30.0) -> None:
        """Return as soon as ``condition()`` holds; it is asked again after everything the server says.

        Raises:
            TimeoutError: it did not hold in time.
        """

    @abc.abstractmethod
    async def load_places(self) -> Mapping[str, npt.NDArray[np.float64]]:
        """Return where each thing stands that the models show: id to (3,) metres, the middle of its box.

        Raises:
            PackageError: a model is damaged.
        """

    @abc.abstractmethod
    def position_of(self, person: int) -> npt.NDArray[np.float64] | None:
        """Return (3,) metres where somebody else's eyes are now, None when nobody has seen that person."""

    @abc.abstractmethod
    def move_to(self, place: Sequence[float], *, heading_rad: float = 0.0, pitch_rad: float = 0.0) -> None:
        """Stand somewhere at once, looking north turned by ``heading_rad`` counter-clockwise."""

    @abc.abstractmethod
    async def _operate(self, operation: Operation) -> Reply:
        """Say what shall change and return the server's answer when it is on disk."""

    @abc.abstractmethod
    async def _next_change(self) -> None:
        """Return after the next thing that the server says."""
