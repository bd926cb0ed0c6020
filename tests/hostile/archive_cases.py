"""Hostile zip files: bombs, paths that lead out, links, and models that are not there."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile

from tests.hostile.cases import Case, Content, case
from tests.hostile.samples import gltf, obj, small_glb, zipped

GLB: dict[str, bytes | str] = {"model.glb": small_glb()}


def _zip(name: str, data: Content, *, slow: bool = False) -> Case:
    return case(f"zip/{name}", "model.zip", data, slow=slow)


def _linked(target: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in GLB.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
        link = zipfile.ZipInfo("link.bin", (1980, 1, 1, 0, 0, 0))
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, target)
    return out.getvalue()


def _twice() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2):
            archive.writestr(zipfile.ZipInfo("model.glb", (1980, 1, 1, 0, 0, 0)), small_glb())
    return out.getvalue()


def _overlapping() -> bytes:
    """Returns a zip whose thousand entries are all the same bytes."""
    plain = zipped({"a.bin": bytes(1_000_000)})
    at = plain.rfind(b"PK\x01\x02")
    end = plain.rfind(b"PK\x05\x06")
    entry = plain[at:end]
    directory = b"".join(entry.replace(b"a.bin", b"%05d" % n) for n in range(1000))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1000, 1000, len(directory), at, 0)
    return plain[:at] + directory + tail


def _lying(size: int) -> bytes:
    """Returns a zip whose entry claims another size than it has."""
    plain = bytearray(zipped(GLB, zipfile.ZIP_STORED))
    at = plain.rfind(b"PK\x01\x02")
    struct.pack_into("<I", plain, at + 24, size)
    return bytes(plain)


def _flag(bits: int) -> bytes:
    plain = bytearray(zipped(GLB))
    at = plain.rfind(b"PK\x01\x02")
    struct.pack_into("<H", plain, at + 8, bits)
    struct.pack_into("<H", plain, 6, bits)
    return bytes(plain)


def _bad_sum() -> bytes:
    plain = bytearray(zipped(GLB, zipfile.ZIP_STORED))
    plain[60] ^= 0xFF
    return bytes(plain)


CASES: list[Case] = [
    _zip("a gigabyte of noughts", lambda: zipped({"model.glb": bytes(500_000_000)}), slow=True),
    _zip(
        "many files of noughts",
        lambda: zipped({f"{n}.bin": bytes(20_000_000) for n in range(20)} | GLB),
        slow=True,
    ),
    _zip("70,000 entries", lambda: zipped({f"{n}.txt": "" for n in range(70_000)} | GLB), slow=True),
    _zip("a zip in a zip", zipped({"inner.zip": zipped(GLB)})),
    _zip("a thousand entries of the same bytes", _overlapping()),
    _zip("an absolute path", zipped({"/etc/evil": "x"} | GLB)),
    _zip("a parent path", zipped({"../../evil": "x"} | GLB)),
    _zip("a parent path with backslashes", zipped({"..\\..\\evil": "x"} | GLB)),
    _zip("a drive", zipped({"C:\\evil": "x"} | GLB)),
    _zip("a link", _linked("/etc/passwd")),
    _zip("one name twice", _twice()),
    _zip("names that differ in case", zipped({"Model.glb": small_glb(), "model.GLB": small_glb()})),
    _zip("a file that is also a folder", zipped({"a": "x", "a/model.glb": small_glb()})),
    _zip("names with control characters", zipped({"a\x1b[2J\n.glb": small_glb()})),
    _zip("a name of 60,000 letters", zipped({"x" * 60_000: "x"} | GLB)),
    _zip("folders 5,000 deep", zipped({"a/" * 5000 + "model.glb": small_glb()})),
    _zip("an entry that claims to be larger", _lying(10**9)),
    _zip("an entry that claims to be empty", _lying(0)),
    _zip("encryption", _flag(1)),
    _zip("a damaged sum", _bad_sum()),
    _zip("nothing", zipped({})),
    _zip("no model", zipped({"readme.txt": "hello"})),
    _zip("several models", zipped({"a.glb": small_glb(), "b.glb": small_glb()})),
    _zip(
        "a model that names a file outside",
        zipped(
            {
                "in/model.gltf": gltf()["model.gltf"].replace(b"mesh.bin", b"../mesh.bin"),
                "mesh.bin": gltf()["mesh.bin"],
            }
        ),
    ),
    _zip("a model without a unit", zipped({"model.obj": obj()})),
    _zip("half of its directory", zipped(GLB)[:-30]),
]
