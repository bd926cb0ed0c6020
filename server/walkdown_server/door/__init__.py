"""Who may come in: invitations and codes, certificates, addresses, roles of those who are here."""

from __future__ import annotations
