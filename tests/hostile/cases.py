"""One hostile file: what it is called, what lies beside it, and whether it takes long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from walkdown.messages import ImportOptions
from walkdown_server.importers.job import AS_IN_FILE

Files = Mapping[str, bytes]

Content = bytes | str | Callable[[], bytes | str]
"""Of a file, or what makes it when it is needed."""

METRES = ImportOptions(unit=1.0)
"""For formats that do not say their unit."""


@dataclass(frozen=True)
class Case:
    """A hostile file.

    Attributes:
        name: ``kind/what is wrong``; unique.
        main: the file that is imported, by its path among ``make()``.
        make: returns all files; called when they are needed, since some are large.
        options: what the person says about it.
        links: symbolic links to be made, from a path to where it leads.
        slow: takes more than a second or two, so that only the long run tries it.
    """

    name: str
    main: str
    make: Callable[[], Files]
    options: ImportOptions = AS_IN_FILE
    links: Mapping[str, str] = field(default_factory=dict)
    slow: bool = False

    @property
    def kind(self) -> str:
        """What the file claims to be."""
        return self.name.partition("/")[0]


def case(  # noqa: PLR0913 - all that a case may have
    name: str,
    main: str,
    data: Content,
    *,
    beside: Files | None = None,
    options: ImportOptions | None = None,
    links: Mapping[str, str] | None = None,
    slow: bool = False,
) -> Case:
    """Returns a case of one file and what lies beside it."""

    def make() -> Files:
        content = data() if callable(data) else data
        whole = content.encode() if isinstance(content, str) else content
        return {**(beside or {}), main: whole}

    return Case(name, main, make, options or AS_IN_FILE, links or {}, slow)
