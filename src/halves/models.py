"""All models, so that there is one migration history; each is defined in its room."""

from halves.access.models import ApiToken, AuditEntry, House, Team, User
from halves.api.models import Remembered
from halves.assistants.models import Proposal
from halves.audiences.models import (
    Audience,
    Changed,
    Group,
    Joining,
    Listed,
    Membership,
    SnapshotMark,
)
from halves.audiences.referral_models import Brought, ReferralLink
from halves.campaigns.ad_models import AdFile, AdList, AdListed, AdTaken
from halves.campaigns.models import Campaign, Link, Message, Signal, Step
from halves.campaigns.result_models import Result
from halves.concerns.models import Answer, Asked, Concern, Given, Heard, Likely, Listening
from halves.conversations.box_models import CalendarFeed, DialogueImport, Mailbox, Snippet
from halves.conversations.models import Conversation, Turn
from halves.conversations.queue_models import Caller, CallQueue, QueueDecision, QueueDraw
from halves.deals.models import Deal, Order, PaymentEvent
from halves.deals.quote_models import DealLine, Forecast, Handover, Quote
from halves.deals.stage_models import Pipeline, Stage, StageChange
from halves.experiments.models import ArmsBatch, Baseline, Experiment, Look, Member, PlatformLift
from halves.imports.models import AccountKey, ImportPart, ImportRun
from halves.jobs.models import Job
from halves.keeping.models import RestoreLock
from halves.pages.models import Page, PageDay, Sending
from halves.people.models import (
    Account,
    Bounce,
    Consent,
    CustomField,
    Duplicate,
    Identifier,
    Letter,
    Merge,
    Note,
    Person,
    SavedView,
    Suppression,
    Tag,
    Task,
)
from halves.posting.models import Posting, PostingBatch
from halves.promises.models import (
    Band,
    Delivery,
    Promise,
    PromiseCount,
    PromiseTask,
    Survey,
    SurveyAsked,
)
from halves.scoreboard.models import AnswerRun, Target
from halves.stories.models import Offer, Proof, Story, StoryPromise, Variant, Version
from halves.tracking.models import Event, EventBatch, Source, Stitch
from halves.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent

__all__ = [
    "Account",
    "AccountKey",
    "AdFile",
    "AdList",
    "AdListed",
    "AdTaken",
    "Answer",
    "AnswerRun",
    "ApiToken",
    "ArmsBatch",
    "Asked",
    "Audience",
    "AuditEntry",
    "Band",
    "Baseline",
    "Bounce",
    "Brought",
    "CalendarFeed",
    "CallQueue",
    "Caller",
    "Campaign",
    "Changed",
    "Concern",
    "Consent",
    "Conversation",
    "CustomField",
    "Deal",
    "DealLine",
    "Delivery",
    "DialogueImport",
    "Duplicate",
    "Event",
    "EventBatch",
    "Experiment",
    "Forecast",
    "Given",
    "Group",
    "Handover",
    "Heard",
    "House",
    "Identifier",
    "ImportPart",
    "ImportRun",
    "Job",
    "Joining",
    "Letter",
    "Likely",
    "Link",
    "Listed",
    "Listening",
    "Look",
    "Mailbox",
    "Member",
    "Membership",
    "Merge",
    "Message",
    "Note",
    "Offer",
    "Order",
    "Page",
    "PageDay",
    "PaymentEvent",
    "Person",
    "Pipeline",
    "PlatformLift",
    "Posting",
    "PostingBatch",
    "Promise",
    "PromiseCount",
    "PromiseTask",
    "Proof",
    "Proposal",
    "QueueDecision",
    "QueueDraw",
    "Quote",
    "ReferralLink",
    "Remembered",
    "RestoreLock",
    "Result",
    "SavedView",
    "Sending",
    "Signal",
    "SnapshotMark",
    "Snippet",
    "Source",
    "Stage",
    "StageChange",
    "Step",
    "Stitch",
    "Story",
    "StoryPromise",
    "Suppression",
    "Survey",
    "SurveyAsked",
    "Tag",
    "Target",
    "Task",
    "Team",
    "Turn",
    "User",
    "Variant",
    "Version",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
