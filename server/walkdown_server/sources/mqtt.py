"""Live values over MQTT: subscribes to the topics of a binding file and reconnects by itself.

What arrives together is written together. Payloads that hold no usable value are counted; the first of a
topic is logged, the signal's quality turns bad, and the source's status says how many there were.
"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from walkdown.errors import Missing
from walkdown.i18n import _, ngettext
from walkdown.twin import GOOD, STALE, Catalogue
from walkdown_server.sources import Sink
from walkdown_server.sources.bindings import Broker, Route
from walkdown_server.sources.payloads import Unusable, read_payload

if TYPE_CHECKING:
    import aiomqtt

log = logging.getLogger(__name__)

FIRST_PAUSE_SECS = 0.5
LONGEST_PAUSE_SECS = 15.0
KEEPALIVE_SECS = 15
CONNECT_SECS = 10.0
QUEUE_SIZE = 20_000
"""Messages that wait at most; when it is full the newest are dropped and aiomqtt says so."""

BATCH_SIZE = 1000
REFUSED_CODES = (4, 5, 134, 135)
"""MQTT 3.1.1 and 5: wrong password, not authorised."""


@dataclass(slots=True)
class Tally:
    """Payloads that were of no use."""

    counts: dict[str, int] = field(default_factory=dict)
    first: str = ""

    def add(self, topic: str, reason: str) -> bool:
        """Count one and return whether it is the first of its topic."""
        self.first = self.first or f"{topic}: {reason}"
        self.counts[topic] = self.counts.get(topic, 0) + 1
        return self.counts[topic] == 1

    def sentence(self) -> str:
        """Return what people should know, or nothing."""
        total = sum(self.counts.values())
        if not total:
            return ""
        text = ngettext(
            "{count} payload held no usable value; the first was on {first}",
            "{count} payloads held no usable value; the first was on {first}",
            total,
        )
        return text.format(count=total, first=self.first)


@dataclass(slots=True)
class _Batch:
    """Numbers that arrived together: signal index → value, quality, time (0: none)."""

    rows: dict[int, tuple[float, int, int]] = field(default_factory=dict)

    def flush(self, sink: Sink) -> None:
        """Write and forget them; those with a time of their own apart from the others."""
        timed = {index: row for index, row in self.rows.items() if row[2]}
        untimed = {index: row for index, row in self.rows.items() if not row[2]}
        for rows in (timed, untimed):
            if rows:
                values, quality, times_ns = zip(*rows.values(), strict=True)
                sink.write(
                    np.array(list(rows), np.intp),
                    np.array(values),
                    quality=np.array(quality, np.uint8),
                    times_ns=np.array(times_ns, np.int64) if rows is timed else None,
                )
        self.rows.clear()


class MqttSource:
    """A source that plays what a broker sends.

    Args:
        broker: where to connect.
        routes: from topics to signals.
        catalogue: gives the signals their indices.
        environment: where the password is looked up.
    """

    def __init__(
        self,
        broker: Broker,
        routes: Sequence[Route],
        *,
        catalogue: Catalogue,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.name = f"mqtt {broker.host}:{broker.port}"
        self.tally = Tally()
        self._broker = broker
        self._environment = environment
        self._routes = _by_topic(routes)
        self._patterns = [topic for topic in self._routes if "+" in topic or "#" in topic]
        self._index = {signal.id: index for index, signal in enumerate(catalogue.signals)}

    async def run(self, sink: Sink) -> None:
        """Deliver until cancelled; a broker that is away is tried again, ever less often.

        Raises:
            Missing: aiomqtt is not installed.
        """
        try:
            import aiomqtt
        except ImportError:
            raise Missing(
                _("MQTT needs the package aiomqtt: install it with pip install 'walkdown[mqtt]'")
            ) from None
        pause_secs, told = FIRST_PAUSE_SECS, ""
        while True:
            sink.status("connecting", told)
            try:
                async with self._client() as client:
                    pause_secs = FIRST_PAUSE_SECS
                    await self._deliver(client, sink)
            except (aiomqtt.MqttError, OSError, ValueError) as error:
                text = self._explain(error)
                if text != told:
                    log.warning("%s", text)
                told = text
            sink.status("down", told)
            await asyncio.sleep(pause_secs)
            pause_secs = min(2 * pause_secs, LONGEST_PAUSE_SECS)

    def _client(self) -> aiomqtt.Client:
        import aiomqtt

        broker = self._broker
        return aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username or None,
            password=self._environment.get(broker.password_env) if broker.username else None,
            identifier=broker.client_id or None,
            keepalive=KEEPALIVE_SECS,
            timeout=CONNECT_SECS,
            tls_context=ssl.create_default_context() if broker.tls else None,
            max_queued_incoming_messages=QUEUE_SIZE,
        )

    async def _deliver(self, client: aiomqtt.Client, sink: Sink) -> None:
        """Subscribe, then write what arrives, all that waits at once."""
        for topic in self._routes:
            await client.subscribe(topic)
        sink.status("live", self.tally.sentence())
        batch = _Batch()
        async for message in client.messages:
            self._take(message, batch, sink)
            if not len(client.messages) or len(batch.rows) >= BATCH_SIZE:
                batch.flush(sink)

    def _take(self, message: aiomqtt.Message, batch: _Batch, sink: Sink) -> None:
        topic = str(message.topic)
        data = message.payload if isinstance(message.payload, bytes) else str(message.payload).encode()
        for route in self._routes_of(message):
            index = self._index[route.signal]
            reading = read_payload(data, route.format)
            if isinstance(reading, Unusable):
                self._reject(topic, reading, sink)
                if route.format.kind != "text":
                    batch.rows[index] = (float("nan"), GOOD, 0)
                continue
            quality = STALE if message.retain and route.period_secs else GOOD  # its age is unknown
            if isinstance(reading.value, str):
                sink.text(index, reading.value, quality=quality, time_ns=reading.time_ns)
            else:
                batch.rows[index] = (reading.value, quality, reading.time_ns or 0)

    def _routes_of(self, message: aiomqtt.Message) -> Iterable[Route]:
        exact = self._routes.get(str(message.topic), ())
        yield from exact
        for pattern in self._patterns:
            if message.topic.matches(pattern):
                yield from self._routes[pattern]

    def _reject(self, topic: str, reading: Unusable, sink: Sink) -> None:
        if self.tally.add(topic, reading.reason):
            log.warning("%s: a payload of the topic %s was left out: %s", self.name, topic, reading.reason)
            sink.status("live", self.tally.sentence())

    def _explain(self, error: Exception) -> str:
        """Return one sentence about why there is no connection."""
        place = f"{self._broker.host}:{self._broker.port}"
        code = getattr(getattr(error, "rc", None), "value", getattr(error, "rc", None))
        if code in REFUSED_CODES:
            text = _(
                "The MQTT broker at {place} refused the user {user}: put the name into [broker] username and "
                "the password into the environment variable {variable}."
            )
            user = repr(self._broker.username) if self._broker.username else _("without a name")
            return text.format(place=place, user=user, variable=self._broker.password_env)
        text = _("There is no MQTT broker at {place} ({reason}); it is tried again.")
        return text.format(place=place, reason=str(error) or type(error).__name__)


def _by_topic(routes: Iterable[Route]) -> dict[str, list[Route]]:
    found: dict[str, list[Route]] = {}
    for route in routes:
        found.setdefault(route.topic, []).append(route)
    return found
