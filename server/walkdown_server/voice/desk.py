"""Answers what clients say about voice, tells everyone the rules, and lets who listens and who keeps know.

What somebody else does (datagrams, health, recordings) is asked through three protocols of ``parties``;
without them the answers say that it is not done here.
"""

from __future__ import annotations

from collections.abc import Callable

from walkdown.messages import (
    AskMedia,
    AskVoiceHealth,
    Media,
    MediaVia,
    Message,
    Voice,
    VoiceHealth,
    VoiceReport,
    VoiceRules,
    encode,
)
from walkdown_server.door.people import Identity
from walkdown_server.parties import MediaDoor, Member, VoiceKeeper, VoiceWatch
from walkdown_server.session import Session
from walkdown_server.ticks.outbox import StateKey
from walkdown_server.voice.routing import Voices

VOICE_RULES: StateKey = ("voice_rules", "")
VOICE_MESSAGES = (Voice, AskMedia, MediaVia, VoiceReport, AskVoiceHealth)


class VoiceDesk:
    """What is said about the voices of one room.

    Args:
        voices: of it. session: has the rules. publish: tells everyone a state message.
        publish_person: tells everyone of someone. reply: answers one client.

    Attributes:
        media: who takes and sends datagrams; None: nobody. watch: who knows how well people hear each other.
    """

    media: MediaDoor | None = None
    watch: VoiceWatch | None = None

    def __init__(
        self,
        voices: Voices,
        session: Session,
        *,
        publish: Callable[[StateKey, bytes], None],
        publish_person: Callable[[Identity], None],
        reply: Callable[[Member, Message], None],
    ) -> None:
        self._voices, self._session = voices, session
        self._publish, self._publish_person, self._reply = publish, publish_person, reply
        self._recording_ns = 0

    def take(self, member: Member, message: Message) -> None:
        """Do what one of :data:`VOICE_MESSAGES` says."""
        if isinstance(message, Voice):
            before = member.identity.voice
            if (before.reach, before.group) != (message.reach, message.group):
                self._voices.say_what_waits(member)
            member.identity.voice = message
            self._voices.learn(member)
            self._publish_person(member.identity)
        elif isinstance(message, AskMedia):
            self._ask_media(member)
        elif isinstance(message, MediaVia) and self.media is not None:
            self.media.choose(member, datagrams=message.datagrams)
        elif isinstance(message, VoiceReport) and self.watch is not None:
            self.watch.note(member, message)
        elif isinstance(message, AskVoiceHealth):
            self._ask_health(member)

    def forget(self, member: Member) -> None:
        """Let someone be here no more."""
        self._voices.forget(member)
        if self.media is not None:
            self.media.forget(member)
        if self.watch is not None:
            self.watch.forget(member)

    def look(self, now_secs: float) -> None:
        """Judge how well people hear each other; called about once a second."""
        if self.watch is not None:
            self.watch.look(now_secs)

    def keep_with(self, keeper: VoiceKeeper) -> None:
        """Have this keep what is said while a recording is on, also one that is on already."""
        self._voices.keeper = keeper
        if self._recording_ns:
            keeper.begin(self._recording_ns, by=self._session.kept_register.recorded_by)

    def rule(self) -> None:
        """Let the rules hold that stand in the journal, and tell everyone."""
        register, zones = self._session.kept_register, self._session.zones()
        self._voices.rule(muted_all=register.muted_all, zones=zones)
        self._voices.record(bool(register.recording_ns))
        rules = VoiceRules(register.muted_all, zones, register.recording_ns, register.recorded_by)
        self._publish(VOICE_RULES, encode(rules))
        self._note_recording(register.recording_ns, by=register.recorded_by)

    def _note_recording(self, recording_ns: int, *, by: str) -> None:
        before, self._recording_ns = self._recording_ns, recording_ns
        keeper = self._voices.keeper
        if keeper is None or before == recording_ns:
            return
        if recording_ns:
            keeper.begin(recording_ns, by=by)
        else:
            keeper.end(self._session.time_ns)

    def _ask_media(self, member: Member) -> None:
        if self.media is None:
            self._reply(member, Media(text="This server takes no datagrams."))
        else:
            self.media.ask(member, lambda answer: self._reply(member, answer))

    def _ask_health(self, member: Member) -> None:
        if self.watch is None:
            self._reply(member, VoiceHealth(()))
        else:
            self.watch.ask(member, lambda answer: self._reply(member, answer))
