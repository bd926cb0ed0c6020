"""Voice in datagrams: sealed bytes, addresses that are proved first, and which way is used."""

from __future__ import annotations
