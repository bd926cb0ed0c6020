"""What panels show that the world does not know: frame times, loading, what waits to be sent."""

from __future__ import annotations

from dataclasses import dataclass, field

from walkdown.messages import PackageRef
from walkdown.package import ElementTable
from walkdown_client.inventory import Inventory
from walkdown_client.tools.hearing import SoundFacts
from walkdown_client.tools.topic_state import TopicFacts


@dataclass(frozen=True, slots=True)
class Loading:
    """How far the models are.

    Attributes:
        remaining_secs: NaN while it cannot be told.
    """

    bytes_done: int
    bytes_total: int
    elements_done: int
    elements_total: int
    remaining_secs: float = float("nan")


@dataclass(frozen=True, slots=True)
class OpenModel:
    """A model whose elements are known."""

    ref: PackageRef
    elements: ElementTable


@dataclass(frozen=True, slots=True)
class BringTask:
    """A model file that somebody brings in, or that could not be brought in.

    Attributes:
        phase: ``collect``, ``offer``, ``upload``, ``read``, ``write`` or ``failed``. part: from 0 to 1.
        author: name of who brings it. mine: whether that is oneself.
        text: why it failed, one sentence.
    """

    model: str
    file: str
    phase: str
    part: float
    author: str
    mine: bool
    text: str = ""

    @property
    def failed(self) -> bool:
        """Whether it will not come."""
        return self.phase == "failed"


@dataclass(frozen=True, slots=True)
class Facts:
    """One frame's facts from the app.

    Attributes:
        now_secs: the app's monotonic clock.
        frame_secs: a smoothed time between frames.
        waiting_notes: wishes that wait for the connection.
        models: those whose element tables have arrived.
        inventory: of all things and models as they are now, None while it is being made.
        tasks: models that are being brought in. has_dialog: whether the platform has one for files.
        quality: what the renderer does now, "" when it is what was chosen.
        opens_door: whether the first link opens the server of this computer to the network.
        sessions: others of the same server that can be joined: name, people there, and address.
        holding: somebody on foot waits until the floor has been loaded.
        sound: what is heard, and how one is heard.
        zone: id of the zone in which one stands, "" for none.
        noise_db: how loud it is where one is, dB(A), -inf where nothing is heard, NaN while nobody knows.
        topics: files, history and pictures of topics.
    """

    now_secs: float = 0.0
    frame_secs: float = float("nan")
    loading: Loading | None = None
    waiting_notes: int = 0
    quality: str = ""
    version: str = ""
    models: tuple[OpenModel, ...] = ()
    holding: bool = False
    tasks: tuple[BringTask, ...] = ()
    has_dialog: bool = False
    inventory: Inventory | None = None
    opens_door: bool = False
    sessions: tuple[tuple[str, int, str], ...] = ()
    sound: SoundFacts = field(default_factory=SoundFacts)
    zone: str = ""
    noise_db: float = float("nan")
    topics: TopicFacts = field(default_factory=TopicFacts)
