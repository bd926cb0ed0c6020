"""What each role may do: one table, and whatever is not in it is refused.

A role is given by the invitation that someone came with. Rules that look at more than the kind of a message
(one's own note, at most one's own role) stand in the server's ``session`` and ``access``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from walkdown import messages as m
from walkdown.messages import Role

ROLES: tuple[Role, ...] = get_args(Role)

Speaking = Literal["pose", "voice"]
"""What a frame may carry."""

_ALL = frozenset(ROLES)
_MARKING = frozenset[Role]({"participant", "chair", "operator", "admin"})
_LEADING = frozenset[Role]({"chair", "admin"})
_OPERATING = frozenset[Role]({"chair", "operator", "admin"})

ALLOWED: Mapping[type[m.Message] | Speaking, frozenset[Role]] = {
    "pose": _ALL,
    "voice": _MARKING,
    m.Ping: _ALL,
    m.Select: _ALL,
    m.Subscribe: _ALL,
    m.AskHistory: _ALL,
    m.PutNote: _MARKING,
    m.RemoveNote: _MARKING,
    m.Undo: _MARKING,
    m.Redo: _MARKING,
    m.Trigger: _OPERATING,
    m.OfferModel: _LEADING,
    m.CancelModel: _LEADING,
    m.PlaceModel: _LEADING,
    m.RemoveModel: _LEADING,
    m.Kick: _LEADING,
    m.Mute: _LEADING,
    m.SetRole: _LEADING,
    m.Invite: _LEADING,
    m.Revoke: _LEADING,
    m.Voice: _ALL,
    m.AskMedia: _ALL,
    m.MediaVia: _ALL,
    m.VoiceReport: _ALL,
    m.AskVoiceHealth: _ALL,
    m.MuteAll: _LEADING,
    m.Present: _LEADING,
    m.RecordVoice: _LEADING,
    m.PutZone: _LEADING,
    m.RemoveZone: _LEADING,
    m.PutTopic: _MARKING,
    m.EditTopic: _MARKING,
    m.RemoveTopic: _MARKING,
    m.PutComment: _MARKING,
    m.RemoveComment: _MARKING,
    m.PutViewpoint: _MARKING,
    m.RemoveViewpoint: _MARKING,
    m.PutMark: _MARKING,
    m.RemoveMark: _MARKING,
    m.SetVocabulary: _LEADING,
    m.OpenMeeting: _LEADING,
    m.CloseMeeting: _LEADING,
    m.GiveVerdict: _LEADING,
    m.SetDuty: _LEADING,
    m.PutAgendaItem: _MARKING,
    m.RemoveAgendaItem: _MARKING,
    m.StepAgenda: _MARKING,
    m.CallVote: _LEADING,
    m.CastVote: _MARKING,
    m.EndVote: _LEADING,
    m.Say: _ALL,
    m.Attend: _ALL,
    m.PointAt: _ALL,
    m.PingAt: _ALL,
    m.ShareView: _MARKING,
    m.Gather: _MARKING,
    m.OfferFile: _MARKING,
    m.CancelFile: _MARKING,
    m.MergeTopics: _LEADING,
    m.AskExport: _ALL,
    m.AskTopic: _ALL,
}

RANK: Mapping[Role, int] = {"observer": 0, "participant": 1, "operator": 2, "chair": 3, "admin": 4}
"""Nobody gives another a role above their own."""


def may(role: Role, what: type[m.Message] | Speaking) -> bool:
    """Tell whether a role may send a kind of message; a kind that the table does not know may nobody."""
    return role in ALLOWED.get(what, frozenset())
