"""Brings the three catalogues up to date: ``python -m tests.house.catalogues`` extracts, merges and compiles.

What is new comes in untranslated, so that the tests name it until somebody has translated it. English is its
own translation.
"""

from __future__ import annotations

import inspect
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from walkdown.i18n import LANGUAGES, LOCALE_DIR

ROOT = Path(__file__).parents[2]
SOURCES = ("core/walkdown", "server/walkdown_server", "client/walkdown_client")
TIMELESS = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands where gettext wants a date, so that equal text compiles to equal bytes."""

KEPT_HEADERS = (b'"Language:', b'"Plural-Forms:', b'"MIME-Version:', b'"Content-T')
KEYWORDS = {"_": None, "ngettext": (1, 2), "mark": None}


def path_of(language: str, ending: str) -> Path:
    """Returns where a language's catalogue is, as text (``po``) or compiled (``mo``)."""
    return LOCALE_DIR / language / "LC_MESSAGES" / f"walkdown.{ending}"


def extract() -> Catalog:
    """Returns every message of the code, and the one that explains each command."""
    template = Catalog(project="Walkdown", charset="utf-8")
    for source in SOURCES:
        for file, _line, message, _comments, context in extract_from_dir(
            ROOT / source, [("**.py", "python")], keywords=KEYWORDS
        ):
            template.add(message, locations=[(f"{source}/{file}", 0)], context=context)
    for text in command_texts():
        template.add(text, locations=[("pyproject.toml", 0)])
    return template


def command_texts() -> Iterator[str]:
    """Yields the text with which ``--help`` explains each command."""
    for entry in entry_points(group="walkdown.commands"):
        yield inspect.getdoc(entry.load()) or ""


def read(language: str) -> Catalog:
    """Returns a language's catalogue as it is on disk."""
    path = path_of(language, "po")
    catalogue = read_po(io.BytesIO(path.read_bytes() if path.exists() else b""), locale=language)
    catalogue.creation_date = catalogue.revision_date = TIMELESS
    return catalogue


def updated(language: str, template: Catalog) -> Catalog:
    """Returns a language's catalogue with the template's messages, translated as far as it was."""
    old = read(language)
    new = Catalog(locale=language, project="Walkdown", charset="utf-8", header_comment="#", fuzzy=False)
    for message in template:
        if message.id:
            known = old.get(message.id, context=message.context)
            translation = _own(message) if language == "en" else known.string if known else ""
            new.add(message.id, translation, locations=message.locations, context=message.context)
    return new


def _own(message: Message) -> str | tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, list | tuple) else str(message.id)


def as_mo(catalogue: Catalog) -> bytes:
    """Returns the compiled form of a catalogue."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def as_po(catalogue: Catalog) -> bytes:
    """Returns the text form of a catalogue, sorted so that a change shows as a change."""
    file = io.BytesIO()
    write_po(file, catalogue, width=100, sort_output=True, include_lineno=False, omit_header=False)
    header, body = file.getvalue().split(b"\n\n", 1)
    kept = [
        line for line in header.splitlines() if not line.startswith(b'"') or line.startswith(KEPT_HEADERS)
    ]
    return b"\n".join(kept) + b"\n\n" + body


def main() -> None:
    """Rewrites the catalogues of every language."""
    template = extract()
    for language in LANGUAGES:
        catalogue = updated(language, template)
        path_of(language, "po").parent.mkdir(parents=True, exist_ok=True)
        path_of(language, "po").write_bytes(as_po(catalogue))
        path_of(language, "mo").write_bytes(as_mo(read(language)))


if __name__ == "__main__":
    main()
