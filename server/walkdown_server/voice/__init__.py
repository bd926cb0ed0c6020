"""Voice in a session: who hears whom, what each listener is sent, how well it arrives, what is kept."""

from __future__ import annotations
