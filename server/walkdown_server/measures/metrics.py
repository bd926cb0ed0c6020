"""The page ``/metrics`` for Prometheus: read when it is asked for, from what was only added up till then."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from walkdown.messages import Delays
from walkdown_server.hosting import Hosted
from walkdown_server.measures.energy import Energy
from walkdown_server.ticks.tally import Spread, Traffic

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
Family = GaugeMetricFamily | CounterMetricFamily
SESSION, PROCESS = ("session",), ("process",)
QUANTILES = (0.5, 0.95)
_STATM = Path("/proc/self/statm")
_WATT_SECS_PER_HOUR = 3600.0


class Metrics(Collector):
    """Everything that can be measured of one server process.

    Args:
        sessions: those that are open here. traffic: of the process. process: its number, from 1.
    """

    def __init__(self, sessions: Iterable[Hosted], traffic: Traffic, *, process: int = 1) -> None:
        self._sessions, self._traffic, self._process = sessions, traffic, str(process)
        self._energy = Energy()
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def page(self) -> bytes:
        """Return the page in Prometheus' text format."""
        return generate_latest(self._registry)

    def look(self) -> None:
        """Look at counters that wrap; called once a second."""
        self._energy.look()

    def describe(self) -> list[Metric]:
        """Return nothing: what there is depends on the sessions."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every family, those of the process first."""
        sessions = list(self._sessions)
        yield from self._of_process()
        yield from self._of_energy(sessions)
        yield from _people(sessions)
        yield from _frames(sessions)
        yield from _voice(sessions)
        yield from _times(sessions)
        yield from _signals(sessions)
        yield from _past(sessions)

    def _of_process(self) -> Iterator[Metric]:
        traffic = self._traffic
        rows: tuple[tuple[type[Family], str, str, float], ...] = (
            (GaugeMetricFamily, "connections", "WebSockets that are open", traffic.connections),
            (CounterMetricFamily, "connections_opened", "WebSockets that were opened", traffic.opened),
            (CounterMetricFamily, "downloads", "Blobs that were fetched", traffic.downloads),
            (CounterMetricFamily, "download_bytes", "Bytes of blobs that were sent", traffic.download_bytes),
            (CounterMetricFamily, "cpu_seconds", "CPU time of the process", time.process_time()),
            (GaugeMetricFamily, "memory_bytes", "Memory that the process holds", _memory_bytes()),
        )
        for family, name, text, value in rows:
            yield self._one(family, name, text, value=value)
        datagrams = traffic.datagrams
        text = "Datagrams of voice that came"
        yield self._one(CounterMetricFamily, "datagrams", text, value=datagrams.received)
        text = "Datagrams that counted for nothing, by reason"
        made = CounterMetricFamily("walkdown_datagrams_refused", text, labels=(*PROCESS, "reason"))
        for reason, count in sorted(datagrams.refused.items()):
            made.add_metric([self._process, reason], count)
        yield made

    def _of_energy(self, sessions: list[Hosted]) -> Iterator[Metric]:
        self._energy.look()
        joules = self._energy.joules
        text = (
            "Whether the machine tells how much energy it takes (1) or not (0: no RAPL counters under "
            "/sys/class/powercap that this user may read; then walkdown_energy_* are left out)"
        )
        yield self._one(GaugeMetricFamily, "energy_measured", text, value=float(joules is not None))
        if joules is None:
            return
        text = "Energy of the processor packages, shared out by CPU time"
        yield self._one(CounterMetricFamily, "energy_joules", text, value=joules)
        hours = sum(hosted.room.tally.person_secs for hosted in sessions) / 3600
        if hours > 0:
            text = "Energy of the server for each hour that a person is in a session"
            value = joules / _WATT_SECS_PER_HOUR / hours
            yield self._one(GaugeMetricFamily, "energy_watt_hours_per_person_hour", text, value=value)

    def _one(self, family: type[Family], name: str, text: str, *, value: float) -> Metric:
        made = family(f"walkdown_{name}", text, labels=PROCESS)
        made.add_metric([self._process], value)
        return made


def _name(hosted: Hosted) -> str:
    return hosted.room.contents.name


def _gauge(name: str, text: str, values: Iterable[tuple[str, float]]) -> Metric:
    made = GaugeMetricFamily(f"walkdown_{name}", text, labels=SESSION)
    for session, value in values:
        made.add_metric([session], value)
    return made


def _counter(name: str, text: str, values: Iterable[tuple[str, float]]) -> Metric:
    made = CounterMetricFamily(f"walkdown_{name}", text, labels=SESSION)
    for session, value in values:
        made.add_metric([session], value)
    return made


def _histogram(name: str, text: str, spreads: Iterable[tuple[str, Spread]]) -> Metric:
    made = HistogramMetricFamily(f"walkdown_{name}", text, labels=SESSION)
    for session, spread in spreads:
        bounds = [*map(str, spread.bounds), "+Inf"]
        below = itertools.accumulate(spread.counts)
        made.add_metric([session], list(zip(bounds, below, strict=True)), sum_value=spread.total)
    return made


def _quantiles(name: str, text: str, values: Iterable[tuple[str, tuple[float, ...]]]) -> Metric:
    made = GaugeMetricFamily(f"walkdown_{name}", text, labels=("session", "quantile"))
    for session, numbers in values:
        for quantile, value in zip(QUANTILES, numbers, strict=True):
            made.add_metric([session, str(quantile)], value)
    return made


