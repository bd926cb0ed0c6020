"""A server of ours whose session has a number of topics from before: for opening such a session.

    python benchmarks/_reviewed_server.py --data FOLDER --topics 10000

Each topic has a comment and a view. They stand in the journal; the server reads it as it does after a
restart. Says ``listening on PORT`` when it takes clients.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from walkdown.messages import Camera, Comment, Evidence, Record, Topic, Viewpoint
from walkdown.settings import ServerSettings
from walkdown.twin import Thing, make_catalogue
from walkdown_server.app import running_server
from walkdown_server.hosting import data_folder, session_folder
from walkdown_server.journal import Store
from walkdown_server.journal.heads import GROUP_MAX
from walkdown_server.journal.kept import entry_of
from walkdown_server.keys import ServerKey
from walkdown_server.ruling import body_of
from walkdown_server.sites import Site
from walkdown_server.sources.loop import run

AUTHOR, AUTHOR_ID = "Writer", "0" * 32
TEXT = "The flange of this pump is turned by 90 degrees against the drawing; the pipe does not fit. "


def topic_record(number: int, now_ns: int) -> Record:
    """Return the record that makes a topic with a comment and a view."""
    name, view = str(uuid.uuid4()), str(uuid.uuid4())
    topic = Topic(
        f"Topic {number}",
        TEXT * 2,
        type="Issue",
        status="Open",
        priority="Normal",
        labels=("pump", "flange"),
        assigned="Somebody",
        due="2026-12-24",
        things=("P-101",),
        point=(number % 100, number / 100, 1.0),
        topic=name,
        index=number,
        evidence=Evidence("complete"),
        author=AUTHOR,
        author_id=AUTHOR_ID,
        made_ns=now_ns,
    )
    camera = Camera((number % 100, number / 100 - 5, 1.7), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    comment = Comment(str(uuid.uuid4()), name, TEXT, view, author=AUTHOR, author_id=AUTHOR_ID, made_ns=now_ns)
    seen = Viewpoint(view, camera, name, author=AUTHOR, author_id=AUTHOR_ID, made_ns=now_ns)
    body = {"topic": body_of(topic), "comments": [body_of(comment)], "viewpoints": [body_of(seen)]}
    return Record(number, now_ns, AUTHOR, AUTHOR_ID, "topic", body, op=number)


def write_topics(settings: ServerSettings, count: int) -> None:
    """Let the journal of the session have so many topics."""
    store = Store(session_folder(settings), ServerKey.of_folder(data_folder(settings)))
    now_ns = time.time_ns()
    for first in range(1, count + 1, GROUP_MAX):
        numbers = range(first, min(first + GROUP_MAX, count + 1))
        store.append([entry_of(topic_record(number, now_ns)) for number in numbers])
    store.close()


async def serve(settings: ServerSettings) -> None:
    """Serve until told to stop."""
    async with running_server(settings, Site(make_catalogue(1, things=[Thing("P-101", "Pump")]))) as server:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.ended.set)
        print(f"listening on {server.port}", flush=True)
        await server.ended.wait()


def main() -> None:
    """Read the command line, make the topics and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--topics", type=int, required=True)
    given = parser.parse_args()
    settings = ServerSettings(port=0, name="Reviewed", data=given.data)
    write_topics(settings, given.topics)
    run(serve(settings))


if __name__ == "__main__":
    main()
