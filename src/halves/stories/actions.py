"""What can happen to stories: written, changed, retired, told."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.stories.checking import insist_on_fit
from halves.stories.errors import StoryRetired
from halves.stories.models import Story, Version
from halves.stories.telling import as_told, digest_of


def freeze(story: Story, *, at: datetime, by: User | None = None) -> Version:
    """What is told of a story from now on; one that is the same as before is the one from before.

    Raises:
        StoryUnfit: it must not be told as it is; has what is to be mended, and where.
        StoryRetired: it is told no more.
    """
    with transaction.atomic():
        # Locked, so that two who freeze at once do not both write the next number.
        story = Story.objects.select_for_update().get(pk=story.pk)
        if story.retired_at is not None:
            raise StoryRetired(_("This story is told no more: bring it back first."))
        told = as_told(story)
        insist_on_fit(told)
        digest = digest_of(told)
        known = story.versions.filter(digest=digest).first()
        if known is not None:
            return known
        last = story.versions.aggregate(last=Max("number"))["last"] or 0
        made = Version(story=story, number=last + 1, told=told, digest=digest, made_at=at, by=by)
        made.save()
        after = {"number": made.number, "digest": digest}
        audit.record("story.freeze", story, by=by, at=at, after=after)
    return made
