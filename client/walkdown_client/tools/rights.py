"""What one's role in a session lets one wish, and the words for roles."""

from __future__ import annotations

from collections.abc import Mapping

from walkdown import messages as m
from walkdown.i18n import _, mark
from walkdown.messages import Role
from walkdown.roles import RANK, ROLES, Speaking
from walkdown_client.tools import intents as wish
from walkdown_client.tools import mark_intents as marks
from walkdown_client.tools import meeting_intents as meet
from walkdown_client.tools import section_intents as cut
from walkdown_client.tools import topic_intents as topics
from walkdown_client.tools import voice_intents as say
from walkdown_client.world import World

ASKS: Mapping[type[wish.Intent], type[m.Message] | Speaking] = {
    wish.BeginNote: m.PutNote,
    wish.EditNote: m.PutNote,
    wish.PutNote: m.PutNote,
    wish.RemoveNote: m.RemoveNote,
    wish.Undo: m.Undo,
    wish.Redo: m.Redo,
    wish.BringModel: m.OfferModel,
    wish.ChooseModel: m.OfferModel,
    wish.MoveModel: m.PlaceModel,
    wish.PlaceMoved: m.PlaceModel,
    wish.RemoveModel: m.RemoveModel,
    wish.TriggerDisturbance: m.Trigger,
    wish.Invite: m.Invite,
    wish.Revoke: m.Revoke,
    wish.Kick: m.Kick,
    wish.Mute: m.Mute,
    wish.SetRole: m.SetRole,
    say.Talk: "voice",
    say.ToggleOpenMicrophone: "voice",
    say.TestEcho: "voice",
    say.MuteAll: m.MuteAll,
    say.Present: m.Present,
    say.AskToRecord: m.RecordVoice,
    say.RecordVoice: m.RecordVoice,
    say.PutZoneHere: m.PutZone,
    say.RemoveZone: m.RemoveZone,
    meet.GiveWord: m.Present,
    meet.BeginMeeting: m.OpenMeeting,
    meet.AskToEndMeeting: m.CloseMeeting,
    meet.EndMeeting: m.CloseMeeting,
    meet.GiveDuty: m.SetDuty,
    meet.OpenVote: m.CallVote,
    meet.AskVote: m.CallVote,
    meet.VoteFor: m.CastVote,
    meet.FinishVote: m.EndVote,
    meet.AskVerdict: m.GiveVerdict,
    meet.GiveVerdict: m.GiveVerdict,
    meet.SayLine: m.Say,
    marks.TakeTool: m.PutMark,
    marks.Measure: m.PutMark,
    marks.NextMeasure: m.PutMark,
    marks.MeasureSelection: m.PutMark,
    marks.FinishMark: m.PutMark,
    marks.SetMarkText: m.PutMark,
    marks.WriteOnMark: m.PutMark,
    marks.RemoveMark: m.RemoveMark,
    marks.TopicOfMark: m.PutTopic,
    marks.AttachHere: m.OfferFile,
    topics.BeginTopic: m.PutTopic,
    topics.RetakeTopic: m.PutTopic,
    topics.PlaceTopic: m.PutTopic,
    topics.ChangeTopic: m.EditTopic,
    topics.KeepMine: m.EditTopic,
    topics.AcceptTopic: m.EditTopic,
    topics.ParkTopic: m.EditTopic,
    topics.CloseTopic: m.EditTopic,
    topics.ReopenTopic: m.EditTopic,
    topics.AssignToMe: m.EditTopic,
    topics.RemoveTopic: m.RemoveTopic,
    topics.AddComment: m.PutComment,
    topics.ChangeComment: m.PutComment,
    topics.RemoveComment: m.RemoveComment,
    topics.AddTopicView: m.PutViewpoint,
    topics.RemoveTopicView: m.RemoveViewpoint,
    topics.AttachFile: m.OfferFile,
    topics.SetVocabulary: m.SetVocabulary,
    topics.BringTopics: m.MergeTopics,
    topics.MergeTopics: m.MergeTopics,
    topics.TakeOut: m.AskExport,
    topics.OpenExport: m.AskExport,
    cut.ShareForAll: m.ShareView,
    cut.ShareKeptView: m.ShareView,
    cut.PresentFrom: m.ShareView,
    cut.KeepView: m.PutViewpoint,
    cut.KeepAgain: m.PutViewpoint,
    cut.RenameView: m.PutViewpoint,
    cut.MoveView: m.PutViewpoint,
    cut.EditView: m.PutViewpoint,
    cut.RemoveView: m.RemoveViewpoint,
}
"""Which message a wish becomes; one that is not here needs no leave."""

ROLE_TEXT: Mapping[Role, str] = {
    "observer": mark("observer"),
    "participant": mark("participant"),
    "operator": mark("operator"),
    "chair": mark("chair"),
    "admin": mark("admin"),
}
ROLE_ABOUT: Mapping[Role, str] = {
    "observer": mark("Walks about and sees everything."),
    "participant": mark("Walks about, speaks and writes notes."),
    "operator": mark("A participant who also starts disturbances."),
    "chair": mark("Also brings in models, invites, mutes and shows people the door."),
    "admin": mark("May do everything, roles included."),
}


def allowed(world: World, intent: type[wish.Intent]) -> bool:
    """Tell whether one's role in a session lets one wish something."""
    return intent not in ASKS or world.may(ASKS[intent])


def why_not(role: Role) -> str:
    """Return one sentence for what a role does not allow."""
    return _("Your role here, {role}, does not allow this; ask a chair or an admin.").format(
        role=_(ROLE_TEXT[role])
    )


def roles_up_to(role: Role) -> tuple[Role, ...]:
    """Return the roles that somebody may give: none above their own, the least first."""
    return tuple(sorted((one for one in ROLES if RANK[one] <= RANK[role]), key=RANK.__getitem__))
