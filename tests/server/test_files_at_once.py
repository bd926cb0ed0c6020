"""Thousands of files that come with topics are kept at once, and each is on disk before it has its name."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from walkdown_server.filing import syncing
from walkdown_server.filing.store import FileStore
from walkdown_server.packages import BlobStore


def brought(files: FileStore, pieces: list[bytes]) -> list[tuple[Path, str]]:
    made = []
    for data in pieces:
        place = files.new_place()
        place.write_bytes(data)
        made.append((place, hashlib.sha256(data).hexdigest()))
    return made


@pytest.mark.parametrize("count", [1, syncing.AT_ONCE + 4])
@pytest.mark.parametrize("whole_disk", [True, False])
def test_files_are_kept_once_each_however_many_come_and_wherever(
    tmp_path: Path, count: int, whole_disk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not whole_disk:
        monkeypatch.setattr(syncing, "_sync_disk_of", lambda _folder: False)
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    files = FileStore(tmp_path, BlobStore())
    files.put([b"0"])
    synced.clear()
    pieces = [b"%d" % number for number in range(count + 1)]
    made = brought(files, [*pieces, pieces[-1]])
    files.keep_all(made)
    assert [files.read(sha256) for _place, sha256 in made] == [*pieces, pieces[-1]]
    assert files.size_bytes == sum(map(len, pieces))
    assert not list((tmp_path / ".incoming").iterdir())
    if not whole_disk or count < syncing.AT_ONCE:
        assert len(synced) == count + 1, "each new file and the folder"


def test_a_disk_that_does_not_take_them_is_said_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    files = FileStore(tmp_path, BlobStore())
    made = brought(files, [b"one"])
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.keep_all(made)
    assert not files.knows(made[0][1])
