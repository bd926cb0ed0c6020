"""``walkdown replay``: plays a recording through a real MQTT broker."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from walkdown.errors import Missing, SettingsError, SourceError
from walkdown.i18n import _, ngettext

if TYPE_CHECKING:
    from walkdown_server.sources.bindings import Broker
    from walkdown_server.sources.recorded import Recording


def replay(  # noqa: PLR0913 - one for each flag
    file: Annotated[Path, typer.Argument(help=_("CSV file with a header: times and values"))],
    *,
    topic: Annotated[str, typer.Option(help=_("MQTT topic to publish to"))],
    speed: Annotated[float, typer.Option(help=_("Recorded seconds per second"))] = 1.0,
    broker: Annotated[str, typer.Option(help=_("HOST:PORT of the broker"))] = "127.0.0.1:1883",
    username: Annotated[
        str, typer.Option(help=_("User name; the password is taken from WALKDOWN_MQTT_PASSWORD"))
    ] = "",
    column: Annotated[str, typer.Option(help=_("Column with the values; otherwise the second"))] = "",
    plain: Annotated[bool, typer.Option("--plain", help=_("Publish plain numbers instead of JSON"))] = False,
    repeat: Annotated[bool, typer.Option("--repeat", help=_("Begin again at the end"))] = False,
) -> None:
    """Play a recorded CSV file through MQTT."""
    from walkdown_server.sources.loop import run
    from walkdown_server.sources.recorded import read_recording

    if not speed > 0:
        raise SettingsError(_("--speed should be more than 0, but is {speed}").format(speed=speed))
    recording = read_recording(file, column=column)
    where = _broker(broker, username)
    try:
        count = run(publish(recording, where, topic=topic, speed=speed, plain=plain, repeat=repeat))
    except KeyboardInterrupt:
        return
    text = ngettext(
        "{count} value was published to {topic}.", "{count} values were published to {topic}.", count
    )
    typer.echo(text.format(count=count, topic=topic))


def _broker(text: str, username: str) -> Broker:
    from walkdown_server.sources.bindings import Broker

    host, _colon, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise SettingsError(_("--broker should be HOST:PORT, but is {text}").format(text=text))
    return Broker(host=host, port=int(port), username=username)


async def publish(
    recording: Recording,
    broker: Broker,
    *,
    topic: str,
    speed: float,
    plain: bool = False,
    repeat: bool = False,
) -> int:
    """Publish a recording at its speed and return how many values there were.

    Raises:
        SourceError: the broker is not there or refuses.
        Missing: aiomqtt is not installed.
    """
    try:
        import aiomqtt
    except ImportError:
        raise Missing(
            _("MQTT needs the package aiomqtt: install it with pip install 'walkdown[mqtt]'")
        ) from None
    from walkdown_server.sources.bindings import PASSWORD_VARIABLE
    from walkdown_server.sources.recorded import play

    password = os.environ.get(PASSWORD_VARIABLE) if broker.username else None
    count = 0
    try:
        async with aiomqtt.Client(
            broker.host, broker.port, username=broker.username or None, password=password
        ) as client:
            async for time_secs, value in play(recording, speed=speed, repeat=repeat):
                await client.publish(topic, _payload(time_secs, value, plain=plain), qos=1)
                count += 1
    except aiomqtt.MqttError as error:
        text = _("The MQTT broker at {host}:{port} does not take the recording ({reason}).")
        raise SourceError(text.format(host=broker.host, port=broker.port, reason=error)) from None
    return count


def _payload(time_secs: float, value: float, *, plain: bool) -> bytes:
    if plain:
        return repr(value).encode()
    moment = datetime.datetime.fromtimestamp(time_secs, datetime.UTC).isoformat()
    return msgspec.json.encode({"time": moment, "value": value})
