"""The sound process: ``python -m walkdown_client.audio.child``, which ``audio.process`` starts.

Orders come on standard input, what is told goes to standard output, what is logged to standard error. It ends
with its parent, whose end of the pipe then closes. One thread renders, every 10 ms; others read, write and
look for devices. Measured with a client that is busy in Python all the time: no underruns here, some in a
thread of the client (``benchmarks/_hearing.py``).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import IO

import msgspec

from walkdown.i18n import use_language
from walkdown_client.audio.captions import CaptionSwitch
from walkdown_client.audio.devices import quieten_alsa
from walkdown_client.audio.engine import STEP_NS, Engine
from walkdown_client.audio.openal_files import remove_settings
from walkdown_client.audio.orders import Choice, Order, State, Stop, Told, decode_order, encode
from walkdown_client.audio.output import Output
from walkdown_client.audio.pipe import Writer, messages
from walkdown_client.audio.recordings import made_in_background
from walkdown_client.audio.talking import Talking

SWITCH_SECS = 0.0005
"""How long a thread may wait for Python: the renderer is late by no more than this."""

_NICE, _ABOVE_NORMAL = -11, 0x8000
"""On Unix, as sound servers have it, and ABOVE_NORMAL_PRIORITY_CLASS of Windows."""

STATE_TURNS = 10
"""So seldom is looked whether there is something new to say of devices."""

LATE_NS = 10 * STEP_NS
"""Who is later than this does not catch up: the computer slept."""

_log = logging.getLogger(__name__)


class Inbox:
    """Orders as they come, read in a thread; ``ended`` when the parent is gone."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._orders: deque[Order] = deque()
        self._stream = stream
        self.ended = False
        threading.Thread(target=self._read, name="orders", daemon=True).start()

    def _read(self) -> None:
        for data in messages(self._stream):
            try:
                self._orders.append(decode_order(data))
            except msgspec.MsgspecError as error:
                _log.warning("an order was not understood: %s", error)
        self.ended = True

    def take(self) -> list[Order]:
        """Return what has come since the last call."""
        return [self._orders.popleft() for _ in range(len(self._orders))]


class SoundLoop:
    """One turn every 10 ms: takes orders, renders, tells.

    Args:
        tell: called with what is to be told.
        clock_ns: the local monotonic clock.
    """

    def __init__(
        self,
        tell: Callable[[Told], object],
        *,
        engine: Engine | None = None,
        output: Output | None = None,
        talking: Talking | None = None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._tell, self._clock_ns = tell, clock_ns
        self.engine = engine or Engine()
        self.output = output or Output(self.engine)
        self.talking, self.captions = talking or Talking(), CaptionSwitch()
        self.output.heard = self.talking.hear_output
        self.engine.talkers.tap = self.captions.hear
        self.stopped = False
        self._state: State | None = None
        self._turns = -1

    def turn(self, orders: list[Order]) -> None:
        """Take orders, render what is due now, and tell what is to be told."""
        for order in orders:
            self._take(order)
        now_ns = self._clock_ns()
        try:
            self.output.step(now_ns)
        except RuntimeError as error:  # a mistake of ours; what sounds goes on
            _log.warning("%s", error)
        for told in (*self.talking.step(now_ns), *self.engine.take_told(), *self.captions.take_told()):
            self._tell(told)
        self._turns += 1
        if self._turns % STATE_TURNS == 0:
            self._tell_state()

    def _take(self, order: Order) -> None:
        if isinstance(order, Stop):
            self.stopped = True
            return
        try:
            if isinstance(order, Choice):
                self.output.choose(order)
                self.captions.choose(order)
            self.talking.take(order)
            self.engine.take(order)
        except ValueError as error:
            _log.warning("an order was not understood: %s", error)

    def _tell_state(self) -> None:
        output, talking = self.output, self.talking
        state = State(
            output=output.name,
            input=talking.input,
            mode=output.mode,
            output_text=output.text or self.engine.voice_text,
            input_text=talking.input_text,
            cleanup_text=talking.cleanup_text,
            captions_text=self.captions.text,
            outputs=output.known.outputs,
            inputs=talking.inputs,
            hrtf=output.hrtf,
            underruns=self.engine.underruns + output.underruns,
        )
        if state != self._state:
            self._state = state
            self._tell(state)

    def close(self) -> None:
        """End all sound."""
        self.talking.close()
        self.captions.close()
        self.output.close()


def run(inbox: Inbox, loop: SoundLoop) -> None:
    """Turn until told to stop, or until the parent is gone."""
    due_ns = time.monotonic_ns()
    while not loop.stopped and not inbox.ended:
        loop.turn(inbox.take())
        due_ns += STEP_NS
        wait_ns = due_ns - time.monotonic_ns()
        if wait_ns > 0:
            time.sleep(wait_ns / 1e9)
        elif wait_ns < -LATE_NS:
            due_ns = time.monotonic_ns()


def _go_first() -> None:
    """Ask the system to let this process run before others, which not everybody may."""
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _ABOVE_NORMAL)
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)


def main() -> None:
    """Be the sound process."""
    _go_first()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent, which then ends this
    sys.setswitchinterval(SWITCH_SECS)
    use_language()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    quieten_alsa()
    orders, told = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no message
    writer = Writer(told, name="told")
    engine = Engine(recordings=made_in_background())
    loop = SoundLoop(lambda said: writer.write(encode(said)), engine=engine)
    gc.freeze()  # what is loaded by now stays; it need not be looked through again and again
    try:
        run(Inbox(orders), loop)
    finally:
        loop.close()
        writer.close()
        remove_settings()
    os._exit(0)  # threads that wait in a device's driver may never end


if __name__ == "__main__":
    main()
