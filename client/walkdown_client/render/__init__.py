"""Puts arrays, shaders and buffers on the graphics card; knows nothing of twins, people or packages."""

from __future__ import annotations
