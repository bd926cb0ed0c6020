"""A recogniser that runs here: PocketSphinx (BSD), English, with the model in its own package.

It understands clear words and often misses the rest: it shows that captions work, and better engines come by
the entry point. It takes about a sixth of a core for each talker while they speak.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from walkdown.errors import Missing
from walkdown.i18n import _

F32 = npt.NDArray[np.float32]

PARTIAL_SAMPLES = 8_000
"""Half a second of speech lies between two looks at what is understood so far."""

EDGE_SAMPLES = 8_000
"""Half a second of silence lies at both ends, or the first and the last word are not understood."""

NOISE = 1e-3
"""Noise that is added, -60 dBFS: without any the model, learnt from recordings, hears words in silence."""


class Sphinx:
    """One talker's recogniser.

    Raises:
        Missing: the extra is not installed.
    """

    NAME = "pocketsphinx"

    def __init__(self) -> None:
        try:
            from pocketsphinx import Decoder
        except ImportError:
            raise Missing(
                _("there are no captions: no recogniser of speech is installed; {command}").format(
                    command="pip install 'walkdown[captions]' / python3 run.py add captions"
                )
            ) from None
        self._decoder: Any = Decoder(samprate=16_000.0, loglevel="FATAL")
        self._noise = np.random.default_rng(0)
        self._begun = False
        self._unseen, self._text = 0, ""

    def hear(self, samples: F32) -> str:
        """Take (n,) samples at 16 kHz; returns what is understood so far."""
        if not self._begun:
            self._decoder.start_utt()
            self._begun, self._unseen, self._text = True, 0, ""
            self._process(np.zeros(EDGE_SAMPLES, np.float32))
        self._process(samples)
        self._unseen += len(samples)
        if self._unseen >= PARTIAL_SAMPLES:
            self._unseen, self._text = 0, self._understood()
        return self._text

    def end(self) -> str:
        """End the utterance; returns what was understood."""
        if not self._begun:
            return ""
        self._process(np.zeros(EDGE_SAMPLES, np.float32))
        self._decoder.end_utt()
        self._begun = False
        return self._understood()

    def _process(self, samples: F32) -> None:
        noisy = samples + self._noise.normal(0.0, NOISE, len(samples))
        numbers = (np.clip(noisy, -1.0, 1.0) * 32767.0).astype("<i2")
        self._decoder.process_raw(numbers.tobytes(), False, False)

    def _understood(self) -> str:
        found = self._decoder.hyp()
        return str(found.hypstr) if found else ""
