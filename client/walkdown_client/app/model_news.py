"""Says which models came, moved and went."""

from __future__ import annotations

from walkdown.i18n import _, ngettext
from walkdown.messages import Record
from walkdown_client.app.newcomers import Say
from walkdown_client.world import World

LOOKS_MAX = 300
"""So many frames the number of a model's elements is waited for; the list of models comes by another way."""


class ModelNews:
    """Takes the world's news of models and says what others did.

    Args:
        say: shows a message.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._names: dict[str, str] = {}
        self._waiting: list[tuple[Record, int]] = []

    def look(self, world: World) -> None:
        """Say what has changed since the last look; what oneself did is no news."""
        self._names |= {ref.model: ref.name for ref in world.packages if ref.model}
        while world.model_news:
            self._waiting.append((world.model_news.popleft(), 0))
        self._waiting = [
            (record, looks + 1) for record, looks in self._waiting if not self._told(record, world, looks)
        ]

    def _told(self, record: Record, world: World, looks: int) -> bool:
        """Say a piece of news, unless more has to be known first."""
        if world.welcome is not None and record.author_id == world.welcome.author:
            return True
        model, who = str(record.body.get("model", "")), record.author
        name = str(record.body.get("name", "")) or self._names.get(model, _("a model"))
        if record.kind == "model_placed":
            self._say(_("{who} moved {name}").format(who=who, name=name))
        elif record.kind == "model_removed":
            self._say(_("{who} took {name} out").format(who=who, name=name))
        else:
            count = next((ref.count for ref in world.packages if ref.id == record.body.get("package")), None)
            if count is None and looks < LOOKS_MAX:
                return False
            self._say_came(record, name=name, count=count)
        return True

    def _say_came(self, record: Record, *, name: str, count: int | None) -> None:
        renewed = int(record.body.get("revision", 1)) > 1
        title = _("{who} brought in a new revision of {name}") if renewed else _("{who} brought in {name}")
        text = (
            ""
            if count is None
            else ngettext("{count} element", "{count} elements", count).format(count=count)
        )
        self._say(title.format(who=record.author, name=name), text)
