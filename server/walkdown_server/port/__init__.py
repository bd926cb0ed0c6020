"""The port: bytes that come are looked at here and answered, or become a WebSocket, an upload, a download."""

from __future__ import annotations
