"""What the server says about everybody's voice: rules that hold for all, who does not hear whom."""

from __future__ import annotations

from collections import deque

from walkdown.messages import Point, VoiceHealth, VoiceRules, VoiceTrouble, Zone

TROUBLES_MAX = 64


class VoiceSession:
    """The newest of each.

    Attributes:
        rules: what holds for everybody. health: how well everyone hears everyone, as last asked.
        troubles: who does not hear whom, oldest first; a view takes them out.
        revision: grows with every change of the rules.
    """

    def __init__(self) -> None:
        self.rules, self.health = VoiceRules(), VoiceHealth(())
        self.troubles: deque[VoiceTrouble] = deque(maxlen=TROUBLES_MAX)
        self.revision = 0

    def start_again(self) -> None:
        """Forget what an earlier connection said; the server says it again."""
        self.hear(VoiceRules())
        self.hear(VoiceHealth(()))

    def hear(self, message: VoiceRules | VoiceHealth | VoiceTrouble) -> None:
        """Take what the server says."""
        if isinstance(message, VoiceRules):
            self.rules = message
            self.revision += 1
        elif isinstance(message, VoiceHealth):
            self.health = message
        else:
            self.troubles.append(message)

    def zone_at(self, point: Point) -> Zone | None:
        """Return the zone in which a point of the site frame lies, None for none."""
        return next((zone for zone in self.rules.zones if _holds(zone, point)), None)


def _holds(zone: Zone, point: Point) -> bool:
    return all(low <= x <= high for low, x, high in zip(zone.low, point, zone.high, strict=True))
