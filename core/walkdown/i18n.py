"""Shows text in the reader's language.

Source strings are English and are looked up when they are shown, so that the language can change while
the program runs. A catalogue is ``locale/<language>/LC_MESSAGES/walkdown.mo`` beside this file. Text in
tables at module level is wrapped in :func:`mark` and translated with :func:`_` where it is shown.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from pathlib import Path

LOCALE_DIR = Path(__file__).parent / "locale"
LANGUAGES: Mapping[str, str] = {"en": "English", "zh_CN": "简体中文", "de": "Deutsch"}
"""Every language with a catalogue, and what its readers call it."""

_ENVIRONMENT = ("WALKDOWN_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


class _Reader:
    """The language in use and its catalogue; one reference is swapped, so threads see the old or the new."""

    def __init__(self) -> None:
        self.language = "en"
        self.catalogue = gettext.NullTranslations()

    def use(self, language: str) -> None:
        self.catalogue = gettext.translation("walkdown", LOCALE_DIR, [language], fallback=True)
        self.language = language


_reader = _Reader()


def _(text: str) -> str:
    """Returns ``text`` in the language in use, or as it is when the catalogue lacks it."""
    return _reader.catalogue.gettext(text)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Returns the form that the language in use has for ``count`` of something."""
    return _reader.catalogue.ngettext(singular, plural, count)


def texts_of(code: str) -> gettext.NullTranslations:
    """Returns the texts of a language, for what is written in another one than that in use."""
    return gettext.translation("walkdown", LOCALE_DIR, [closest_language(code)], fallback=True)


def mark(text: str) -> str:
    """Returns ``text`` unchanged; marks it for the catalogues, to be translated where it is shown."""
    return text


def plain(text: str) -> str:
    """Return text of a stranger without what moves a cursor or turns the direction of writing."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def language() -> str:
    """Returns the code of the language in use, for instance ``zh_CN``."""
    return _reader.language


def use_language(code: str | None = None) -> str:
    """Shows all text in the closest language we have from now on, and returns its code.

    Args:
        code: such as ``de``, ``de_AT``, ``zh-Hans`` or ``zh_CN.UTF-8``; without one, the first that the
            environment names in WALKDOWN_LANG, LC_ALL, LC_MESSAGES or LANG. What we lack is English.
    """
    chosen = closest_language(code or _code_from(os.environ))
    _reader.use(chosen)
    return chosen


def closest_language(code: str) -> str:
    """Returns the language with a catalogue that is nearest to ``code``, English when none is.

    >>> [closest_language(code) for code in ("de_AT.UTF-8", "zh-Hans", "C", "fr")]
    ['de', 'zh_CN', 'en', 'en']
    """
    plain = code.split(".")[0].split("@")[0].replace("-", "_")
    if plain in LANGUAGES:
        return plain
    family = plain.split("_")[0].lower()
    return next((known for known in LANGUAGES if known.split("_")[0] == family), "en")


def _code_from(environment: Mapping[str, str]) -> str:
    return next((environment[name] for name in _ENVIRONMENT if environment.get(name)), "en")
