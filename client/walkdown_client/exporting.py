"""Asks a running session for a file of its review: how the server's commands reach one by its address."""

from __future__ import annotations

import asyncio
import getpass

from walkdown.i18n import _
from walkdown.messages import ExportFormat
from walkdown_client.guest import Guest


def fetch_export(url: str, *, form: ExportFormat, language: str = "en") -> bytes:
    """Return a file of the review of a running session.

    Args:
        url: its address or link.

    Raises:
        BadInput: the address is none. Missing: nobody answers there. Refused: the server said no.
    """
    return asyncio.run(_fetch(url, form, language))


async def _fetch(url: str, form: ExportFormat, language: str) -> bytes:
    async with Guest.join(url, name=_account()) as guest:
        _name, data = await guest.export(form, language=language)
        return data


def _account() -> str:
    try:
        return getpass.getuser() or _("Guest")
    except (OSError, KeyError):
        return _("Guest")
