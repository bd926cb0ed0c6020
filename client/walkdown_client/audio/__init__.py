"""What one hears: sounds, voices and the space around, rendered in a process of its own."""

from __future__ import annotations
