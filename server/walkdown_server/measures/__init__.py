"""What the server says of itself: metrics for Prometheus, energy, and a live table in a terminal."""

from __future__ import annotations
