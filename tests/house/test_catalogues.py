"""Every text is there in every language, compiled, and can be drawn."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from fontTools.ttLib import TTFont

from tests.house.catalogues import as_mo, as_po, extract, path_of, read, updated
from walkdown.i18n import LANGUAGES

FONTS = Path(__file__).parents[2] / "assets" / "fonts"


@pytest.fixture(scope="module")
def template() -> Catalog:
    return extract()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_exactly_the_texts_of_the_code(language: str, template: Catalog) -> None:
    in_code = {str(message.id) for message in template if message.id}
    in_catalogue = {str(message.id) for message in read(language) if message.id}
    assert in_code - in_catalogue == set(), "run `python -m tests.house.catalogues`, then translate"
    assert in_catalogue - in_code == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    messages = [message for message in read(language) if message.id]
    assert [message.id for message in messages if message.fuzzy or not complete(message.string)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_in_the_same_values(language: str) -> None:
    for message in list(read(language))[1:]:
        for text in forms(message.string):
            sources = [placeholders(source) for source in forms(message.id)]
            assert set.intersection(*sources) <= placeholders(text) <= set.union(*sources), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_text(language: str) -> None:
    assert path_of(language, "mo").read_bytes() == as_mo(read(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_bringing_an_up_to_date_catalogue_up_to_date_changes_nothing(
    language: str, template: Catalog
) -> None:
    same = path_of(language, "po").read_bytes() == as_po(updated(language, template))
    assert same, "run `python -m tests.house.catalogues`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_fonts_have_every_glyph_of_a_catalogue(language: str) -> None:
    drawable = glyphs("NotoSans-Regular.ttf", "NotoSansCJKsc-Regular.otf", "NotoSansSymbols-Regular.ttf")
    with path_of(language, "mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    texts = [LANGUAGES[language], *(text for key, text in catalogue._catalog.items() if key)]  # type: ignore[attr-defined]
    assert {char for text in texts for char in text if char.isprintable()} - drawable == set()


def test_our_fonts_have_what_people_and_plants_are_called() -> None:
    drawable = glyphs("NotoSans-Regular.ttf", "NotoSansCJKsc-Regular.otf", "NotoSansSymbols-Regular.ttf")
    words = "Łukasz Çağrı Þóra Nguyễn Ångström Ωmega Дима 张伟 欧阳娜娜 ●▲◆◌✕◇→²³°µ·–—…₂‰≥±"
    assert set(words) <= drawable


def test_the_bold_font_has_what_the_regular_one_has() -> None:
    assert glyphs("NotoSans-Bold.ttf") >= glyphs("NotoSans-Regular.ttf")


def glyphs(*names: str) -> set[str]:
    """Returns the characters that at least one of these fonts can draw."""
    found: set[str] = set()
    for name in names:
        with TTFont(FONTS / name, lazy=True) as font:
            found |= set(map(chr, font.getBestCmap()))
    return found


def forms(text: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """Returns the singular and plural forms of a message, or its only form; none for the header."""
    return [part for part in ([text] if isinstance(text, str) else text or []) if part]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)[^}]*\}", text))


def complete(text: str | list[str] | tuple[str, ...] | None) -> bool:
    return bool(text) and "" not in ([text] if isinstance(text, str) else text or [""])
