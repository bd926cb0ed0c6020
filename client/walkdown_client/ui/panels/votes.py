"""Votes of a review: what is asked, who has answered what, and a form for another question."""

from __future__ import annotations

from imgui_bundle import imgui

from walkdown.i18n import _, ngettext
from walkdown.messages import Vote
from walkdown_client.tools import intents as wish
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import meeting_rules as rules
from walkdown_client.ui import theme as look
from walkdown_client.ui import words
from walkdown_client.ui.frame import Frame
from walkdown_client.ui.panels.agenda_form import kept_on_escape, left_with_enter
from walkdown_client.ui.theme import packed

BAR_PX = 30.0


def draw(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the votes that can be cast first, then those that have ended."""
    canvas, review = frame.canvas, frame.world.review
    votes = rules.open_votes(review)
    ended = sorted((v for v in review.votes.values() if v.ended_ns), key=lambda v: -v.ended_ns)
    canvas.section(_("Votes"), words.number(len(review.votes)) if review.votes else "")
    if not review.votes:
        canvas.muted(_("Questions that are put to the vote are listed here."))
    for vote in [*votes, *ended]:
        imgui.push_id(vote.vote)
        draw_vote(frame, vote, found)
        imgui.pop_id()
    if frame.may(meet.AskVote):
        _draw_form(frame, found)
    elif not review.votes:
        canvas.muted(_("A chair puts them to the vote."))


def draw_vote(frame: Frame, vote: Vote, found: list[wish.Intent]) -> None:
    """Draw one question; a click on an answer votes for it while the vote is open."""
    canvas, is_open = frame.canvas, not vote.ended_ns
    canvas.paragraph(vote.question)
    own = vote.ballots.get(rules.author_of(frame.world))
    votes = is_open and frame.may(meet.VoteFor)
    for place, (option, names) in enumerate(rules.tally(vote)):
        share = len(names) / max(len(vote.ballots), 1)
        mine = own is not None and own.choice == place
        if _draw_option(frame, option, names, share=share, mine=mine) and votes:
            found.append(meet.VoteFor(vote.vote, place))
    state = _state(frame, vote, mine=own is not None)
    canvas.paragraph(state, canvas.theme.muted, size_px=look.SMALL_PX)
    if is_open and frame.may(meet.FinishVote) and canvas.button(_("End this vote")):
        found.append(meet.FinishVote(vote.vote))
    imgui.dummy((0, canvas.px(6)))


def _state(frame: Frame, vote: Vote, *, mine: bool) -> str:
    count = len(vote.ballots)
    said = ngettext("{count} person has voted", "{count} people have voted", count).format(count=count)
    if vote.ended_ns:
        return _("Ended. {said}.").format(said=said)
    if not frame.may(meet.VoteFor):
        return _("{said}. Observers do not vote.").format(said=said)
    return said + "." if mine else _("{said}. Click your answer.").format(said=said)


def _draw_option(frame: Frame, option: str, names: list[str], *, share: float, mine: bool) -> bool:
    """Draw an answer with who chose it, as a bar; tells whether it was clicked."""
    canvas = frame.canvas
    rect, clicked = canvas.row(f"option {option}", height_px=BAR_PX, chosen=mine)
    if names:
        canvas.tip(", ".join(names))
    lines = imgui.get_window_draw_list()
    low = rect.y + rect.height - canvas.px(5)
    lines.add_rect_filled((rect.x, low), (rect.x + rect.width, low + canvas.px(3)), packed(canvas.theme.line))
    lines.add_rect_filled(
        (rect.x, low), (rect.x + rect.width * share, low + canvas.px(3)), packed(canvas.theme.accent)
    )
    count = words.number(len(names))
    sign = "✓ " if mine else ""
    room = rect.width - canvas.width(count) - canvas.px(10)
    canvas.put_clipped(rect.x, rect.y + canvas.px(3), sign + option, width=room)
    canvas.put_right(rect.x + rect.width, rect.y + canvas.px(3), count)
    return clicked


def _draw_form(frame: Frame, found: list[wish.Intent]) -> None:
    """Draw the form for another question."""
    canvas, form = frame.canvas, frame.view.together.form
    if not form.asks:
        form.asks = form.asks_now = canvas.button(_("Put a question to the vote…"))
        return
    focus, form.asks_now = form.asks_now, False
    typed = canvas.field("question", _("The question"), form.question, focus=focus)
    asks = left_with_enter()
    form.question = kept_on_escape(form.question, typed)
    canvas.muted(_("Answers, one a line; none means yes, no, abstain"))
    form.options = kept_on_escape(form.options, canvas.text_area("options", form.options, height_px=58))
    asks |= left_with_enter()
    options = tuple(form.options.splitlines())
    ready = bool(form.question.strip())
    if (canvas.button(_("Ask all"), primary=True, enabled=ready) or asks) and ready:
        found.append(meet.AskVote(form.question, options))
    imgui.same_line(0, canvas.px(4))
    if canvas.button(_("Cancel")):
        form.asks = False


def result_words(vote: Vote) -> str:
    """Return the result of a vote in one line."""
    return " · ".join(f"{option} {len(names)}" for option, names in rules.tally(vote))
