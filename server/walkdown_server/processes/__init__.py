"""Several processes behind one port: who owns it, who runs which sessions, and how they talk."""

from __future__ import annotations
