"""One voice, from samples to packets and back: codec, spurts, jitter buffer; no devices."""

from __future__ import annotations
