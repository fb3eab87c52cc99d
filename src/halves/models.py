"""All models, so that there is one migration history; each is defined in its room."""

from halves.access.models import ApiToken, AuditEntry, House, Team, User
from halves.api.models import Remembered
from halves.jobs.models import Job
from halves.keeping.models import RestoreLock, Suppression
from halves.people.models import (
    Account,
    Consent,
    CustomField,
    Identifier,
    Merge,
    Note,
    Person,
    SavedView,
    Tag,
    Task,
)
from halves.scoreboard.models import AnswerRun, Target

__all__ = [
    "Account",
    "AnswerRun",
    "ApiToken",
    "AuditEntry",
    "Consent",
    "CustomField",
    "House",
    "Identifier",
    "Job",
    "Merge",
    "Note",
    "Person",
    "Remembered",
    "RestoreLock",
    "SavedView",
    "Suppression",
    "Tag",
    "Target",
    "Task",
    "Team",
    "User",
]
