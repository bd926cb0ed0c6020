"""How oneself speaks and listens, said to the sound process and to the server."""

from __future__ import annotations

import math

from walkdown.messages import Reach, Voice
from walkdown_client.audio.orders import Choice, State
from walkdown_client.tools.hearing import voice_key
from walkdown_client.tools.view_state import ViewState
from walkdown_client.world import World

SILENCED_MAX = 1000

LOSS_MIN, LOSS_MAX = 0.05, 0.3
"""Networks become bad without notice; and more than this leaves too little for the voice itself."""


def choice_of(view: ViewState, *, may_speak: bool) -> Choice:
    """Return what the sound process is to do for this person."""
    sound = view.preferences.sound
    return Choice(
        output=sound.output,
        input=sound.input,
        mode=sound.mode,
        master=sound.master,
        voices=0.0 if view.hearing.deaf else sound.voices,
        machines=sound.machines,
        signals=sound.signals,
        microphone=sound.microphone and may_speak,
        talk=sound.talk,
        gate_dbfs=sound.gate_dbfs,
        cleanup=sound.cleanup,
        captions=sound.captions,
    )


def expected_loss(world: World, heard_loss: float) -> float:
    """Return for what share of lost packets to prepare one's own, in steps of 5 %.

    What listeners have reported counts, where it was asked for, and what oneself loses of others: the
    networks of one site are alike.
    """
    reported = (
        1.0 - pair.received / pair.sent
        for pair in world.voice.health.pairs
        if pair.speaker == world.me and pair.sent and pair.verdict in {"good", "poor"}
    )
    worst = max([heard_loss, *reported])
    return min(max(math.ceil(worst * 20 - 0.5) / 20, LOSS_MIN), LOSS_MAX)


def voice_of(world: World, view: ViewState, state: State | None, *, echo: bool) -> Voice:
    """Return what the server and so everybody is told; without a sound process nothing works."""
    sound, may_speak = view.preferences.sound, world.may("voice")
    return Voice(
        microphone=state is not None and bool(state.input) and sound.microphone and may_speak,
        ears=state is not None and bool(state.output) and sound.master > 0,
        deaf=view.hearing.deaf,
        silenced=silenced_people(world, view)[:SILENCED_MAX],
        reach=reach_of(view, echo=echo),
        group=view.hearing.group,
        echo=echo,
        recordable=sound.recordable,
    )


def reach_of(view: ViewState, *, echo: bool) -> Reach:
    """Return whom one's own voice is meant for; a test is for nobody but one's group, if there is one."""
    if echo:
        return "group"
    if not view.hearing.group:
        return "near"
    return "radio" if view.hearing.radio else "group"


def silenced_people(world: World, view: ViewState) -> tuple[int, ...]:
    """Return the numbers of those here whom this person does not wish to hear."""
    silenced = set(view.preferences.sound.silenced)
    if not silenced:
        return ()
    return tuple(p.id for p in world.people.values() if p.id != world.me and voice_key(p) in silenced)
