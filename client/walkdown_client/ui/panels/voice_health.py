"""Who hears whom: every pair of which the server knows, the worst first."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _
from walkdown.messages import PairHealth
from walkdown_client.tools import intents as wish
from walkdown_client.tools import voice_intents as say
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.sound_words import VERDICT_STATES, VERDICT_TEXT, percent

WORST = ("deaf", "poor", "no_ears", "unknown", "good")
ROW_PX = 42.0
PAIRS_MAX = 200


def draw_health(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the table, and the button that asks for it anew."""
    canvas, pairs = frame.canvas, frame.world.voice.health.pairs
    canvas.section(_("Who hears whom"))
    if canvas.button(_("Check every pair")):
        found.append(say.AskVoiceHealth())
    if not pairs:
        text = _(
            "Here stands of all who spoke in the last seconds whether their words arrived, at whom, how late."
        )
        canvas.paragraph(text, canvas.theme.muted, size_px=look.SMALL_PX)
    people = frame.world.people
    known = [pair for pair in pairs if pair.listener in people and pair.speaker in people]
    known = [p for p in known if p.verdict != "no_ears" or people[p.listener].kind == "person"]
    known.sort(key=lambda pair: (WORST.index(pair.verdict), pair.speaker, pair.listener))
    for pair in known[:PAIRS_MAX]:
        _draw_pair(frame, pair)


def _draw_pair(frame: Frame, pair: PairHealth) -> None:
    canvas, people = frame.canvas, frame.world.people
    rect, _clicked = canvas.row(f"pair {pair.listener} {pair.speaker}", height_px=ROW_PX)
    canvas.state(rect.x + canvas.px(8), rect.y + canvas.px(13), VERDICT_STATES[pair.verdict])
    x, room = rect.x + canvas.px(24), rect.width - canvas.px(24)
    names = f"{people[pair.speaker].name} → {people[pair.listener].name}"
    canvas.put_clipped(x, rect.y + canvas.px(3), names, width=room)
    line = canvas.fitting(pair_words(pair), room, look.SMALL_PX)
    canvas.put(x, rect.y + canvas.px(22), line, colour=canvas.theme.muted, size_px=look.SMALL_PX)
    if imgui.is_item_hovered():
        canvas.tip(f"{names}\n{pair_words(pair)}")


def pair_words(pair: PairHealth) -> str:
    """Return how well somebody hears somebody: the verdict, packets, what was filled in, how late it is."""
    parts = [_(VERDICT_TEXT[pair.verdict])]
    if pair.verdict != "no_ears":
        parts.append(
            _("{received} of {sent} packets in {seconds} s").format(
                received=words.number(pair.received),
                sent=words.number(pair.sent),
                seconds=words.number(pair.seconds),
            )
        )
    if pair.received:
        parts.append(_("filled in {share}").format(share=percent(pair.concealed)))
        parts.append(words.milliseconds(pair.delay_secs))
    return " · ".join(parts)
