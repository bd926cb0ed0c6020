"""Says when the server cannot keep changes, and when it can again; until then everything can be looked at."""

from __future__ import annotations

from walkdown.i18n import _
from walkdown_client.app.door_news import Saying
from walkdown_client.world import World


class ServerNews:
    """Looks at the world once a frame."""

    def __init__(self, saying: Saying) -> None:
        self._saying = saying
        self._told = ""

    def look(self, world: World) -> None:
        """Say what has changed; the same reason is said once."""
        status = world.server_status
        reason = "" if status.writable else status.text or _("The server does not say why.")
        if reason == self._told:
            return
        self._told = reason
        if reason:
            self._saying.say_error(_("Nothing can be kept at the moment"), reason)
        else:
            self._saying.say(_("Changes are kept again"))
