"""What holds a buyer back, voiced or not, and what settles it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ConcernKind(models.TextChoices):
    """What it is about."""

    PRICE = "price", _("price")
    TRUST = "trust", _("trust")
    EFFORT = "effort", _("effort")
    TIMING = "timing", _("timing")
    NEED = "need", _("need")
    AUTHORITY = "authority", _("who decides")
    FIT = "fit", _("fit")
    RISK = "risk", _("risk")
    BELONGING = "belonging", _("belonging")
    OTHER = "other", _("something else")


class Concern(models.Model):
    """Something that holds buyers back, in their words; or, beside it, what they aspire to."""

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=10, choices=ConcernKind.choices, default=ConcernKind.OTHER)
    is_aspiration = models.BooleanField(default=False)  # what they want to become or belong to
    is_proposed = models.BooleanField(default=False)  # listening found it; nobody looked at it yet
    is_pinned = models.BooleanField(default=False)  # a person shaped it: listening leaves it be
    phrases = models.CharField(max_length=300, blank=True)  # typical of what is said
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)  # nobody has it any more, or it is none
    # Counted by listening, so that the page that ranks them reads no conversation.
    people = models.PositiveIntegerField(default=0)  # who voiced it
    at_stake = models.DecimalField(max_digits=18, decimal_places=6, default=0)  # open and lost
    decided = models.PositiveIntegerField(default=0)  # deals decided after it was voiced
    won = models.PositiveIntegerField(default=0)  # of these
    people_high = models.PositiveIntegerField(default=0)  # who may hold it, unvoiced too
    last_heard_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="concern_kind_known", condition=Q(kind__in=ConcernKind.values)
            ),
            models.CheckConstraint(name="concern_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="concern_held_by_no_fewer_than_say_so",
                condition=Q(people_high__gte=models.F("people")),
            ),
            models.CheckConstraint(
                name="concern_not_merged_into_itself",
                condition=Q(merged_into=None) | ~Q(merged_into=models.F("id")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AnswerVerdict(models.TextChoices):
    """What came of an answer where it was given."""

    WINS = "wins", _("wins")
    LOSES = "loses", _("loses")
    NO_WINNER = "no_winner", _("no winner yet")


class Answer(models.Model):
    """What settles a concern, where we know it from, and what followed where it was given."""

    concern = models.ForeignKey("Concern", models.CASCADE, related_name="answers")
    words = models.TextField()
    source = models.CharField(max_length=300, blank=True)
    is_approved = models.BooleanField(default=False)  # it may be told
    is_proposed = models.BooleanField(default=False)  # listening found it among sellers' replies
    verdict = models.CharField(
        max_length=10, choices=AnswerVerdict.choices, default=AnswerVerdict.NO_WINNER
    )
    # Of giving it on the chance to win, in shares of 1; null: too few were given it, or not.
    effect = models.FloatField(null=True)
    effect_low = models.FloatField(null=True)
    effect_high = models.FloatField(null=True)
    q_value = models.FloatField(null=True)  # the least share of false claims with it among them
    given_before = models.PositiveIntegerField(default=0)  # decisions
    not_given_before = models.PositiveIntegerField(default=0)
    judged_at = models.DateTimeField(null=True)
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("-is_approved", "-changed_at", "-id")
        constraints = [
            models.CheckConstraint(name="answer_has_words", condition=~Q(words="")),
            models.CheckConstraint(
                name="answer_verdict_known", condition=Q(verdict__in=AnswerVerdict.values)
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def points(self) -> str:
        """Its effect in points of the chance to win."""
        return _points(self.effect)

    @property
    def points_low(self) -> str:
        """The lower end of the effect's 90% interval, in points."""
        return _points(self.effect_low)

    @property
    def points_high(self) -> str:
        """The upper end."""
        return _points(self.effect_high)


def _points(share: float | None) -> str:
    return "" if share is None else f"{100 * share:+.0f}"


