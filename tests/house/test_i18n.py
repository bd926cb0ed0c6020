"""Text follows the language that is asked for, at any time."""

from __future__ import annotations

import pytest

from walkdown import i18n


@pytest.mark.parametrize(
    ("code", "closest"),
    [
        ("de", "de"),
        ("de_AT.UTF-8", "de"),
        ("zh-Hans", "zh_CN"),
        ("zh_TW.UTF-8@pinyin", "zh_CN"),
        ("zh_CN", "zh_CN"),
        ("en_GB", "en"),
        ("C.UTF-8", "en"),
        ("fr", "en"),
        ("", "en"),
    ],
)
def test_the_nearest_language_is_chosen(code: str, closest: str) -> None:
    assert i18n.closest_language(code) == closest


def test_the_environment_chooses_when_nobody_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    assert i18n.use_language() == "de"
    monkeypatch.setenv("WALKDOWN_LANG", "zh_CN")
    assert i18n.use_language() == "zh_CN"
    assert i18n.language() == "zh_CN"


def test_what_is_marked_stays_as_it_is_until_it_is_shown() -> None:
    i18n.use_language("de")
    assert i18n.mark("free") == "free"


def test_text_without_translation_is_shown_in_english() -> None:
    i18n.use_language("de")
    assert i18n._("no catalogue has this") == "no catalogue has this"
    assert i18n.ngettext("{n} nobody", "{n} nobodies", 2) == "{n} nobodies"
