"""Pages that sell by themselves, who came, what they sent, and how far they got."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Asks(models.TextChoices):
    """What a page asks its reader to do."""

    CONTACT = "contact", _("leave an address, to be contacted")
    SIGN_UP = "sign_up", _("sign up, and be led to the first value")
    ORDER = "order", _("order")


class PageState(models.TextChoices):
    """Whether the world sees it."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    OFF = "off", _("taken off")


class Page(models.Model):
    """A story on the web, with a form or a checkout."""

    slug = models.SlugField(max_length=80, unique=True)  # its address below /p/
    story = models.ForeignKey("Story", models.PROTECT, related_name="pages")
    version_shown = models.ForeignKey("Version", models.PROTECT, null=True, related_name="+")
    asks = models.CharField(max_length=10, choices=Asks.choices, default=Asks.CONTACT)
    button = models.CharField(max_length=60)
    sells = models.CharField(max_length=200, blank=True)  # what an order is of
    price = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, blank=True)
    providers = models.JSONField(default=list, blank=True)  # of payment, in this order
    trial_days = models.PositiveIntegerField(null=True)
    steps = models.JSONField(default=list, blank=True)  # after signing up: title, words, url
    topic = models.CharField(max_length=80, blank=True)  # they may agree to be written to about
    consent_words = models.CharField(max_length=300, blank=True)  # that they agree to
    variants = models.JSONField(default=list, blank=True)  # of the story, told at random
    may_embed = models.BooleanField(default=False)  # its form, in other sites
    is_listed = models.BooleanField(default=True)  # in the sitemap, for search engines
    state = models.CharField(max_length=10, choices=PageState.choices, default=PageState.DRAFT)
    by = models.ForeignKey("User", models.SET_NULL, null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)  # rises with every change

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="page_state_known", condition=Q(state__in=PageState.values)
            ),
            models.CheckConstraint(name="page_asks_known", condition=Q(asks__in=Asks.values)),
            models.CheckConstraint(
                name="page_that_sells_has_a_price",
                condition=~Q(asks=Asks.ORDER) | (Q(price__gt=0) & ~Q(currency="") & ~Q(sells="")),
            ),
            models.CheckConstraint(
                name="page_published_shows_something",
                condition=~Q(state=PageState.PUBLISHED) | Q(version_shown__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"/p/{self.slug}/"


class PageDay(models.Model):
    """How often a variant of a page was shown on a day, and what came of it."""

    page = models.ForeignKey("Page", models.CASCADE, related_name="days")
    variant = models.CharField(max_length=20)
    day = models.DateField()
    shown = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["page", "variant", "day"], name="page_day_once")
        ]


class Sending(models.Model):
    """A form that somebody sent from a page."""

    page = models.ForeignKey("Page", models.CASCADE, related_name="sendings")
    version_shown = models.ForeignKey("Version", models.PROTECT, related_name="+")
    variant = models.CharField(max_length=20)
    person = models.ForeignKey("Person", models.CASCADE, related_name="sendings")
    order = models.OneToOneField("Order", models.SET_NULL, null=True)
    email = models.CharField(max_length=254)  # as it was typed
    words = models.TextField(blank=True)  # what they wrote
    agrees = models.BooleanField(default=False)  # to be written to, once it is confirmed
    once = models.CharField(max_length=64, unique=True)  # sent twice, kept once
    token = models.CharField(max_length=64, unique=True)  # of their own page
    confirm_digest = models.CharField(max_length=64, unique=True)  # of the token in the mail
    where = models.CharField(max_length=64, db_index=True)  # a keyed hash of the address used
    came = models.JSONField(default=dict, blank=True)  # utm and click ids of the first page
    at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)  # the address is theirs
    steps_done = models.JSONField(default=dict, blank=True)  # step → when

    class Meta:
        indexes = [models.Index(fields=["page", "-at"], name="sending_newest")]
