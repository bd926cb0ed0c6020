"""Measurements that are not tests: each compares in one run and says whether its goals are met."""

from __future__ import annotations