def _people(sessions: list[Hosted]) -> Iterator[Metric]:
    yield _gauge("people", "People who are connected", ((_name(h), h.room.people) for h in sessions))
    spent = ((_name(h), h.room.tally.person_secs) for h in sessions)
    yield _counter("person_seconds", "Time that people spent in the session, together", spent)
    for name, text in (
        ("cuts", "Connections of people that the server ended, by reason"),
        ("refusals", "Connections that were told why they cannot be, by code"),
    ):
        label = "reason" if name == "cuts" else "code"
        made = CounterMetricFamily(f"walkdown_{name}", text, labels=("session", label))
        for hosted in sessions:
            for word, count in sorted(getattr(hosted.room.tally, name).items()):
                made.add_metric([_name(hosted), word], count)
        yield made


def _frames(sessions: list[Hosted]) -> Iterator[Metric]:
    tallies = [(_name(hosted), hosted.room.tally) for hosted in sessions]
    yield _counter("frames", "Frames that were sent in ticks", ((s, t.frames) for s, t in tallies))
    yield _counter("frame_bytes", "Bytes of these frames", ((s, t.frame_bytes) for s, t in tallies))
    text = "Ticks that a client was not told of because its connection was behind; they are owed"
    yield _counter("skipped", text, ((s, t.skipped) for s, t in tallies))
    states = [(_name(hosted), hosted.room.watch.standing()) for hosted in sessions]
    yield _gauge("owed_clients", "Clients that are owed something", ((s, at.owed) for s, at in states))
    text = "Bytes that wait for the network, of all clients"
    yield _gauge("pending_bytes", text, ((s, at.pending_bytes) for s, at in states))
    text = "Bytes that wait for the network, of the client that has most"
    yield _gauge("pending_bytes_max", text, ((s, at.pending_bytes_max) for s, at in states))


def _voice(sessions: list[Hosted]) -> Iterator[Metric]:
    tallies = [(_name(hosted), hosted.room.tally) for hosted in sessions]
    text = "People who speak or have just stopped"
    yield _gauge("talkers", text, ((_name(h), h.room.voices.talkers) for h in sessions))
    text = "Packets of voice that came from talkers"
    yield _counter("voice_packets_in", text, ((s, t.voice_in) for s, t in tallies))
    text = "Packets of voice that were sent on, each to each listener"
    yield _counter("voice_packets_out", text, ((s, t.voice_out) for s, t in tallies))
    text = "Packets of voice that were not taken, or not sent on to a listener, by reason"
    made = CounterMetricFamily("walkdown_voice_packets_dropped", text, labels=("session", "reason"))
    for session, tally in tallies:
        for reason, count in sorted(tally.voice_dropped.items()):
            made.add_metric([session, reason], count)
    yield made


def _times(sessions: list[Hosted]) -> Iterator[Metric]:
    tallies = [(_name(hosted), hosted.room.tally) for hosted in sessions]
    yield _histogram("tick_seconds", "How long a tick takes", ((s, t.ticks) for s, t in tallies))
    text = "From a change's arrival to the disk"
    yield _histogram("commit_seconds", text, ((s, t.commits) for s, t in tallies))
    text = "From the hello of someone who comes back to the frame after which nothing is owed"
    yield _histogram("resume_seconds", text, ((s, t.resumes) for s, t in tallies))
    delays: list[tuple[str, Delays]] = [(_name(hosted), hosted.room.delays) for hosted in sessions]
    text = "From a signal's arrival at the server to clients that have acknowledged it, in the last seconds"
    yield _quantiles("signal_delay_seconds", text, ((s, (d.signal_p50, d.signal_p95)) for s, d in delays))
    text = "From one client's pose to other clients that have acknowledged it, in the last seconds"
    yield _quantiles("person_delay_seconds", text, ((s, (d.person_p50, d.person_p95)) for s, d in delays))


def _signals(sessions: list[Hosted]) -> Iterator[Metric]:
    counts = ((_name(h), len(h.room.live.table.signals)) for h in sessions)
    yield _gauge("signals", "Signals of the session", counts)
    text = "How old the newest values of the signals are, of those that ever had one"
    yield _quantiles("signal_age_seconds", text, ((_name(h), _ages(h)) for h in sessions))


def _ages(hosted: Hosted) -> tuple[float, ...]:
    times_ns = hosted.room.live.table.times_ns
    times_ns = times_ns[times_ns > 0]
    if not len(times_ns):
        return (0.0,) * len(QUANTILES)
    newest = np.quantile(times_ns, [1 - quantile for quantile in QUANTILES])
    return tuple(((hosted.now_ns() - newest) / 1e9).tolist())


def _past(sessions: list[Hosted]) -> Iterator[Metric]:
    kept = [(_name(h), h.now_ns(), h.past) for h in sessions if h.past is not None]
    sizes = ((s, past.size_bytes) for s, _now, past in kept)
    yield _gauge("history_bytes", "Bytes of the past on disk", sizes)
    text = "How far the past reaches back"
    reach = ((s, (now - past.oldest_ns) / 1e9 if past.oldest_ns else 0.0) for s, now, past in kept)
    yield _gauge("history_seconds", text, reach)
    text = "Ticks that were not kept in the past"
    yield _counter("history_dropped", text, ((s, past.dropped) for s, _now, past in kept))


def _memory_bytes() -> float:
    try:
        return int(_STATM.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0.0


def merged(pages: Iterable[bytes]) -> bytes:
    """Return one page of those of several processes: each family once, with the samples of all."""
    heads: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for page in pages:
        family = ""
        for line in page.decode().splitlines():
            if line.startswith("# "):
                family = line.split(" ", 3)[2]
                lines = heads.setdefault(family, [])
                lines += [line] if line not in lines else []
            elif line:
                samples.setdefault(family, []).append(line)
    return "".join(
        f"{line}\n" for family, head in heads.items() for line in (*head, *samples.get(family, ()))
    ).encode()
