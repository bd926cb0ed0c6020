"""What an import says at its end: what came in, what came out, what was left out and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from walkdown.i18n import _, language, mark, ngettext, plain, use_language

NAMES_SAID = 5
NAME_LENGTH = 100
NOTES_SAID = 100
MORE = mark("There is more of the kind.")


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence that can be said in more than one language.

    Attributes:
        text: English, marked for the catalogues, with placeholders.
        values: what stands there; a note among them is said in the same language.
    """

    text: str
    values: Mapping[str, object]

    def say(self, translate: Callable[[str], str]) -> str:
        """Return the sentence in the language into which ``translate`` puts it."""
        said = {
            name: value.say(translate)
            if isinstance(value, Note)
            else plain(value)
            if isinstance(value, str)
            else value
            for name, value in self.values.items()
        }
        return translate(self.text).format(**said)


class ImportReport(msgspec.Struct, kw_only=True):
    """The outcome of one import.

    Attributes:
        elements_in: nodes of the files.
        elements_out: elements of the package.
        skipped: why something was left out, in English and marked for the catalogues, and how often.
        skipped_names: the first names of what was left out, by reason.
        triangles: as drawn, copies included.
        copies: drawn as repeats of one shape.
        notes: sentences about what was assumed or changed: unit, axes, reference system.
        notes_in_english: the same for the package.
        protections: what held the worker in.
        read_files: what was opened, as far as it is not part of the program.
    """

    name: str
    files: list[str] = []
    elements_in: int = 0
    elements_out: int = 0
    skipped: dict[str, int] = {}
    skipped_names: dict[str, list[str]] = {}
    triangles: int = 0
    copies: int = 0
    materials: int = 0
    textures: int = 0
    notes: list[str] = []
    notes_in_english: list[str] = []
    package_id: str = ""
    size_bytes: int = 0
    protections: list[str] = []
    read_files: list[str] = []

    def skip(self, reason: str, count: int = 1, *, name: str = "") -> None:
        """Note that something was left out; the first names are said."""
        self.skipped[reason] = self.skipped.get(reason, 0) + count
        names = self.skipped_names.setdefault(reason, [])
        if name and len(names) < NAMES_SAID:
            names.append(plain(name[:NAME_LENGTH]))

    def note(self, note: Note) -> None:
        """Note what was assumed or changed; the same is said once, and so many things at most."""
        said, in_english = note.say(_), note.say(str)
        if in_english in self.notes_in_english or len(self.notes) > NOTES_SAID:
            return
        if len(self.notes) == NOTES_SAID:
            said, in_english = _(MORE), MORE
        self.notes.append(said)
        self.notes_in_english.append(in_english)

    def made_plain(self) -> ImportReport:
        """Return the report as it may be shown when it comes from a worker that is not trusted."""
        return msgspec.structs.replace(
            self,
            skipped_names={reason: list(map(plain, names)) for reason, names in self.skipped_names.items()},
            skipped={plain(reason): count for reason, count in self.skipped.items()},
            notes=list(map(plain, self.notes)),
            notes_in_english=list(map(plain, self.notes_in_english)),
        )

    def sentences(self) -> list[str]:
        """Return the report for people, in their language."""
        return [*self.counts(), *self.left_out(), *self.notes]

    def sentences_in_english(self) -> list[str]:
        """Return the report for the package, so that equal files become equal packages in every language."""
        with _english():
            return [*self.counts(), *self.left_out(), *self.notes_in_english]

    def counts(self) -> list[str]:
        """Return what came in and what came out."""
        objects = ngettext("{count} object", "{count} objects", self.elements_in)
        elements = ngettext("{count} element", "{count} elements", self.elements_out)
        triangles = ngettext("{count} triangle", "{count} triangles", self.triangles)
        copies = ngettext("{count} copy", "{count} copies", self.copies)
        materials = ngettext("{count} material", "{count} materials", self.materials)
        textures = ngettext("{count} texture", "{count} textures", self.textures)
        return [
            _("{objects} came in, {elements} came out.").format(
                objects=objects.format(count=self.elements_in),
                elements=elements.format(count=self.elements_out),
            ),
            _("{triangles}, {copies}, {materials}, {textures}.").format(
                triangles=triangles.format(count=self.triangles),
                copies=copies.format(count=self.copies),
                materials=materials.format(count=self.materials),
                textures=textures.format(count=self.textures),
            ),
        ]

    def left_out(self) -> list[str]:
        """Return what was left out and why, with the first names."""
        found = []
        for reason, count in sorted(self.skipped.items()):
            sentence = ngettext("{count} was left out: {reason}.", "{count} were left out: {reason}.", count)
            names = ", ".join(self.skipped_names.get(reason, ()))
            said = (
                f"{_(reason)} ({names}{', …' if len(self.skipped_names[reason]) < count else ''})"
                if names
                else _(reason)
            )
            found.append(sentence.format(count=count, reason=said))
        return found


@contextmanager
def _english() -> Iterator[None]:
    before = language()
    use_language("en")
    try:
        yield
    finally:
        use_language(before)
