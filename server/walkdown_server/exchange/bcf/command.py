"""The command ``walkdown bcf``: says what is in a BCF file, and writes it again in another version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from walkdown.i18n import _, ngettext, plain

if TYPE_CHECKING:
    from walkdown_server.exchange.bcf.reading import BcfFile


def bcf(
    file: Annotated[Path, typer.Argument(help=_("A BCF file: .bcf or .bcfzip"))],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help=_("Write the same topics as another BCF file"))
    ] = None,
    version: Annotated[str, typer.Option(help=_("Version of that file: 2.1 or 3.0"))] = "3.0",
) -> None:
    """Say what is in a BCF file, and what is odd about it; or write it again in another version."""
    from walkdown.errors import BadInput
    from walkdown_server.exchange.bcf.reading import read

    if not file.is_file():
        raise BadInput(_("{path}: there is no such file").format(path=file))
    found = read(file, name=file.name)
    for line in _lines(found):
        typer.echo(plain(line))
    if out is not None:
        for note in convert(found, file, out, version=version):
            typer.echo(plain(note))


def _lines(found: BcfFile) -> Iterator[str]:
    topics = found.incoming.topics
    count = ngettext("{count} topic", "{count} topics", len(topics)).format(count=len(topics))
    project = found.project[1] or found.project[0]
    yield f"{found.incoming.file}: {found.incoming.format}, {count}" + (f", {project}" if project else "")
    for each in topics:
        comments = ngettext("{count} comment", "{count} comments", len(each.comments))
        views = ngettext("{count} view", "{count} views", len(each.viewpoints))
        said = [each.topic.type, each.topic.status, each.topic.assigned]
        said += [comments.format(count=len(each.comments)), views.format(count=len(each.viewpoints))]
        yield f"  {each.topic.title} ({', '.join(filter(None, said))})"
    yield from found.incoming.notes


def convert(found: BcfFile, file: Path, out: Path, *, version: str) -> tuple[str, ...]:
    """Write the topics of a BCF file again; returns what was left out or filled.

    Args:
        file: where it lies. out: is replaced.

    Raises:
        BadInput: the version is none that is written, or ``out`` cannot be.
    """
    from walkdown.errors import BadInput
    from walkdown.messages import Record, Vocabulary
    from walkdown.review import ReviewState
    from walkdown_server.exchange.bcf.writing import Supply, write
    from walkdown_server.exchange.merging import bodies, plan

    state = ReviewState(vocabulary=Vocabulary((), (), (), (), ()))
    for number, (kind, body) in enumerate(bodies(plan(state, found.incoming)), start=1):
        state.apply(Record(number, 0, "", "", kind, body))

    def blobs(sha256: str) -> bytes | Path | None:
        if sha256 == found.incoming.sha256:
            return file
        return found.blob(sha256) if sha256 in found.blobs else None

    made = out.with_name(f".{out.name}.part")
    try:
        with made.open("wb") as stream:
            notes = write(stream, state, Supply(blobs, link=None), version=version)  # type: ignore[arg-type]
        made.replace(out)
    except OSError as error:
        text = _("{path} cannot be written: {reason}")
        raise BadInput(text.format(path=out, reason=error.strerror)) from None
    finally:
        made.unlink(missing_ok=True)
    return notes
