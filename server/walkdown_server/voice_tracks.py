"""The subcommand that lists, copies and deletes voice recordings of a session; it needs no server."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from walkdown.errors import BadInput
from walkdown.i18n import _, ngettext
from walkdown.settings import ServerSettings, load

if TYPE_CHECKING:
    from walkdown_server.voice.recording_index import Recorded

WRITTEN_SECS = 5
"""A recording whose index was touched so lately goes on."""

Data = Annotated[Path | None, typer.Option("--data", help=_("Folder for the journal and caches"))]


def voice_tracks(
    session: Annotated[str, typer.Argument(help=_("Name of a session, or its folder"))],
    recording: Annotated[
        str, typer.Argument(help=_("Only this recording, as the list calls it; without one, all"))
    ] = "",
    *,
    copy_to: Annotated[
        Path | None, typer.Option("--copy-to", help=_("Folder into which to copy tracks and index"))
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help=_("Delete the recording that is named"))] = False,
    data: Data = None,
) -> None:
    """List what was recorded of people's voices: one Ogg Opus file for each, all with one time axis."""
    from walkdown_server.voice.recording_index import recordings_in

    folder = _folder(session, data)
    found = recordings_in(folder)
    if recording:
        found = [one for one in found if one.folder.name == recording]
        if not found:
            text = _("There is no recording {name} in {folder}; without a name all are listed.")
            raise BadInput(text.format(name=recording, folder=folder))
    if delete:
        _delete(found[0] if recording else None)
        return
    for one in found:
        _say(one)
        if copy_to is not None:
            place = copy_to / one.folder.name
            shutil.copytree(one.folder, place, dirs_exist_ok=True)
            typer.echo("  " + _("copied to {path}").format(path=place))
    if not found:
        typer.echo(_("Nothing was recorded: {folder} has no recordings.").format(folder=folder))


def _folder(session: str, data: Path | None) -> Path:
    """Return where the recordings of a session lie that is named by its name or its folder."""
    from walkdown_server.hosting import RECORDINGS, session_folder

    if (Path(session) / "heads").exists():
        return Path(session) / RECORDINGS
    folder = session_folder(load(ServerSettings, {"data": data, "name": session}))
    if not folder.exists():
        text = _("There is no session {name}: {folder} does not exist. Name its folder, or --data.")
        raise BadInput(text.format(name=session, folder=folder))
    return folder / RECORDINGS


def _say(one: Recorded) -> None:
    when = datetime.fromtimestamp(one.start_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    head = _("{recording}: from {when}, {length}, begun by {who}")
    length = _length(one.secs) if one.end_ns else _("{length} so far").format(length=_length(one.secs))
    typer.echo(head.format(recording=one.folder.name, when=when, length=length, who=one.by))
    for track in one.tracks:
        text = ngettext(
            "{name}: spoke once, {spoken}", "{name}: spoke {count} times, {spoken}", len(track.spoken)
        )
        said = text.format(name=track.name, count=len(track.spoken), spoken=_length(track.spoken_secs))
        typer.echo(f"  {track.file}  {said}")


def _length(secs: float) -> str:
    minutes, rest = divmod(round(secs), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _delete(one: Recorded | None) -> None:
    """Delete one recording.

    Raises:
        BadInput: none is named, or it goes on.
    """
    if one is None:
        raise BadInput(_("Name the recording that is to be deleted; the list says what they are called."))
    name = one.folder.name
    if not one.end_ns and _is_written(one.folder):
        raise BadInput(_("{recording} is being recorded: end it first.").format(recording=name))
    shutil.rmtree(one.folder)
    typer.echo(_("{recording} was deleted.").format(recording=name))


def _is_written(folder: Path) -> bool:
    """Tell whether a server writes into a recording: it touches the index every second."""
    from walkdown_server.voice.recording_files import INDEX

    age_ns = time.time_ns() - (folder / INDEX).stat().st_mtime_ns
    return age_ns < WRITTEN_SECS * 1_000_000_000
