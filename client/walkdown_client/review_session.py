"""What people show each other for a moment: where they point, what they see, who is called together."""

from __future__ import annotations

from collections import deque

from walkdown.messages import Gathered, Pinged, Pointing, SharedView

PINGS_MAX = 64


class Together:
    """The newest of each.

    Attributes:
        pointing: where somebody's ray ends, by person. views: what somebody shows, by person.
        pings: "look here", oldest first; a view takes them out.
        gathered: the newest call, None before the first.
        revision: grows with every change.
    """

    def __init__(self) -> None:
        self.pointing: dict[int, Pointing] = {}
        self.views: dict[int, SharedView] = {}
        self.pings: deque[Pinged] = deque(maxlen=PINGS_MAX)
        self.gathered: Gathered | None = None
        self.revision = 0
        self._pinged: dict[int, int] = {}

    def start_again(self) -> None:
        """Forget what an earlier connection said; the server says again what holds."""
        self.pointing.clear()
        self.views.clear()
        self.gathered = None
        self._pinged.clear()
        self.revision += 1

    def forget(self, person: int) -> None:
        """Forget what somebody showed who has left."""
        self.pointing.pop(person, None)
        self.views.pop(person, None)
        self._pinged.pop(person, None)
        self.revision += 1

    @property
    def shared_by_all(self) -> SharedView | None:
        """The view whose section and visibility are everybody's, None for none."""
        return next((shown for shown in self.views.values() if shown.for_all), None)

    def hear(self, message: Pointing | Pinged | SharedView | Gathered) -> None:
        """Take what the server says."""
        if isinstance(message, Pointing):
            self.pointing.pop(message.id, None)
            if message.point is not None:
                self.pointing[message.id] = message
        elif isinstance(message, SharedView):
            self.views.pop(message.id, None)
            if message.view is not None:
                self.views[message.id] = message
        elif isinstance(message, Gathered):
            self.gathered = message
        elif self._pinged.get(message.id) != message.count:
            self._pinged[message.id] = message.count
            self.pings.append(message)
        self.revision += 1
