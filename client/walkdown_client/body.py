"""One's own body: where the head is, and which poses are worth sending.

A pose is sent 20 times a second while the head moves. When it stops, one pose says STANDING_STILL, and from
then on one a second says it again, so that a newcomer sees who stands there. Who begins or ends to speak
says so at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walkdown.codec import PoseFlag, pack_poses
from walkdown.frames import normalized

F64 = npt.NDArray[np.float64]

SEND_SECS = 0.05
STILL_SECS = 1.0
DEADBAND_METRES = 0.002
DEADBAND_RAD = np.radians(0.2)
SECS = 1e-9


@dataclass(frozen=True, slots=True)
class Body:
    """Where a person's head is.

    Attributes:
        position: (3,) metres, site frame: between the eyes.
        quaternion: (4,) unit, site_from_head; a head looks along its own +Y.
    """

    position: F64
    quaternion: F64


def body_at(position: npt.ArrayLike, quaternion: npt.ArrayLike = (1.0, 0.0, 0.0, 0.0)) -> Body:
    """Return the body whose head is where the camera is."""
    return Body(np.array(position, np.float64).reshape(3), normalized(quaternion)[0])


class PoseStream:
    """Which of one's own poses are sent, and when; the newest wins.

    One thread may offer while another takes: what is offered is one object, swapped at once.
    """

    def __init__(self) -> None:
        self._offered: tuple[Body, int, int, int] | None = None
        self._jumps = self._jumps_sent = 0
        self._sent: Body | None = None
        self._sent_ns = self._flags_sent = 0
        self._still = False

    def offer(self, body: Body, local_ns: int, *, flags: int = 0) -> None:
        """Take the pose of a frame; a JUMPED stays until it has been sent."""
        self._jumps += flags & PoseFlag.JUMPED
        self._offered = body, local_ns, flags, self._jumps

    def restart(self) -> None:
        """Send the next pose whatever it is: the server has none of ours."""
        self._sent = None

    def take(self, local_ns: int) -> bytes | None:
        """Return the pose record to be sent now, None when there is nothing to say."""
        if self._offered is None:
            return None
        body, offered_ns, flags, jumps = self._offered
        jumped = self._sent is None or jumps != self._jumps_sent
        moved = self._sent is None or jumped or _apart(body, self._sent)
        marks, still_since_ns = flags & ~PoseFlag.JUMPED, local_ns - self._sent_ns
        known = not moved and self._still and marks == self._flags_sent
        if known and still_since_ns < STILL_SECS / SECS:
            return None
        self._flags_sent = marks
        flags |= (PoseFlag.JUMPED if jumped else 0) | (0 if moved else PoseFlag.STANDING_STILL)
        age_secs = (local_ns - offered_ns) * SECS if moved else 0.0
        self._sent, self._sent_ns, self._still, self._jumps_sent = body, local_ns, not moved, jumps
        return pack_poses(
            [0], body.position, body.quaternion[None], flags=flags, ages_secs=age_secs
        ).tobytes()


def _apart(one: Body, other: Body) -> bool:
    far = np.linalg.norm(one.position - other.position) > DEADBAND_METRES
    cosine_of_half = min(abs(float(one.quaternion @ other.quaternion)), 1.0)
    return bool(far or 2 * np.arccos(cosine_of_half) > DEADBAND_RAD)
