"""A review that has everything, for tests of what is written of it."""

from __future__ import annotations

import hashlib
import io
import uuid

from PIL import Image

from walkdown.messages import (
    AgendaItem,
    Attached,
    Attendance,
    Ballot,
    Camera,
    ChatLine,
    Comment,
    Document,
    Meeting,
    Plane,
    ReviewSnapshot,
    Topic,
    Verdict,
    Viewpoint,
    Vote,
)
from walkdown.review import ReviewState
from walkdown_server.exchange.about import About, ModelLine

SECS_NS = 1_000_000_000
BEGAN_NS = 1_795_669_200 * SECS_NS
"""2026-11-26 05:00 UTC."""


def guid(number: int) -> str:
    """Return an id that is always the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


def picture(width: int = 320, height: int = 180) -> bytes:
    """Return a PNG."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 150)).save(file, "PNG")
    return file.getvalue()


PICTURE = picture()
SHA256 = hashlib.sha256(PICTURE).hexdigest()
LETTER = b"%PDF-1.7 a letter"
LETTER_FILE = Attached(
    "Letter of Monday.pdf", hashlib.sha256(LETTER).hexdigest(), len(LETTER), "application/pdf"
)
STORE = {SHA256: PICTURE, LETTER_FILE.sha256: LETTER}
ABOUT = About(
    "Hall 2", BEGAN_NS + 7200 * SECS_NS, (ModelLine("Filling hall", 3, "a" * 64),), {"V-1203": "Gate valve"}
)

RAIL = Topic(
    topic=guid(1),
    index=1,
    title="Valve handle hits the guard rail",
    description="It turns by a quarter.\n\nStatus: no field\n> nor a quotation\n<<<<<<< nor a conflict",
    type="Clash",
    status="Open",
    priority="High",
    stage="60 %",
    discipline="Piping",
    labels=("access", "valve, manual"),
    assigned="Ada Lindqvist",
    accepted=True,
    due="2026-12-01",
    related=(guid(2),),
    links=("https://example.org/a,b",),
    documents=(Document(guid(50), description="The letter", file=LETTER_FILE),),
    things=("V-1203", "ifc:0a$b"),
    point=(12.5, 3.25, -1.0 / 3.0),
    model="hall",
    speaker="Ben",
    author="Ada Lindqvist",
    author_id="key-a",
    made_ns=BEGAN_NS + 61_123_456_789,
    changed="Ben Ochoa",
    changed_ns=BEGAN_NS + 90 * SECS_NS,
)
TRAY = Topic(
    topic=guid(2),
    index=2,
    title="Headroom under the cable tray",
    status="Resolved",
    parked=True,
    made_ns=BEGAN_NS,
)
COMMENTS = (
    Comment(
        guid(10),
        RAIL.topic,
        "We move it by 200 mm.\nTo the north.",
        guid(20),
        "",
        "Ben Ochoa",
        "key-b",
        BEGAN_NS + 70 * SECS_NS,
    ),
    Comment(
        guid(11),
        RAIL.topic,
        "Agreed: <b>bold</b> *stars* -- and more",
        "",
        guid(10),
        "陈伟",
        "key-c",
        BEGAN_NS + 75 * SECS_NS,
    ),
)
VIEW = Viewpoint(
    guid(20),
    Camera((1.0, 2.0, 1.7), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), aspect=16 / 9),
    topic=RAIL.topic,
    title="As seen",
    planes=(Plane((0.0, 0.0, 2.0), (0.0, 0.0, 1.0)),),
    exceptions=("roof",),
    selection=("V-1203",),
    mode="state",
    time_ns=BEGAN_NS + 60 * SECS_NS,
    snapshot=SHA256,
    author="Ada Lindqvist",
    author_id="key-a",
    made_ns=BEGAN_NS + 61 * SECS_NS,
)
PREPARED = Viewpoint(
    guid(21), Camera((9.0, 2.0, 1.7), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), title="Filling line", order=1
)


def files(sha256: str) -> bytes | None:
    """Find what the store of the review has."""
    return STORE.get(sha256)


def review() -> ReviewState:
    """Return a review with two topics, an agenda, a vote, a verdict and what was said."""
    return ReviewState.of(
        ReviewSnapshot(
            topics=(RAIL, TRAY),
            comments=COMMENTS,
            viewpoints=(VIEW, PREPARED),
            agenda=(
                AgendaItem(
                    guid(30),
                    "Open items",
                    10.0,
                    "Ada Lindqvist",
                    order=1,
                    text="All closed.",
                    done=True,
                    spent_secs=620.0,
                ),
                AgendaItem(guid(31), "Filling line", 25.0, order=2, viewpoints=(PREPARED.viewpoint,)),
                AgendaItem(guid(32), "Forklift aisle", owner="陈伟", parked=True),
            ),
            votes=(
                Vote(
                    guid(40),
                    "Move the rail?",
                    ("Yes", "No"),
                    RAIL.topic,
                    ballots={"key-a": Ballot("Ada Lindqvist", 0), "key-b": Ballot("Ben Ochoa", 0)},
                    ended_ns=BEGAN_NS + 95 * SECS_NS,
                ),
            ),
            chat=(
                ChatLine(
                    guid(60),
                    "See {0}",
                    (f"topic:{RAIL.topic}",),
                    "Ben Ochoa",
                    "key-b",
                    BEGAN_NS + 80 * SECS_NS,
                ),
            ),
            attendance=(
                Attendance("key-a", "Ada Lindqvist", "chair", spans=((BEGAN_NS, BEGAN_NS + 3600 * SECS_NS),)),
                Attendance("key-b", "Ben Ochoa", "participant", spans=((BEGAN_NS + 60 * SECS_NS, 0),)),
            ),
            meeting=Meeting(
                "Filling hall, 60 % review",
                "60 %",
                BEGAN_NS,
                BEGAN_NS + 3600 * SECS_NS,
                duties={"scribe": "key-b"},
                verdicts=(
                    Verdict(
                        "approved_with_actions",
                        "Rail first.",
                        "Ada Lindqvist",
                        "key-a",
                        "chair",
                        BEGAN_NS + 3500 * SECS_NS,
                    ),
                ),
            ),
            next_index=3,
        )
    )
