"""Hostile BCF files: bombs, entities, paths that lead out, XML and pictures that are none, endless lists."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

from tests.exchange_bcf.made import BCFV, TOPIC, VERSION, VIEW, bcf, comment, markup, png, view, zipped

NUMBERS = ("nan", "inf", "1e999", "-1e308", "0", "x", "", "1,5", "9" * 5000)
NAMES = ("../../x", "/etc/passwd", "C:\\x", "a\0b", "x" * 600, "%2e%2e/x", "..", "con", "\u202egnp")
MANY = " ".join(f"a{n}='1'" for n in range(50_000))
ENTITY = '<!DOCTYPE x [<!ENTITY a "{}"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def _whole() -> bytes:
    return bcf(
        "<Labels>A</Labels><DueDate>2026-12-01T00:00:00Z</DueDate>",
        comment(view=VIEW) + view(snapshot="s.png"),
        {"v.bcfv": BCFV, "s.png": png()},
    )


def _damaged() -> Iterator[tuple[str, bytes]]:
    data = _whole()
    for part in (0.1, 0.5, 0.9, 0.99):
        yield f"cut off at {part:.0%}", data[: int(len(data) * part)]
    for seed in range(40):
        rng = random.Random(seed)
        changed = bytearray(data)
        for _ in range(rng.randrange(1, 12)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        yield f"changed bytes {seed}", bytes(changed)


def _lying(size: int) -> bytes:
    """Returns a zip whose entries claim another size than they have."""
    data = bytearray(_whole())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<I", data, at + 24, size)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def _view(changed: str) -> bytes:
    return bcf(after=view(), files={"v.bcfv": changed})


def _document(name: str) -> str:
    return f"<DocumentReference><ReferencedDocument>{name}</ReferencedDocument></DocumentReference>"


CASES: dict[str, bytes] = {
    **dict(_damaged()),
    "empty": b"",
    "no zip": b"PK\x03\x04 and nothing else",
    "noughts": bcf(files={"x.bin": bytes(20 << 20)}),
    "a zip that lies about sizes": _lying(1),
    "a zip that promises four gigabytes": _lying(0xFFFFFFF0),
    "a billion laughs": zipped({f"{TOPIC}/markup.bcf": ENTITY.format("ha" * 1000) + markup(title="&b;")}),
    "an entity from a file": zipped(
        {f"{TOPIC}/markup.bcf": ENTITY.replace('"{}"', 'SYSTEM "file:///etc/passwd"') + markup(title="&a;")}
    ),
    "an entity in UTF-16": zipped(
        {f"{TOPIC}/markup.bcf": (ENTITY.format("ha") + markup(title="&b;")).encode("utf-16")}
    ),
    "XML that is endless": zipped({f"{TOPIC}/markup.bcf": "<Markup>" + "<a>" * 100_000}),
    "a megabyte of attributes": zipped({f"{TOPIC}/markup.bcf": f"<Markup {MANY}/>"}),
    "an encoding that is none": zipped(
        {f"{TOPIC}/markup.bcf": f'<?xml version="1.0" encoding="x-none"?>{markup()}'}
    ),
    "a namespace that is a bomb": zipped(
        {f"{TOPIC}/markup.bcf": markup().replace("<Markup", '<Markup xmlns="' + "n" * 100_000 + '"')}
    ),
    "a version with letters": zipped(
        {"bcf.version": f'<Version VersionId="{"9" * 10_000}"/>', f"{TOPIC}/markup.bcf": markup()}
    ),
    "lists without end": zipped(
        {"bcf.version": VERSION, "extensions.xsd": "<schema>" * 200, f"{TOPIC}/markup.bcf": markup()}
    ),
    "a comment tree of itself": bcf(after=comment(view=TOPIC) * 300),
    "ten thousand labels": bcf("<Labels>L</Labels>" * 10_000),
    "ten thousand components": _view(
        BCFV.replace("<Component ", '<Component IfcGuid="1E8YkwPMfB$h99jtn_uAjI"/><Component ' * 11_000, 1)
    ),
    "a picture without end": bcf(after=view(snapshot="s.png"), files={"s.png": png(2**31 - 1, 2**31 - 1)}),
    "a JPEG of markers": bcf(
        after=view(snapshot="s.jpg"), files={"s.jpg": b"\xff\xd8" + b"\xff\xe0\x00\x02" * 10_000}
    ),
    "a JPEG that stands still": bcf(
        after=view(snapshot="s.jpg"), files={"s.jpg": b"\xff\xd8" + b"\xff\xe0\x00\x00" * 10_000}
    ),
    "a topic in the root": zipped({"markup.bcf": markup()}),
    "control letters": bcf("<Description>a&#7;b</Description>"),
    "letters that turn the line": bcf("<Description>&#x202e;evil</Description>"),
    **{f"the number {word[:8]!r}": _view(BCFV.replace("<X>1</X>", f"<X>{word}</X>")) for word in NUMBERS},
    **{f"the field of view {word[:8]!r}": _view(BCFV.replace("50\n", word)) for word in NUMBERS},
    **{
        f"the name {name[:12]!r}": bcf(
            _document(name.replace("\0", "")),
            files={name: b"x"},
        )
        for name in NAMES
    },
}
