"""What rooms refuse by name, as a status and a type; the words are the room's own."""

from collections.abc import Mapping

from halves.imports.errors import AnswerRefused, NotReady, RunBusy, UploadRefused
from halves.people.errors import IdentityNotInstalled, MergeRefused

# Refusal → status, the last part of its type, and which attribute names the field, if one does.
# The first that fits counts.
REFUSALS: Mapping[type[Exception], tuple[int, str, str]] = {
    UploadRefused: (422, "upload-refused", ""),
    AnswerRefused: (422, "field-refused", "name"),
    NotReady: (409, "not-ready", ""),
    RunBusy: (409, "under-way", ""),
    MergeRefused: (409, "merge-refused", ""),
    IdentityNotInstalled: (409, "not-installed", ""),
}
