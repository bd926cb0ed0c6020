"""Reviews as files: BCF in and out, the session pack, reports."""

from __future__ import annotations
