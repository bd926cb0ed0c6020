"""One run of what ``_review_bcf`` measures, in a process of its own; ends with a line of JSON.

``python benchmarks/_review_bcf_once.py WHAT FILE FOLDER``, where WHAT is ``ours`` (the file comes into a
review and goes out again), ``parse`` (every entry is unpacked, parsed if it is XML, and let go) or ``zip``
(its entries are packed again as they are).
"""

from __future__ import annotations

import json
import resource
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from lxml import etree

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from walkdown.messages import Record
from walkdown.review import ReviewState
from walkdown_server.exchange.bcf import Supply, Version, read, write
from walkdown_server.exchange.merging import bodies, plan

PICTURES = (".png", ".jpg")


def ours(file: Path, folder: Path) -> dict[str, float]:
    """Bring a file in as a server does, records and snapshots on disk, and take it out in both versions."""
    start = time.perf_counter()
    bcf = read(file)
    state = ReviewState()
    with (folder / "records").open("wb") as journal:
        for number, (kind, body) in enumerate(bodies(plan(state, bcf.incoming)), start=1):
            record = Record(number, number, "Ada", "ada", kind, body)
            journal.write(msgspec.msgpack.encode(record))
            state.apply(record)
    for sha256 in bcf.blobs:
        (folder / sha256).write_bytes(bcf.blob(sha256))
    bcf.close()
    figures = {"import_s": time.perf_counter() - start, "topics": float(len(state.topics))}
    files = {bcf.incoming.sha256: file, **{sha256: folder / sha256 for sha256 in bcf.blobs}}
    versions: tuple[Version, ...] = ("2.1", "3.0")
    for version in versions:
        start = time.perf_counter()
        with (folder / "out.bcf").open("wb") as out:
            write(out, state, Supply(files.get), version=version)
        figures[f"export_{version}_s"] = time.perf_counter() - start
    return figures


def parse(file: Path, _folder: Path) -> dict[str, float]:
    """Unpack everything, parse what is XML, and keep nothing."""
    start = time.perf_counter()
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if not name.endswith(PICTURES):
                etree.fromstring(data)
    return {"parse_s": time.perf_counter() - start}


def pack(file: Path, folder: Path) -> dict[str, float]:
    """Pack the same entries again."""
    start = time.perf_counter()
    with (
        zipfile.ZipFile(file) as before,
        zipfile.ZipFile(folder / "out.bcf", "w", zipfile.ZIP_DEFLATED, compresslevel=3) as after,
    ):
        for entry in before.infolist():
            after.writestr(zipfile.ZipInfo(entry.filename), before.read(entry), entry.compress_type)
    return {"zip_s": time.perf_counter() - start}


WAYS: dict[str, Callable[[Path, Path], dict[str, float]]] = {"ours": ours, "parse": parse, "zip": pack}


if __name__ == "__main__":
    what, path, place = sys.argv[1:]
    found = WAYS[what](Path(path), Path(place))
    found["mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))
