"""Lays out a line of the chat: text that wraps between words and Chinese characters, with links in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from walkdown_client.ui.canvas import Canvas

LINE_PX = 20.0
_WORDS = re.compile(
    r"\n|[^\S\n]+|[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+"
)


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of one row: where it begins in pixels, what it says, and where it leads, "" for plain text."""

    x: float
    row: int
    text: str
    width: float
    link: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """A line of the chat laid out; ``rows`` is how many rows it takes."""

    runs: tuple[Run, ...]
    rows: int


def flow(canvas: Canvas, parts: Sequence[tuple[str, str]], width: float) -> Flow:
    """Lay out (text, link) pieces into rows of at most ``width`` pixels."""
    runs: list[Run] = []
    x, row = 0.0, 0
    for text, link in parts:
        for word in _pieces(canvas, text, width):
            wide = canvas.width(word)
            if word == "\n" or (x + wide > width and x > 0):
                x, row = 0.0, row + 1
            if word == "\n" or (x == 0 and row > 0 and word.isspace()):
                continue
            _add(runs, Run(x, row, word, wide, link))
            x += wide
    return Flow(tuple(runs), row + 1)


def _add(runs: list[Run], run: Run) -> None:
    """Add a piece, to the one before it when both are of one kind and in one row."""
    last = runs[-1] if runs else None
    if last is None or (last.row, last.link) != (run.row, run.link) or abs(last.x + last.width - run.x) > 0.5:
        runs.append(run)
    else:
        runs[-1] = Run(last.x, last.row, last.text + run.text, last.width + run.width, last.link)


def _pieces(canvas: Canvas, text: str, width: float) -> Iterator[str]:
    """Yield words, spaces and Chinese characters; a word that is wider than a row is cut."""
    for word in _WORDS.findall(text):
        if word == "\n" or canvas.width(word) <= width:
            yield word
        else:
            yield from _cut(canvas, word, width)


def _cut(canvas: Canvas, word: str, width: float) -> Iterator[str]:
    """Yield parts of a long word that fit into a row each."""
    start = 0
    while start < len(word):
        end = start + max(1, int(len(word) * width / max(canvas.width(word), 1.0)))
        while end > start + 1 and canvas.width(word[start:end]) > width:
            end -= 1
        yield word[start:end]
        start = end
