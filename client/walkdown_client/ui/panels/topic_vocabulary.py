"""The words that the lists of topics offer, a line each; a chair changes them for everybody."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _, mark
from walkdown.messages import Vocabulary
from walkdown_client.tools import intents as wish
from walkdown_client.tools.rights import why_not
from walkdown_client.tools.topic_intents import SetVocabulary
from walkdown_client.ui import theme as look
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.side import scrolled, side_panel
from walkdown_client.ui.panels.topic_words import shown

NAME = "words"
LISTS = (
    ("statuses", mark("Status")),
    ("types", mark("Type")),
    ("priorities", mark("Priority, the most urgent first")),
    ("stages", mark("Stage")),
    ("disciplines", mark("Discipline")),
    ("labels", mark("Labels")),
    ("users", mark("Owners who are not here")),
)
WORD_MAX, WORDS_MAX = 200, 500


def draw(frame: Frame) -> list[wish.Intent]:
    """Draw the panel when it is open."""
    if frame.view.panel != NAME:
        return []
    canvas, words = frame.canvas, frame.world.review.vocabulary
    with side_panel(frame, NAME, _("Words of the lists")) as found, scrolled("words"):
        if not frame.may(SetVocabulary):
            _draw_words(frame, words)
            return found
        text = _("One word a line. What is used already stays as it is; people may always type others.")
        canvas.paragraph(text, canvas.theme.muted, size_px=look.SMALL_PX)
        typed = frame.view.topics.words
        for name, title in LISTS:
            canvas.section(_(title))
            before = typed.get(name, "\n".join(getattr(words, name)))
            height_px = 19.0 * min(max(before.count("\n") + 2, 3), 9) + 8
            after = canvas.text_area(f"words {name}", before, height_px=height_px)
            if after != before and not imgui.is_key_pressed(imgui.Key.escape):
                typed[name] = after
        _draw_buttons(frame, words, found)
    return found


def _draw_words(frame: Frame, words: Vocabulary) -> None:
    """Draw the words for those who may not change them."""
    canvas = frame.canvas
    canvas.paragraph(why_not(frame.world.role), canvas.theme.muted, size_px=look.SMALL_PX)
    for name, title in LISTS:
        canvas.section(_(title))
        canvas.paragraph("\n".join(shown(word) for word in getattr(words, name)) or "—")


def _draw_buttons(frame: Frame, words: Vocabulary, found: list[wish.Intent]) -> None:
    canvas, typed = frame.canvas, frame.view.topics.words
    wanted = with_words(words, typed)
    imgui.dummy((0, canvas.px(4)))
    if canvas.button(_("Save for everybody"), primary=True, enabled=wanted != words):
        found.append(SetVocabulary(wanted))
        typed.clear()
    imgui.same_line(0, canvas.px(4))
    if canvas.button(_("Take back"), enabled=bool(typed)):
        typed.clear()
    imgui.dummy((0, canvas.px(8)))


def with_words(words: Vocabulary, typed: dict[str, str]) -> Vocabulary:
    """Return the words with those lists that were typed; a word that stands twice counts once."""
    lists = {name: tuple(dict.fromkeys(_lines(text)))[:WORDS_MAX] for name, text in typed.items()}
    return Vocabulary(**{name: lists.get(name, getattr(words, name)) for name, _title in LISTS})


def _lines(text: str) -> list[str]:
    return [word for line in text.split("\n") if (word := " ".join(line.split())[:WORD_MAX])]
