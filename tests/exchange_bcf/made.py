"""BCF files made by hand, one part at a time, sound and otherwise."""

from __future__ import annotations

import io
import struct
import warnings
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Callable, Mapping

TOPIC = "11111111-1111-4111-8111-111111111111"
VIEW = "22222222-2222-4222-8222-222222222222"
COMMENT = "33333333-3333-4333-8333-333333333333"
WALL = "1E8YkwPMfB$h99jtn_uAjI"

VERSION = '<Version VersionId="2.1"><DetailedVersion>2.1</DetailedVersion></Version>'
CAMERA = """<PerspectiveCamera><CameraViewPoint><X>1</X><Y>2</Y><Z>3</Z></CameraViewPoint><CameraDirection>
<X>0</X><Y>1</Y><Z>0</Z></CameraDirection><CameraUpVector><X>0</X><Y>0</Y><Z>1</Z></CameraUpVector><FieldOfView>50
</FieldOfView></PerspectiveCamera>"""
BCFV = (
    f'<VisualizationInfo Guid="{VIEW}"><Components><Selection><Component IfcGuid="{WALL}"/></Selection>'
    f'<Visibility DefaultVisibility="true"/></Components>{CAMERA}</VisualizationInfo>'
)
DATES = "<CreationDate>2026-11-01T09:00:00Z</CreationDate><CreationAuthor>a@example.com</CreationAuthor>"


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def comment(
    guid: str = COMMENT, text: str = "Look", *, view: str = "", date: str = "2026-11-02T10:00:00Z"
) -> str:
    seen = f'<Viewpoint Guid="{view}"/>' if view else ""
    said = f"<Date>{date}</Date><Author>b@example.com</Author><Comment>{text}</Comment>{seen}"
    return f'<Comment Guid="{guid}">{said}</Comment>'


def view(guid: str = VIEW, file: str = "v.bcfv", snapshot: str = "") -> str:
    picture = f"<Snapshot>{snapshot}</Snapshot>" if snapshot else ""
    return f'<Viewpoints Guid="{guid}"><Viewpoint>{file}</Viewpoint>{picture}</Viewpoints>'


def markup(
    fields: str = "", after: str = "", *, guid: str = TOPIC, title: str = "Pump", dates: str = DATES
) -> str:
    """Return a markup of BCF 2.1 with more elements in the topic and after it."""
    topic = f'<Topic Guid="{guid}" TopicType="Clash" TopicStatus="Open">'
    return f"<Markup>{topic}<Title>{title}</Title>{dates}{fields}</Topic>{after}</Markup>"


def bcf(fields: str = "", after: str = "", files: Mapping[str, bytes | str] | None = None) -> bytes:
    """Return a BCF 2.1 file with one topic."""
    inside = {f"{TOPIC}/{name}": data for name, data in (files or {}).items()}
    return zipped({"bcf.version": VERSION, f"{TOPIC}/markup.bcf": markup(fields, after), **inside})


def png(width: int = 8, height: int = 6) -> bytes:
    """Return a PNG whose header says a size; its pixels are those of a small one."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes(24)) * 6)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def edited(
    data: bytes, change: Callable[[ET.Element], None], *, file: str = "markup.bcf", topic: str = TOPIC
) -> bytes:
    """Return a file in which another tool, which knows nothing of ours, has changed one document."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if name.startswith(f"{topic}/") and name.endswith(file):
                root = ET.fromstring(content)  # noqa: S314
                change(root)
                content = ET.tostring(root)
            after.writestr(name, content)
    return out.getvalue()
