"""One session on this server with everything that it needs: journal, room, models, sources.

Everything runs in one event loop but the journal's writer, which has a thread. Stopping: what waits is
committed and told, everyone hears "come back".
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import hashlib
import logging
import re
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import platformdirs

from walkdown.clock import JUMP_NS, NS, SessionClock
from walkdown.errors import SourceError
from walkdown.i18n import _
from walkdown.messages import SourceStatus
from walkdown.settings import ServerSettings
from walkdown_server.commits import Times
from walkdown_server.exchange.about import About, ModelLine
from walkdown_server.exchange.pack.keeping import FOLDER as PACK
from walkdown_server.exchange.pack.keeping import Keeping
from walkdown_server.filing.beside import Beside
from walkdown_server.filing.desk import FileDesk
from walkdown_server.filing.evidence import Witness
from walkdown_server.filing.places import ModelPlaces
from walkdown_server.filing.store import FOLDER as FILES
from walkdown_server.filing.store import FileStore
from walkdown_server.filing.task import FileLimits
from walkdown_server.history.past import Past
from walkdown_server.journal import Entry, Store, Writer
from walkdown_server.journal.writer import State
from walkdown_server.keys import ServerKey
from walkdown_server.logs import about
from walkdown_server.models import Intake, Kept, Shelf, UploadDesk
from walkdown_server.packages import BlobStore, package_refs
from walkdown_server.parties import Contents
from walkdown_server.room import Room
from walkdown_server.sites import Site
from walkdown_server.sources import Source
from walkdown_server.ticks.beat import Beat
from walkdown_server.voice.recording import Recordings

CARE_SECS = 1.0
FROZEN_FROM = 5000
"""What more records than that have made is not looked through for garbage: it would hold everyone up."""

DELAYS_EVERY = 2
"""So often, in ``CARE_SECS``, people are told how late they are told."""

RESTING_TICK_SECS = 0.25
"""Between ticks while nobody is in the session."""

BACK_IN_SECS = 1.0
RECORDINGS = "voice"
"""Folder of the voice recordings within that of the session."""

PACK_NAME = "session pack"
RECORDING = "voice recording"
"""As what they stand in the list of data sources, once they have stopped by themselves."""

_UNSAFE = re.compile(r"[^\w-]+")

_log = logging.getLogger(__name__)


class Hosted:
    """One session that runs here.

    Args:
        settings: their ``name`` is the session's. site: what it shows.

    Attributes:
        settings: of it. room: the running session. blobs: what can be fetched. intake: who takes models.
        files: who takes and keeps those of the review. witness: writes down what was so.
        past: what was told, None when it is not kept. pack: writes the results of the review.
    """

    def __init__(self, settings: ServerSettings, site: Site) -> None:
        self.settings, self._site = settings, site
        self._loop = asyncio.get_running_loop()
        self._alarm = Alarm(self._loop)
        self._folder = session_folder(settings)
        self.past: Past | None = None
        self._jumped_ns = 0

    def _read(self) -> Store:
        """Read the journal, and make the room as it leaves it; in a thread, as it may take seconds."""
        store = Store(self._folder, _signer(data_folder(self.settings)))
        try:
            self._make_room(store)
        except BaseException:
            store.close()
            raise
        return store

    def _make_room(self, store: Store) -> None:
        settings, site = self.settings, self._site
        newest_ns = store.entries[-1].time_ns if store.entries else 0
        if settings.history_mb:
            limit_bytes = settings.history_mb * 1_000_000
            self.past = Past(self._folder / "history", site.catalogue, limit_bytes=limit_bytes)
            newest_ns = max(newest_ns, self.past.newest_ns + 1)
        self._clock = SessionClock(time.time_ns, time.monotonic_ns, not_before_ns=newest_ns)
        self.blobs = BlobStore()
        self.room = Room(
            Contents(settings.name, site.catalogue, package_refs(site.packages, self.blobs)),
            store=self.blobs,
            times=Times(self._clock.now_ns, time.monotonic),
            submit=lambda entry: self._writer.submit(entry),
            max_people=settings.max_people,
        )
        self.room.on_enter = self.room.voices.on_wait = self._alarm.ring
        self._names = {thing.id: thing.name for thing in site.catalogue.things}
        self._files_kept = FileStore(self._folder / FILES, self.blobs)
        self._learn_places()
        self.room.restore(store.entries, seen_ns=newest_ns)
        if len(store.entries) > FROZEN_FROM:
            gc.freeze()
        store.entries.clear()

    def _begin(self, store: Store) -> None:
        """Begin to keep what happens, and to take models."""
        if self.past is not None:
            self.past.begin(self.room, self.blobs, now_ns=self._clock.now_ns)
        self._writer = Writer(store, self._folder, on_commit=self._on_commit, on_state=self._on_state)
        if store.read_only:
            self.room.set_writable(False, store.read_only)
        self._recordings = Recordings(
            self._folder / RECORDINGS,
            session=self.settings.name,
            now_ns=self._clock.now_ns,
            on_state=self._on_recording,
        )
        self.room.voice_desk.keep_with(self._recordings)
        models = data_folder(self.settings) / "models"
        shelf = Shelf(self.room, self.blobs, kept=Kept(models), packages=self._site.packages)
        places = ModelPlaces(self.room.session.models, shelf.package)
        self.intake = self.room.intake_desk.offers = Intake(
            self.room,
            shelf,
            scratch=models / ".incoming" / self._folder.name,
            max_bytes=self.settings.max_model_mb * 1_000_000,
        )
        self.files = self.room.intake_desk.files = FileDesk(
            self.room,
            self._files_kept,
            self.blobs,
            limits=FileLimits.of_mb(file=self.settings.max_file_mb, session=self.settings.files_mb),
            frames=places.frames,
        )
        self.witness = Witness(
            self.room, self._files_kept, self.past, now_ns=self._clock.now_ns, pool=self.files.pool
        )
        self.witness.restore()
        self.room.commits.on_record = self.witness.see
        self.pack = Keeping(
            self._folder / PACK,
            self._files_kept.read,
            review=lambda: self.room.session.review,
            about=self._about,
            bcf=Beside(self._files_kept, frames=places.frames).write_bcf,
            tell=self._on_pack,
        )

    def _about(self) -> About:
        """Return what the session pack says beside the review."""
        standing = self.room.session.models()
        models = (ModelLine(one.name, one.revision, one.package, one.placement) for one in standing)
        return About(self.settings.name, self._clock.now_ns(), tuple(models), self._names)

    @property
    def desks(self) -> tuple[UploadDesk, ...]:
        """Who takes uploads."""
        return self.intake, self.files

    def _learn_places(self) -> None:
        """Let those who subscribe to an area be told of what stands there."""
        subscriptions = self.room.subscriptions
        for package in self._site.packages if self._site.catalogue.signals else ():
            subscriptions.learn(package.manifest.id, subscriptions.drawn.boxes(package.elements()))

    async def start(self) -> None:
        """Read the journal and open its models, while other sessions of this process go on.

        Raises:
            BadInput: the journal is damaged. Missing: another server has the session open.
        """
        reading = asyncio.ensure_future(asyncio.to_thread(self._read))
        try:
            store = await asyncio.shield(reading)
        except asyncio.CancelledError:
            await asyncio.wait([reading])  # a thread cannot be stopped, and what it opens has to be closed
            if not reading.cancelled() and reading.exception() is None:
                reading.result().close()
            raise
        try:
            self._begin(store)
        except BaseException:
            store.close()
            raise
        try:
            await self._open_models()
        except BaseException:
            await self.close()
            raise

    async def _open_models(self) -> None:
        _log.info("session opened", extra=about(session=self.room.contents.name))
        await self.intake.load()

    def now_ns(self) -> int:
        """Return the session time."""
        return self._clock.now_ns()

    async def run(self) -> None:
        """Tick, look after models and absent people and run the sources, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tick())
            group.create_task(self._care())
            group.create_task(self.witness.run())
            group.create_task(self.pack.run())
            for source in self._site.sources:
                group.create_task(self._run_source(source))

    async def stop(self, text: str, *, after_secs: float = BACK_IN_SECS) -> None:
        """Commit what waits and tell everyone when to come back, with a sentence why."""
        self.room.commits.closing = True
        await self.close()
        await asyncio.sleep(0)
        self.room.tick()
        self.room.say_bye(text, after_secs=after_secs)
        await self.pack.close()
        _log.info("session shut", extra=about(session=self.room.contents.name, text=text))

    async def close(self) -> None:
        """Give up what is being brought in, and close the journal after what waits."""
        await self.intake.close()
        await self.files.close()
        if self.past is not None:
            await self.past.close()
        await asyncio.to_thread(self._recordings.close)
        await asyncio.to_thread(self._writer.close)

    # ---- called by the journal's thread ---------------------------------------------------------------

    def _on_commit(self, entries: Sequence[Entry], reason: str) -> None:
        self._in_loop(partial(self.room.commits.committed, entries, reason))

    def _on_pack(self, fault: str) -> None:
        self.room.tell_source(SourceStatus(PACK_NAME, "down" if fault else "live", fault))

    def _on_recording(self, state: State, text: str) -> None:
        status = SourceStatus(RECORDING, "live" if state == "writing" else "down", text)
        self._in_loop(partial(self.room.tell_source, status))

    def _on_state(self, state: State, text: str) -> None:
        self._in_loop(partial(self.room.set_writable, state == "writing", text))

    def _in_loop(self, act: partial[None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(act)

    # ---- tasks ----------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        beat = Beat(self._loop.time())
        while True:
            room = self.room
            beat.people = room.people
            if room.people:
                while not beat.is_due(self._loop.time(), voice=room.awaits_voice_tick):
                    await self._alarm.wait_until(beat.next_secs(voice=room.awaits_voice_tick))
            else:
                # what is kept for later is kept a little coarser while nobody is here
                await self._alarm.wait_until(self._loop.time() + RESTING_TICK_SECS)
            state, voice = beat.take(self._loop.time(), voice=room.awaits_voice_tick)
            began = time.perf_counter()
            try:
                if state:
                    room.tick()
                elif voice:
                    room.voice_tick()
            except Exception:
                _log.exception("a tick failed; the next one goes on")
            if state:
                room.tally.note_tick(time.perf_counter() - began)

    async def _care(self) -> None:
        seconds = 0
        while True:
            await asyncio.sleep(CARE_SECS)
            seconds += 1
            try:
                self._look_after(seconds)
            except Exception:
                _log.exception("looking after the session failed; it goes on")

    def _look_after(self, seconds: int) -> None:
        """Do what is to be done once a second."""
        self.intake.look_after(self._loop.time())
        self.files.look_after(self._loop.time())
        self.room.forget_absent()
        self.room.voice_desk.look(time.monotonic())
        self.room.tally.person_secs += CARE_SECS * self.room.people
        if seconds % DELAYS_EVERY == 0:
            self.room.tell_delays()
        if abs(self._clock.jump_ns() - self._jumped_ns) > JUMP_NS:
            self._jumped_ns = self._clock.jump_ns()
            _log.warning(
                "the system's clock was set; it is now %.1f s off session time", self._jumped_ns / NS
            )

    async def _run_source(self, source: Source) -> None:
        sink = self.room.sink(source.name)
        try:
            await source.run(sink)
        except SourceError as error:
            extra = about(session=self.room.contents.name, source=source.name)
            _log.warning("source %s: %s", source.name, error, extra=extra)
            sink.status("down", str(error))
        except Exception:
            _log.exception("source %s stopped", source.name)
            sink.status("down", _("The source stopped because of an error; see the server's log."))


class Alarm:
    """Waits for a time, or until it is rung."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._rung: asyncio.Future[None] | None = None

    async def wait_until(self, secs: float) -> None:
        """Return at this time of the loop, or as soon as it is rung."""
        self._rung = self._loop.create_future()
        timer = self._loop.call_at(secs, self.ring)
        try:
            await self._rung
        finally:
            timer.cancel()

    def ring(self) -> None:
        """Let who waits go on; nobody waits later for what was rung before."""
        if self._rung is not None and not self._rung.done():
            self._rung.set_result(None)


def _signer(folder: Path) -> ServerKey | None:
    """Return the server's key; on a read-only disk without one nothing will have to be signed."""
    try:
        return ServerKey.of_folder(folder)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        return None


def data_folder(settings: ServerSettings) -> Path:
    """Return where everything lies that outlives the server."""
    return settings.data or platformdirs.user_data_path("walkdown", appauthor=False)


def session_folder(settings: ServerSettings) -> Path:
    """Return where the journal of a session lies."""
    safe = _UNSAFE.sub("-", settings.name).strip("-")
    if safe != settings.name:
        safe += "-" + hashlib.sha256(settings.name.encode()).hexdigest()[:8]
    return data_folder(settings) / "sessions" / safe
