"""What rooms refuse by name, as a status and a type; the words are the room's own."""

from collections.abc import Mapping

from halves.audiences.errors import (
    AudienceRefused,
    CountOvertaken,
    DefinitionRefused,
    NameTaken,
    NotAList,
    StillUsed,
)
from halves.audiences.errors import ChangedMeanwhile as AudienceChanged
from halves.campaigns.errors import CampaignRefused, FieldWrong, NotADraft
from halves.concerns.errors import ConcernRefused
from halves.connect.errors import FileRefused
from halves.conversations.errors import ChangedMeanwhile as ConversationChanged
from halves.conversations.errors import ConversationRefused
from halves.conversations.queue_errors import QueueRefused, ReasonMissing
from halves.deals.errors import DealChangedMeanwhile, DealError, DealRefused
from halves.experiments.errors import DesignRefused, ExperimentRefused, LiftRefused
from halves.imports.errors import AnswerRefused, NotReady, RunBusy, UploadRefused
from halves.ledger.errors import LedgerError
from halves.ledger.settings import SettingsRefused
from halves.people.errors import IdentityNotInstalled, MergeRefused
from halves.promises.errors import DeliveryRefused, PromiseRefused, SurveyRefused
from halves.scoreboard.errors import (
    LedgerEmpty,
    PeriodUnknown,
    PlanRefused,
    SettingsMissing,
    TargetRefused,
)
from halves.stories.errors import (
    StoryChanged,
    StoryError,
    StoryRefused,
    TemplateRefused,
    TemplateTooMuch,
    VariantUnknown,
)
from halves.tracking.errors import SourceRefused, StitchRefused

# Refusal → status, the last part of its type, and which attribute names the field, if one does.
# The first that fits counts; a type that is not said is made of the refusal's own name.
REFUSALS: Mapping[type[Exception], tuple[int, str, str]] = {
    UploadRefused: (422, "upload-refused", ""),
    AnswerRefused: (422, "field-refused", "name"),
    NotReady: (409, "not-ready", ""),
    RunBusy: (409, "under-way", ""),
    MergeRefused: (409, "merge-refused", ""),
    IdentityNotInstalled: (409, "not-installed", ""),
    DefinitionRefused: (422, "field-refused", "place"),
    AudienceChanged: (409, "changed-meanwhile", ""),
    CountOvertaken: (409, "", ""),
    NameTaken: (409, "", ""),
    NotAList: (409, "", ""),
    StillUsed: (409, "", ""),
    AudienceRefused: (422, "field-refused", ""),
    FieldWrong: (422, "field-refused", "field"),
    NotADraft: (409, "not-a-draft", ""),
    CampaignRefused: (409, "", ""),
    ConversationChanged: (409, "changed-meanwhile", ""),
    ConversationRefused: (422, "field-refused", "field"),
    FileRefused: (422, "file-refused", ""),
    DesignRefused: (422, "field-refused", "field"),
    LiftRefused: (422, "field-refused", "field"),
    ExperimentRefused: (409, "", ""),
    ReasonMissing: (422, "field-refused", ""),
    QueueRefused: (409, "", ""),
    TargetRefused: (422, "field-refused", ""),
    PeriodUnknown: (422, "filter-refused", ""),
    PlanRefused: (422, "plan-refused", ""),
    LedgerEmpty: (409, "", ""),
    SettingsMissing: (409, "", ""),
    SettingsRefused: (422, "field-refused", ""),
    ConcernRefused: (422, "field-refused", "field"),
    DealRefused: (422, "field-refused", "field"),
    DealChangedMeanwhile: (409, "changed-meanwhile", ""),
    DealError: (409, "", ""),
    DeliveryRefused: (422, "field-refused", "field"),
    PromiseRefused: (409, "", ""),
    SurveyRefused: (422, "field-refused", ""),
    StoryRefused: (422, "field-refused", "field"),
    StoryChanged: (409, "changed-meanwhile", ""),
    TemplateRefused: (422, "", ""),
    TemplateTooMuch: (422, "", ""),
    VariantUnknown: (422, "filter-refused", ""),
    StoryError: (409, "", ""),
    SourceRefused: (422, "field-refused", "field"),
    StitchRefused: (409, "", ""),
    LedgerError: (409, "ledger-refused", ""),
}
