"""What an import says at its end: what came in, what came out, what was left out and why."""

from __future__ import annotations

import msgspec

from walkdown.i18n import _, ngettext


class ImportReport(msgspec.Struct, kw_only=True):
    """The outcome of one import.

    Attributes:
        elements_in: nodes of the files.
        elements_out: elements of the package.
        skipped: why something was left out, and how often.
        triangles: as drawn, copies included.
        copies: drawn as repeats of one shape.
        notes: sentences about what was assumed or changed: unit, axes, reference system.
        protections: what held the worker in.
    """

    name: str
    files: list[str] = []
    elements_in: int = 0
    elements_out: int = 0
    skipped: dict[str, int] = {}
    triangles: int = 0
    copies: int = 0
    materials: int = 0
    textures: int = 0
    notes: list[str] = []
    package_id: str = ""
    size_bytes: int = 0
    protections: list[str] = []

    def skip(self, reason: str, count: int = 1) -> None:
        """Note that something was left out."""
        self.skipped[reason] = self.skipped.get(reason, 0) + count

    def sentences(self) -> list[str]:
        """Return the report for people, in their language; the package keeps it in English."""
        found = [
            _("{count_in} nodes came in, {count_out} elements came out.").format(
                count_in=self.elements_in, count_out=self.elements_out
            ),
            _("{triangles} triangles, {copies} copies, {materials} materials, {textures} textures.").format(
                triangles=self.triangles, copies=self.copies, materials=self.materials, textures=self.textures
            ),
        ]
        for reason, count in sorted(self.skipped.items()):
            sentence = ngettext("{count} was left out: {reason}.", "{count} were left out: {reason}.", count)
            found.append(sentence.format(count=count, reason=reason))
        return found + self.notes