class Heard(models.Model):
    """A sentence in which a person voiced a concern or an aspiration."""

    concern = models.ForeignKey("Concern", models.SET_NULL, null=True, related_name="heard")
    person = models.ForeignKey("Person", models.CASCADE, related_name="heard")
    conversation = models.ForeignKey("Conversation", models.CASCADE, related_name="heard")
    turn = models.ForeignKey("Turn", models.CASCADE, related_name="heard")
    place = models.PositiveIntegerField()  # which sentence of the turn
    words = models.TextField()
    before = models.TextField(blank=True)  # what we had said last
    kind = models.CharField(max_length=10, blank=True)  # as far as its own words tell
    language = models.CharField(max_length=8, blank=True)
    is_aspiration = models.BooleanField(default=False)
    sure = models.FloatField()  # 0 to 1
    at = models.DateTimeField()
    placed_by = models.ForeignKey("User", models.SET_NULL, null=True)  # who put it here by hand
    is_placed = models.BooleanField(default=False)  # by hand: listening leaves it there

    class Meta:
        verbose_name_plural = "heard"
        constraints = [models.UniqueConstraint(fields=["turn", "place"], name="heard_once")]
        indexes = [
            models.Index(fields=["concern", "-at", "-id"], name="heard_of_concern"),
            models.Index(fields=["person", "-at"], name="heard_of_person"),
        ]

    def __str__(self) -> str:
        return self.words[:80]


class Asked(models.Model):
    """A question of ours about a kind of concern: who did not voice it then was asked."""

    person = models.ForeignKey("Person", models.CASCADE, related_name="asked")
    conversation = models.ForeignKey("Conversation", models.CASCADE, related_name="asked")
    turn = models.ForeignKey("Turn", models.CASCADE, related_name="asked")
    kind = models.CharField(max_length=10)

    class Meta:
        verbose_name_plural = "asked"
        constraints = [models.UniqueConstraint(fields=["turn", "kind"], name="asked_once")]
        indexes = [models.Index(fields=["kind", "person"], name="asked_of_kind")]

    def __str__(self) -> str:
        return self.kind


class Given(models.Model):
    """What we said after a concern was voiced, in our own words, and which answer that was."""

    concern = models.ForeignKey("Concern", models.CASCADE, related_name="given")
    answer = models.ForeignKey("Answer", models.SET_NULL, null=True, related_name="given")
    person = models.ForeignKey("Person", models.CASCADE, related_name="answers_given")
    conversation = models.ForeignKey("Conversation", models.CASCADE, related_name="answers_given")
    turn = models.ForeignKey("Turn", models.CASCADE, related_name="answers_given")  # ours
    seller = models.ForeignKey("User", models.SET_NULL, null=True)
    words = models.TextField()
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "given"
        constraints = [models.UniqueConstraint(fields=["concern", "turn"], name="given_once")]
        indexes = [
            models.Index(fields=["answer", "-at"], name="given_as_answer"),
            models.Index(fields=["concern", "person"], name="given_on_concern"),
        ]

    def __str__(self) -> str:
        return self.words[:80]


class Because(models.TextChoices):
    """Why somebody who never said so is likely to hold a concern."""

    COLLEAGUE = "colleague", _("a colleague voiced it")
    INDUSTRY = "industry", _("firms of their trade voice it more than others")


class Likely(models.Model):
    """Somebody who never voiced a concern, and is likelier than others to hold it."""

    concern = models.ForeignKey("Concern", models.CASCADE, related_name="likely")
    person = models.ForeignKey("Person", models.CASCADE, related_name="likely")
    low = models.FloatField()  # the chance is between these two, never one number
    high = models.FloatField()
    because = models.CharField(max_length=10, choices=Because.choices)

    class Meta:
        verbose_name_plural = "likely"
        constraints = [
            models.UniqueConstraint(fields=["concern", "person"], name="likely_once"),
            models.CheckConstraint(
                name="likely_is_a_range",
                condition=Q(low__gte=0, high__lte=1, high__gte=models.F("low")),
            ),
        ]
        indexes = [models.Index(fields=["person"], name="likely_of_person")]

    def __str__(self) -> str:
        return f"{self.low:.2f} to {self.high:.2f}"


class Listening(models.Model):
    """How far listening has come; one row."""

    turn = models.PositiveBigIntegerField(default=0)  # the newest that was read
    embedding = models.CharField(max_length=20, blank=True)  # how sentences were compared
    talked_with = models.PositiveIntegerField(default=0)  # people
    at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "listening"

    def __str__(self) -> str:
        return f"up to {self.turn}"
