"""What it takes to bring a BCF file with 5,000 topics into a review, and to take them out again.

Each topic has a view with a section plane and two components, a snapshot of 20 kB and three comments. *In*:
the file is read, what it changes is planned, every topic becomes a record on disk, its snapshot a file.
*Out*: all of it is written as BCF 2.1 and as 3.0, starting from the file it came from; the slower one counts.
*Beside it* the same zip is unpacked and its XML parsed by lxml, with nothing made of it, and the same entries
are packed again. Each run has a process of its own, whose largest resident size is the memory.
"""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
import tempfile
import uuid
import zipfile
import zlib
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._harness import Figure, Goal

TOPICS, QUICK_TOPICS, ROUNDS = 5000, 500, 3
ONCE = str(Path(__file__).with_name("_review_bcf_once.py"))
GOALS = (("import_s", 5.0, "s"), ("export_s", 5.0, "s"))

MARKUP = """<?xml version="1.0" encoding="UTF-8"?>
<Markup><Header><File IfcProject="0M6o7Znnv7hxsbWgeu7oQq"><Filename>hall.ifc</Filename></File></Header>
<Topic Guid="{topic}" TopicType="Clash" TopicStatus="Open"><Title>Topic {number}</Title>
<Priority>High</Priority><Index>{number}</Index><Labels>Piping</Labels><Labels>Support</Labels>
<CreationDate>2026-11-01T09:00:00Z</CreationDate><CreationAuthor>a@example.com</CreationAuthor>
<ModifiedDate>2026-11-02T09:00:00Z</ModifiedDate><ModifiedAuthor>b@example.com</ModifiedAuthor>
<DueDate>2026-12-01T00:00:00Z</DueDate><AssignedTo>c@example.com</AssignedTo><Stage>60 %</Stage>
<Description>The pipe meets the beam at grid {number}.</Description></Topic>{comments}
<Viewpoints Guid="{view}"><Viewpoint>viewpoint.bcfv</Viewpoint><Snapshot>snapshot.png</Snapshot></Viewpoints>
</Markup>"""
COMMENT = """<Comment Guid="{comment}"><Date>2026-11-0{day}T10:00:00Z</Date><Author>a@example.com</Author>
<Comment>Comment {day} on topic {number}: please check the clearance.</Comment><Viewpoint Guid="{view}"/>
</Comment>"""
VIEW = """<?xml version="1.0" encoding="UTF-8"?>
<VisualizationInfo Guid="{view}"><Components><Selection>
<Component IfcGuid="1E8YkwPMfB$h99jtn_u{part:03d}"/>
<Component IfcGuid="2E8YkwPMfB$h99jtn_u{part:03d}"/></Selection>
<Visibility DefaultVisibility="true"/></Components>
<PerspectiveCamera><CameraViewPoint><X>{number}.5</X><Y>-16.5</Y><Z>9.5</Z></CameraViewPoint><CameraDirection>
<X>-0.56</X><Y>0.65</Y><Z>-0.5</Z></CameraDirection><CameraUpVector><X>0</X><Y>0</Y><Z>1</Z></CameraUpVector>
<FieldOfView>60</FieldOfView></PerspectiveCamera><ClippingPlanes><ClippingPlane><Location><X>0</X><Y>0</Y>
<Z>3</Z></Location><Direction><X>0</X><Y>0</Y><Z>1</Z></Direction></ClippingPlane></ClippingPlanes>
</VisualizationInfo>"""


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def snapshot(number: int) -> bytes:
    """Return a PNG of 20 kB that is like no other."""
    rng = random.Random(1)
    pixels = zlib.compress(b"".join(b"\0" + rng.randbytes(240) for _row in range(80)))
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", 80, 80, 8, 2, 0, 0, 0))
    text = _chunk(b"tEXt", b"number\0%d" % number)
    return b"\x89PNG\r\n\x1a\n" + head + text + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def make(path: Path, topics: int) -> None:
    """Write a BCF 2.1 file."""
    picture = snapshot(0)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        archive.writestr("bcf.version", '<Version VersionId="2.1"/>')
        for number in range(topics):
            topic, view = uuid.UUID(int=number + 1), uuid.UUID(int=(1 << 64) + number)
            comments = "".join(
                COMMENT.format(comment=uuid.UUID(int=(day << 70) + number), day=day, number=number, view=view)
                for day in (1, 2, 3)
            )
            about = {
                "topic": topic,
                "number": number,
                "view": view,
                "comments": comments,
                "part": number % 999,
            }
            archive.writestr(f"{topic}/markup.bcf", MARKUP.format(**about))
            archive.writestr(f"{topic}/viewpoint.bcfv", VIEW.format(**about))
            own = picture.replace(_chunk(b"tEXt", b"number\x000"), _chunk(b"tEXt", b"number\0%d" % number))
            archive.writestr(zipfile.ZipInfo(f"{topic}/snapshot.png"), own)


def run(what: str, file: Path) -> dict[str, float]:
    """Return what one run found."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, ONCE, what, str(file), folder]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(*, quick: bool) -> tuple[dict[str, Figure], list[Goal]]:
    """Return what was found; the goals are for 5,000 topics, a quick run has a tenth of them."""
    topics = QUICK_TOPICS if quick else TOPICS
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "large.bcf")
        make(file, topics)
        rounds = [
            {**run("zip", file), **run("parse", file), **run("ours", file)}
            for _ in range(1 if quick else ROUNDS)
        ]
        size_mb = file.stat().st_size / 1e6
    found = {name: median(each[name] for each in rounds) for name in rounds[0]}
    found["export_s"] = max(found["export_2.1_s"], found["export_3.0_s"])
    figures: dict[str, Figure] = {"bcf_topics": topics, "bcf_file_mb": size_mb}
    figures |= {f"bcf_{name}": value for name, value in found.items() if name != "topics"}
    goals = [Goal(name=name, value=found[name], goal=goal, unit=unit) for name, goal, unit in GOALS]
    return figures, goals


if __name__ == "__main__":
    from benchmarks._harness import machine, read_options, report

    options = read_options(__doc__ or "")
    figures, goals = measure(quick=options.quick)
    sys.exit(report("review_bcf", options=options, figures=figures, goals=goals, where=machine()))
