"""The client that draws and sounds the twin, and the headless guest."""

from __future__ import annotations
