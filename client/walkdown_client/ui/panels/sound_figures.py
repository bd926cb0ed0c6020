"""How well it works: the way that voice takes, what each talker's voice went through."""

from __future__ import annotations

from walkdown.i18n import _
from walkdown_client.tools import intents as wish
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.pairs import draw_pair
from walkdown_client.ui.sound_words import WAY_TEXT, came_through


def draw(frame: Frame, _found: list[wish.Intent]) -> None:
    """Draw the section of figures."""
    canvas, sound, people = frame.canvas, frame.facts.sound, frame.world.people
    canvas.section(_("How well it works"))
    draw_pair(frame, _("Way"), _(WAY_TEXT[sound.way]), label_share=0.3)
    if sound.state is not None:
        draw_pair(frame, _("Breaks"), words.number(sound.state.underruns), label_share=0.3)
    for number, heard in sorted(sound.talkers.items()):
        if number in people:
            canvas.text(people[number].name)
            canvas.muted(came_through(heard))
    if not sound.talkers:
        text = _("Here stands for everyone who speaks how much was lost and how late it was heard.")
        canvas.paragraph(text, canvas.theme.muted, size_px=look.SMALL_PX)
