"""A new home in one step; an older one goes the steps that this stands for."""

from decimal import Decimal
from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import halves.deals.models
import halves.deals.quote_models
import halves.tracking.models
import halves.webhooks.models


def _notice(apps, schema_editor):
    """What the database itself does: words to search by, and noticing whose rows changed."""
    import_module("halves.migrations.0002_search")._add(apps, schema_editor)
    for step in ("0012_audiences", "0021_deals_asked", "0026_heard"):
        import_module(f"halves.migrations.{step}")._stamp(apps, schema_editor)


class Migration(migrations.Migration):
    replaces = [
        ("halves", "0001_initial"),
        ("halves", "0002_search"),
        ("halves", "0003_imports"),
        ("halves", "0004_scoreboard"),
        ("halves", "0005_experiments"),
        ("halves", "0006_api"),
        ("halves", "0007_identity"),
        ("halves", "0008_keeping"),
        ("halves", "0009_posting"),
        ("halves", "0010_stories"),
        ("halves", "0011_webhooks"),
        ("halves", "0012_audiences"),
        ("halves", "0013_deals"),
        ("halves", "0014_bounces"),
        ("halves", "0015_letters"),
        ("halves", "0016_campaigns"),
        ("halves", "0017_pages"),
        ("halves", "0018_tracking"),
        ("halves", "0019_ad_lists"),
        ("halves", "0020_results"),
        ("halves", "0021_deals_asked"),
        ("halves", "0022_conversations"),
        ("halves", "0023_call_queue"),
        ("halves", "0024_mailboxes"),
        ("halves", "0025_deal_pipelines"),
        ("halves", "0026_heard"),
    ]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CallQueue",
            fields=[
                ("only", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("is_on", models.BooleanField(default=False)),
                ("calls_a_day", models.PositiveSmallIntegerField(default=10)),
                ("period_days", models.PositiveSmallIntegerField(default=28)),
                ("held_out_share", models.FloatField(default=0.3)),
                ("minutes", models.PositiveSmallIntegerField(default=10)),
                ("learned", models.JSONField(null=True)),
                ("learned_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("only", True)), name="call_queue_is_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("held_out_share__gte", 0.1), ("held_out_share__lte", 0.5)
                        ),
                        name="call_queue_holds_out_some",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("period_days__gte", 1)), name="call_queue_has_a_period"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Changed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=10)),
                ("key", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Concern",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("price", "price"),
                            ("trust", "trust"),
                            ("effort", "effort"),
                            ("timing", "timing"),
                            ("need", "need"),
                            ("authority", "who decides"),
                            ("fit", "fit"),
                            ("risk", "risk"),
                            ("belonging", "belonging"),
                            ("other", "something else"),
                        ],
                        default="other",
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
                ("at_stake", models.DecimalField(decimal_places=6, default=0, max_digits=18)),
                ("decided", models.PositiveIntegerField(default=0)),
                ("is_aspiration", models.BooleanField(default=False)),
                ("is_pinned", models.BooleanField(default=False)),
                ("is_proposed", models.BooleanField(default=False)),
                ("last_heard_at", models.DateTimeField(null=True)),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.concern",
                    ),
                ),
                ("people", models.PositiveIntegerField(default=0)),
                ("people_high", models.PositiveIntegerField(default=0)),
                ("phrases", models.CharField(blank=True, max_length=300)),
                ("won", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="concern_has_a_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "price",
                                    "trust",
                                    "effort",
                                    "timing",
                                    "need",
                                    "authority",
                                    "fit",
                                    "risk",
                                    "belonging",
                                    "other",
                                ],
                            )
                        ),
                        name="concern_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("people_high__gte", models.F("people"))),
                        name="concern_held_by_no_fewer_than_say_so",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into", None),
                            models.Q(("merged_into", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="concern_not_merged_into_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomField",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "of",
                    models.CharField(
                        choices=[("person", "people"), ("account", "accounts")], max_length=10
                    ),
                ),
                ("key", models.SlugField(max_length=40)),
                ("label", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("text", "text"),
                            ("number", "number"),
                            ("day", "day"),
                            ("yes_no", "yes or no"),
                            ("choice", "one of a list"),
                        ],
                        default="text",
                        max_length=10,
                    ),
                ),
                ("choices", models.JSONField(blank=True, default=list)),
                ("place", models.PositiveIntegerField(default=0)),
            ],
            options={
                "ordering": ("place", "id"),
                "constraints": [
                    models.UniqueConstraint(fields=("of", "key"), name="custom_field_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="EventBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True)),
                ("frozen_at", models.DateTimeField()),
                ("posted_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("posted_at", None)),
                        fields=["id"],
                        name="events_to_post",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="House",
            fields=[
                ("only", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, max_length=100)),
                ("is_by_team", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("only", True)), name="house_is_one")
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("import_id", models.CharField(db_index=True, max_length=120)),
                ("people", models.JSONField(default=list)),
                ("met", models.JSONField(default=list)),
                ("accounts", models.JSONField(default=list)),
                ("identifiers", models.JSONField(default=list)),
                ("keys", models.JSONField(default=list)),
                ("filled", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name="Listening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("turn", models.PositiveBigIntegerField(default=0)),
                ("embedding", models.CharField(blank=True, max_length=20)),
                ("talked_with", models.PositiveIntegerField(default=0)),
                ("at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name_plural": "listening",
            },
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, unique=True)),
                ("for_whom", models.CharField(blank=True, max_length=300)),
                ("need", models.CharField(blank=True, max_length=300)),
                ("what", models.CharField(blank=True, max_length=300)),
                ("alternative", models.CharField(blank=True, max_length=300)),
                ("why_us", models.CharField(blank=True, max_length=300)),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="Pipeline",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True)),
                ("is_default", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("is_default",),
                        name="pipeline_one_default",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="pipeline_has_a_name"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PostingBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=100, unique=True)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("frozen_at", models.DateTimeField()),
                ("posted_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("posted_at", None)),
                        fields=["id"],
                        name="posting_on_its_way",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SnapshotMark",
            fields=[
                ("only", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("token", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name="Suppression",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="WebhookEvent",
            fields=[
                (
                    "key",
                    models.CharField(
                        default=halves.webhooks.models.event_id,
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=60)),
                ("data", models.JSONField(default=dict)),
                ("person_id", models.CharField(blank=True, db_index=True, max_length=200)),
                ("at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.BigIntegerField()),
                ("message_id", models.CharField(max_length=100)),
                ("kind", models.CharField(max_length=10)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("anonymous_id", models.CharField(blank=True, max_length=200)),
                ("user_id", models.CharField(blank=True, max_length=200)),
                ("is_trusted", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("body", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("taken", "taken"),
                            ("refused", "refused"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("verdict", models.CharField(blank=True, max_length=30)),
                ("detail", models.CharField(blank=True, max_length=200)),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.eventbatch",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["source", "-id"], name="event_newest"),
                    models.Index(
                        condition=models.Q(("batch", None), ("state", "waiting")),
                        fields=["id"],
                        name="event_next",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "message_id"), name="event_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Forecast",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("found", models.JSONField()),
                (
                    "pipeline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="forecasts",
                        to="halves.pipeline",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pipeline", "-at"], name="forecast_newest")],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table", models.CharField(max_length=40)),
                ("person_id", models.CharField(blank=True, max_length=200)),
                ("row", models.JSONField()),
                ("put_at", models.DateTimeField()),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="halves.postingbatch",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("batch", None)),
                        fields=["table", "id"],
                        name="posting_next",
                    ),
                    models.Index(fields=["person_id"], name="posting_by_person"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proof",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("claim", models.CharField(max_length=300)),
                ("source", models.CharField(max_length=300)),
                ("url", models.CharField(blank=True, max_length=500)),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "offer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.offer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("source", ""), _negated=True),
                            models.Q(("claim", ""), _negated=True),
                        ),
                        name="proof_has_a_source",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Stage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("open", "on its way"), ("won", "won"), ("lost", "lost")],
                        default="open",
                        max_length=5,
                    ),
                ),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "pipeline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stages",
                        to="halves.pipeline",
                    ),
                ),
            ],
            options={
                "ordering": ("position", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("retired_at", None)),
                        fields=("pipeline", "name"),
                        name="stage_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["open", "won", "lost"])),
                        name="stage_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="stage_has_a_name"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("name", models.CharField(max_length=100)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("leader", "Leader"),
                            ("marketer", "Marketer"),
                            ("seller", "Seller"),
                            ("viewer", "Viewer"),
                        ],
                        default="viewer",
                        max_length=10,
                    ),
                ),
                ("time_zone", models.CharField(default="UTC", max_length=50)),
                ("is_active", models.BooleanField(default=True)),
                ("since", models.DateTimeField()),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.team",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"), name="user_email_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ["owner", "leader", "marketer", "seller", "viewer"])
                        ),
                        name="user_role_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ledger_id", models.CharField(max_length=200, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("domain", models.CharField(blank=True, db_index=True, max_length=200)),
                ("website", models.CharField(blank=True, max_length=300)),
                ("industry", models.CharField(blank=True, max_length=100)),
                ("region", models.CharField(blank=True, max_length=100)),
                ("fields", models.JSONField(blank=True, default=dict)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("tags", models.ManyToManyField(blank=True, to="halves.tag")),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.team",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["name", "id"], name="account_by_name"),
                    models.Index(fields=["team", "name", "id"], name="account_by_team"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.TextField()),
                ("source", models.CharField(blank=True, max_length=300)),
                ("is_approved", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "concern",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="halves.concern",
                    ),
                ),
                ("effect", models.FloatField(null=True)),
                ("effect_high", models.FloatField(null=True)),
                ("effect_low", models.FloatField(null=True)),
                ("given_before", models.PositiveIntegerField(default=0)),
                ("is_proposed", models.BooleanField(default=False)),
                ("judged_at", models.DateTimeField(null=True)),
                ("not_given_before", models.PositiveIntegerField(default=0)),
                ("q_value", models.FloatField(null=True)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("wins", "wins"),
                            ("loses", "loses"),
                            ("no_winner", "no winner yet"),
                        ],
                        default="no_winner",
                        max_length=10,
                    ),
                ),
            ],
            options={
                "ordering": ("-is_approved", "-changed_at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True), name="answer_has_words"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["wins", "loses", "no_winner"])),
                        name="answer_verdict_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("begins", models.CharField(max_length=12)),
                ("scopes", models.JSONField(default=list)),
                ("password_state", models.CharField(max_length=128)),
                ("made_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Audience",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("computed", "computed"), ("static", "a list")],
                        default="computed",
                        max_length=10,
                    ),
                ),
                ("definition", models.JSONField(blank=True, default=dict)),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["computed", "static"])),
                        name="audience_kind_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_index=True)),
                ("by_words", models.CharField(max_length=120)),
                ("what", models.CharField(max_length=40)),
                ("kind", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=120)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "key", "-id"], name="audit_of_a_thing")],
            },
        ),
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_feed",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Caller",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("calls_a_day", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("since", models.DateTimeField()),
                (
                    "seller",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="caller",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DialogueImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                ("posted_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("dialogues", models.PositiveIntegerField(default=0)),
                ("turns", models.PositiveIntegerField(default=0)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)),
                        fields=("source",),
                        name="dialogues_in_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Experiment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("name", models.SlugField(max_length=100, unique=True)),
                ("withheld", models.JSONField()),
                (
                    "unit_kind",
                    models.CharField(
                        choices=[
                            ("person", "people"),
                            ("account", "accounts"),
                            ("region", "regions"),
                        ],
                        default="person",
                        max_length=10,
                    ),
                ),
                ("share", models.FloatField()),
                ("region", models.CharField(blank=True, max_length=100)),
                ("tag", models.CharField(blank=True, max_length=60)),
                ("held_out_regions", models.JSONField(blank=True, default=list)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("deal_closed", "deals closed"),
                            ("door_opened", "doors opened"),
                            ("renewed", "renewals"),
                            ("referred", "referrals"),
                        ],
                        default="deal_closed",
                        max_length=20,
                    ),
                ),
                (
                    "of",
                    models.CharField(
                        choices=[("value", "their value in money"), ("outcomes", "how many")],
                        default="value",
                        max_length=10,
                    ),
                ),
                ("starts", models.DateTimeField()),
                ("ends", models.DateTimeField()),
                ("salt", models.CharField(max_length=64)),
                ("power", models.JSONField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("registered", "registered"),
                            ("running", "running"),
                            ("stopped", "stopped"),
                            ("read", "read"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("hand", "written by hand"),
                            ("next_test", "the next best experiment"),
                            ("campaign", "a campaign's holdout"),
                            ("queue", "the call queue's dice"),
                        ],
                        default="hand",
                        max_length=10,
                    ),
                ),
                ("notes", models.TextField(blank=True)),
                ("made_at", models.DateTimeField()),
                ("registered_at", models.DateTimeField(null=True)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("started_at", models.DateTimeField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("result", models.JSONField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-id"], name="experiment_by_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "registered", "running", "stopped", "read"])
                        ),
                        name="experiment_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("share__gt", 0), ("share__lt", 1)),
                        name="experiment_share_between",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends__gt", models.F("starts"))),
                        name="experiment_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("digest", ""), ("registered_at", None), ("state", "draft")),
                            models.Q(
                                models.Q(("state", "draft"), _negated=True),
                                ("registered_at__isnull", False),
                                models.Q(("digest", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="experiment_frozen_once_registered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("started_at", None), ("state__in", ["draft", "registered"])),
                            ("state", "stopped"),
                            models.Q(
                                ("started_at__isnull", False), ("state__in", ["running", "read"])
                            ),
                            _connector="OR",
                        ),
                        name="experiment_runs_once_started",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "stopped"), _negated=True),
                            ("stopped_at__isnull", False),
                            _connector="OR",
                        ),
                        name="experiment_stopped_at_a_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("read_at__isnull", False),
                                ("result__isnull", False),
                                ("state", "read"),
                            ),
                            models.Q(models.Q(("state", "read"), _negated=True), ("read_at", None)),
                            _connector="OR",
                        ),
                        name="experiment_read_has_result",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True)),
                ("aspiration", models.TextField()),
                ("token", models.CharField(max_length=40, unique=True)),
                ("is_open", models.BooleanField(default=True)),
                ("made_at", models.DateTimeField()),
                ("likeness", models.JSONField(blank=True, default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("arguments", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("running", "running"),
                            ("done", "done"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("beat_at", models.DateTimeField(null=True)),
                ("claim", models.CharField(blank=True, max_length=40)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("ended_at", models.DateTimeField(null=True)),
                ("doing", models.CharField(blank=True, max_length=200)),
                ("done", models.PositiveBigIntegerField(default=0)),
                ("of", models.PositiveBigIntegerField(default=0)),
                ("is_cancel_wanted", models.BooleanField(default=False)),
                ("words", models.TextField(blank=True)),
                ("result", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "beat_at"], name="job_live")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "running", "done", "failed", "cancelled"])
                        ),
                        name="job_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Mailbox",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("server", models.CharField(max_length=60)),
                ("login", models.CharField(max_length=254)),
                ("address", models.CharField(max_length=254)),
                ("sealed", models.TextField(blank=True)),
                ("since", models.DateField()),
                ("is_on", models.BooleanField(default=True)),
                ("folders", models.JSONField(default=dict)),
                ("said", models.CharField(blank=True, max_length=300)),
                ("looked_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField()),
                ("claimed_until", models.DateTimeField(null=True)),
                ("logged", models.PositiveIntegerField(default=0)),
                ("passed_over", models.PositiveIntegerField(default=0)),
                (
                    "user",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mailbox",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("user", None)),
                        fields=("address",),
                        name="mailbox_for_copies_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PlatformLift",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("withheld", models.JSONField()),
                ("starts", models.DateTimeField()),
                ("ends", models.DateTimeField()),
                ("region", models.CharField(blank=True, max_length=100)),
                ("outcome", models.CharField(max_length=20)),
                ("lift", models.FloatField()),
                ("se", models.FloatField()),
                ("spend_withheld", models.DecimalField(decimal_places=2, max_digits=18, null=True)),
                ("source", models.CharField(max_length=100)),
                ("form", models.CharField(max_length=40, unique=True)),
                ("at", models.DateTimeField()),
                ("posted_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("se__gt", 0)), name="lift_error_above_zero"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends__gt", models.F("starts"))),
                        name="lift_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Remembered",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=255)),
                ("digest", models.CharField(max_length=64)),
                ("path", models.CharField(max_length=300)),
                ("at", models.DateTimeField(db_index=True)),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("headers", models.JSONField(default=dict)),
                ("answer", models.TextField(blank=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "key"), name="remembered_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RestoreLock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("why", models.TextField()),
                ("at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("of", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=80)),
                ("query", models.CharField(max_length=500)),
                ("is_shared", models.BooleanField(default=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "of", "name"), name="saved_view_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Snippet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "any"),
                            ("call", "call"),
                            ("meeting", "meeting"),
                            ("mail", "mail"),
                            ("chat", "chat"),
                        ],
                        max_length=10,
                    ),
                ),
                ("words", models.TextField()),
                ("is_shared", models.BooleanField(default=False)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snippets",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("name", "id"),
                "constraints": [
                    models.UniqueConstraint(fields=("by", "name"), name="snippet_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("write_key", models.CharField(max_length=40, unique=True)),
                ("secret_digest", models.CharField(max_length=64, unique=True)),
                ("secret_begins", models.CharField(max_length=12)),
                ("origins", models.JSONField(blank=True, default=list)),
                ("doors", models.JSONField(blank=True, default=halves.tracking.models._doors)),
                ("user_ids", models.CharField(default="user_id", max_length=40)),
                ("is_on", models.BooleanField(default=True)),
                ("made_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Story",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("belonging", "belonging"), ("solution", "solution")],
                        max_length=10,
                    ),
                ),
                ("for_whom", models.CharField(blank=True, max_length=300)),
                ("aspiration", models.CharField(blank=True, max_length=500)),
                ("group", models.CharField(blank=True, max_length=300)),
                ("vision", models.TextField(blank=True)),
                ("problem", models.TextField(blank=True)),
                ("fix", models.TextField(blank=True)),
                ("headline", models.CharField(blank=True, max_length=200)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("preheader", models.CharField(blank=True, max_length=200)),
                ("body", models.TextField(blank=True)),
                ("short", models.CharField(blank=True, max_length=300)),
                ("call_words", models.CharField(blank=True, max_length=80)),
                ("call_url", models.CharField(blank=True, max_length=500)),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "concerns",
                    models.ManyToManyField(blank=True, related_name="stories", to="halves.concern"),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.offer",
                    ),
                ),
                (
                    "proofs",
                    models.ManyToManyField(blank=True, related_name="stories", to="halves.proof"),
                ),
            ],
            options={
                "verbose_name_plural": "stories",
                "indexes": [models.Index(fields=["-changed_at", "-id"], name="story_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["belonging", "solution"])),
                        name="story_kind_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "measure",
                    models.CharField(
                        choices=[
                            ("customers", "Customers"),
                            ("revenue", "Revenue"),
                            ("brand", "Brand"),
                        ],
                        max_length=10,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18)),
                ("starts", models.DateField()),
                ("ends", models.DateField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("measure__in", ["customers", "revenue", "brand"])),
                        name="target_measure_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="target_above_zero"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends__gt", models.F("starts"))),
                        name="target_ends_after_start",
                    ),
                    models.UniqueConstraint(
                        fields=("measure", "starts", "ends"), name="target_once_a_period"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.CharField(max_length=1000)),
                ("words", models.CharField(blank=True, max_length=120)),
                ("kinds", models.JSONField(blank=True, default=list)),
                ("is_on", models.BooleanField(default=True)),
                ("why_off", models.CharField(blank=True, max_length=300)),
                ("seed", models.CharField(max_length=32)),
                ("rotation", models.PositiveIntegerField(default=0)),
                ("rotated_at", models.DateTimeField(null=True)),
                ("made_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccountKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("value", models.CharField(max_length=200, unique=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="halves.account",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AdList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("name", models.SlugField(max_length=90, unique=True)),
                ("campaign", models.CharField(blank=True, max_length=120)),
                (
                    "platform",
                    models.CharField(
                        choices=[
                            ("google", "Google Customer Match"),
                            ("meta", "Meta custom audience"),
                        ],
                        max_length=10,
                    ),
                ),
                ("channel", models.CharField(max_length=40)),
                ("topic", models.CharField(blank=True, max_length=80)),
                ("holdout_share", models.FloatField(default=0.1)),
                ("outcome", models.CharField(default="deal_closed", max_length=20)),
                ("of", models.CharField(default="value", max_length=10)),
                ("days", models.PositiveIntegerField(default=56)),
                ("found", models.JSONField(null=True)),
                ("made_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "audience",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ad_lists",
                        to="halves.audience",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "experiment",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="halves.experiment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("platform__in", ["google", "meta"])),
                        name="ad_list_platform_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("holdout_share__gte", 0), ("holdout_share__lt", 1)),
                        name="ad_list_holdout_between",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AnswerRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateField(null=True)),
                ("until", models.DateField(null=True)),
                (
                    "unit",
                    models.CharField(
                        choices=[("channel", "channel"), ("campaign", "campaign")],
                        default="channel",
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("answer", models.JSONField(null=True)),
                ("tests", models.JSONField(null=True)),
                ("ledger_versions", models.JSONField(default=dict)),
                ("ledger_rows", models.JSONField(default=dict)),
                ("stages", models.PositiveSmallIntegerField(default=0)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "job",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answer_run",
                        to="halves.job",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["unit", "-answered_at"], name="answer_run_newest")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("unit__in", ["channel", "campaign"])),
                        name="answer_run_unit_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_at", None), ("answer__isnull", False), _connector="OR"
                        ),
                        name="answer_run_answered_with_answer",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ArmsBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("frozen_at", models.DateTimeField(null=True)),
                ("posted_at", models.DateTimeField(null=True)),
                ("treated", models.PositiveIntegerField(default=0)),
                ("held_out", models.PositiveIntegerField(default=0)),
                (
                    "experiment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="batches",
                        to="halves.experiment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("experiment", "number"), name="arms_batch_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("posted_at", None), ("frozen_at__isnull", False), _connector="OR"
                        ),
                        name="arms_posted_once_frozen",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Campaign",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("name", models.SlugField(max_length=90, unique=True)),
                ("channel", models.CharField(default="email", max_length=40)),
                ("topic", models.CharField(blank=True, max_length=80)),
                ("send_from", models.DateTimeField(blank=True, null=True)),
                ("opens", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("closes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("holdout_share", models.FloatField(default=0.1)),
                ("outcome", models.CharField(default="deal_closed", max_length=20)),
                ("of", models.CharField(default="value", max_length=10)),
                ("days", models.PositiveIntegerField(default=28)),
                ("exit_on", models.JSONField(blank=True, default=list)),
                (
                    "cost",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=12, null=True),
                ),
                ("currency", models.CharField(blank=True, max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("checked", "checked"),
                            ("scheduled", "scheduled"),
                            ("sending", "sending"),
                            ("paused", "paused"),
                            ("sent", "sent"),
                            ("cancelled", "cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("check_found", models.JSONField(null=True)),
                ("left_out", models.JSONField(blank=True, default=dict)),
                ("trouble", models.CharField(blank=True, max_length=300)),
                ("trouble_at", models.DateTimeField(null=True)),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("launched_at", models.DateTimeField(null=True)),
                ("drawn_at", models.DateTimeField(null=True)),
                ("was", models.CharField(blank=True, max_length=10)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "audience",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaigns",
                        to="halves.audience",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "experiment",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="halves.experiment",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-id"], name="campaign_by_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "draft",
                                    "checked",
                                    "scheduled",
                                    "sending",
                                    "paused",
                                    "sent",
                                    "cancelled",
                                ],
                            )
                        ),
                        name="campaign_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("holdout_share__gte", 0), ("holdout_share__lt", 1)),
                        name="campaign_holdout_between",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("launched_at", None), ("state__in", ("draft", "checked"))),
                            models.Q(
                                models.Q(("state__in", ("draft", "checked")), _negated=True),
                                ("launched_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="campaign_launched_once_planned",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closes", None), ("opens", None)),
                            models.Q(
                                ("closes__isnull", False),
                                ("opens__isnull", False),
                                ("opens__lt", models.F("closes")),
                            ),
                            _connector="OR",
                        ),
                        name="campaign_window_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("file", models.CharField(blank=True, max_length=100)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asking", "needs an answer"),
                            ("ready", "ready"),
                            ("checked", "looked through"),
                            ("done", "brought in"),
                            ("undone", "taken back"),
                            ("refused", "cannot be read"),
                        ],
                        default="asking",
                        max_length=10,
                    ),
                ),
                ("words", models.TextField(blank=True)),
                ("answers", models.JSONField(default=dict)),
                ("understood", models.JSONField(default=dict)),
                ("recipe", models.TextField(blank=True)),
                ("import_id", models.CharField(blank=True, db_index=True, max_length=120)),
                ("rows", models.JSONField(default=dict)),
                ("counts", models.JSONField(default=list)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("refused_files", models.JSONField(default=list)),
                ("made", models.JSONField(default=dict)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to="halves.job"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-at", "-id"], name="import_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["asking", "ready", "checked", "done", "undone", "refused"],
                            )
                        ),
                        name="import_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Joining",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("email", models.CharField(db_index=True, max_length=254)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("brings", models.CharField(blank=True, max_length=24)),
                ("where", models.CharField(db_index=True, max_length=64)),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="joinings",
                        to="halves.group",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("found", models.JSONField()),
                (
                    "experiment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="looks",
                        to="halves.experiment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("experiment", "at"), name="look_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ledger_id", models.CharField(max_length=200, unique=True)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("title", models.CharField(blank=True, max_length=200)),
                ("region", models.CharField(blank=True, max_length=100)),
                ("language", models.CharField(blank=True, max_length=10)),
                ("time_zone", models.CharField(blank=True, max_length=50)),
                ("fields", models.JSONField(blank=True, default=dict)),
                ("is_do_not_contact", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("words", models.TextField(blank=True)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.account",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.person",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tags",
                    models.ManyToManyField(blank=True, related_name="people", to="halves.tag"),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.team",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "people",
                "indexes": [
                    models.Index(
                        condition=models.Q(("merged_into", None)),
                        fields=["name", "id"],
                        name="person_by_name",
                    ),
                    models.Index(
                        condition=models.Q(("merged_into", None)),
                        fields=["-created_at", "-id"],
                        name="person_newest",
                    ),
                    models.Index(
                        condition=models.Q(("merged_into", None)),
                        fields=["team", "name", "id"],
                        name="person_by_team",
                    ),
                    models.Index(fields=["email"], name="person_by_email"),
                    models.Index(
                        condition=models.Q(("merged_into__isnull", False)),
                        fields=["merged_into"],
                        name="person_merged",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QueueDraw",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("at", models.DateTimeField()),
                ("capacity", models.PositiveSmallIntegerField()),
                ("pool", models.PositiveIntegerField(default=0)),
                ("treated", models.PositiveIntegerField(default=0)),
                ("held_out", models.PositiveIntegerField(default=0)),
                ("best_gain", models.DecimalField(decimal_places=6, default=0, max_digits=18)),
                ("drawn_gain", models.DecimalField(decimal_places=6, default=0, max_digits=18)),
                ("currency", models.CharField(blank=True, max_length=3)),
                (
                    "experiment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="queue_draws",
                        to="halves.experiment",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="queue_draws",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "day"), name="queue_drawn_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="StoryPromise",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.CharField(max_length=300)),
                ("measure", models.CharField(blank=True, max_length=120)),
                ("amount", models.DecimalField(decimal_places=3, max_digits=15, null=True)),
                ("unit", models.CharField(blank=True, max_length=40)),
                ("is_at_most", models.BooleanField(default=False)),
                ("within_days", models.PositiveIntegerField(null=True)),
                ("due_on", models.DateField(null=True)),
                ("place", models.PositiveIntegerField(default=0)),
                (
                    "keeper",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "story",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="promises",
                        to="halves.story",
                    ),
                ),
            ],
            options={
                "ordering": ("place", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("within_days", None), ("due_on", None), _connector="OR"
                        ),
                        name="story_promise_due_one_way",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True),
                        name="story_promise_has_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Variant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=20)),
                ("headline", models.CharField(blank=True, max_length=200)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("preheader", models.CharField(blank=True, max_length=200)),
                ("body", models.TextField(blank=True)),
                ("short", models.CharField(blank=True, max_length=300)),
                ("call_words", models.CharField(blank=True, max_length=80)),
                (
                    "story",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="variants",
                        to="halves.story",
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
                "constraints": [
                    models.UniqueConstraint(fields=("story", "name"), name="variant_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            models.Q(("name", "A"), _negated=True),
                        ),
                        name="variant_is_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("told", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "story",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="halves.story",
                    ),
                ),
            ],
            options={
                "ordering": ("story", "number"),
                "constraints": [
                    models.UniqueConstraint(fields=("story", "digest"), name="version_once"),
                    models.UniqueConstraint(fields=("story", "number"), name="version_numbered"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "on its way"),
                            ("done", "delivered"),
                            ("given_up", "given up"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="halves.webhookendpoint",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="halves.webhookevent",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["next_at"],
                        name="delivery_due",
                    ),
                    models.Index(fields=["endpoint", "-id"], name="delivery_newest"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("endpoint", "event"), name="delivery_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="AdFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("asked_at", models.DateTimeField()),
                ("made_at", models.DateTimeField(null=True)),
                ("on_list", models.PositiveIntegerField(default=0)),
                ("added", models.PositiveIntegerField(default=0)),
                ("removed", models.PositiveIntegerField(default=0)),
                ("held_out", models.PositiveIntegerField(default=0)),
                ("left_out", models.JSONField(blank=True, default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="halves.adlist",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("of", "number"), name="ad_file_numbered"),
                    models.UniqueConstraint(
                        condition=models.Q(("made_at", None)),
                        fields=("of",),
                        name="ad_file_made_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AdListed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.CharField(max_length=420)),
                ("key", models.CharField(max_length=64)),
                ("added_in", models.PositiveIntegerField()),
                ("seen_in", models.PositiveIntegerField()),
                ("removed_in", models.PositiveIntegerField(null=True)),
                (
                    "of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="listed",
                        to="halves.adlist",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="ad_lists",
                        to="halves.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["of", "removed_in", "id"], name="ad_listed_by_file")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("person__isnull", False), ("removed_in", None)),
                        fields=("of", "person"),
                        name="ad_listed_once_a_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("removed_in", None)),
                        fields=("of", "key"),
                        name="ad_listed_once_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("removed_in", None),
                            ("removed_in__gte", models.F("added_in")),
                            _connector="OR",
                        ),
                        name="ad_listed_removed_after_added",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Bounce",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.CharField(max_length=254, unique=True)),
                ("at", models.DateTimeField()),
                ("words", models.CharField(max_length=300)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bounces",
                        to="halves.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=40)),
                ("topic", models.CharField(blank=True, max_length=80)),
                ("is_given", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("how", models.CharField(max_length=200)),
                ("by", models.CharField(max_length=120)),
                ("proof", models.TextField(blank=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consents",
                        to="halves.person",
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-id"),
                "indexes": [
                    models.Index(fields=["person", "channel", "topic", "-at"], name="consent_now")
                ],
            },
        ),
        migrations.CreateModel(
            name="Deal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ledger_id",
                    models.CharField(
                        default=halves.deals.models._deal_id, max_length=60, unique=True
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("path", models.CharField(max_length=5)),
                ("value", models.DecimalField(decimal_places=6, max_digits=18)),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("won", "won"), ("lost", "lost")],
                        default="open",
                        max_length=5,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.account",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.offer",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deals",
                        to="halves.person",
                    ),
                ),
                ("changed_at", models.DateTimeField(null=True)),
                (
                    "concern",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.concern",
                    ),
                ),
                ("expected_close", models.DateField(blank=True, null=True)),
                ("is_value_typed", models.BooleanField(default=True)),
                ("lost_because", models.TextField(blank=True)),
                (
                    "lost_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("price", "too dear"),
                            ("competitor", "bought elsewhere"),
                            ("timing", "not now"),
                            ("need", "no need"),
                            ("authority", "not theirs to decide"),
                            ("trust", "no trust in us yet"),
                            ("silence", "no answer any more"),
                            ("nurture", "back to marketing, with a concern"),
                            ("other", "something else"),
                        ],
                        max_length=10,
                    ),
                ),
                ("posted_at", models.DateTimeField(null=True)),
                ("problem", models.TextField(blank=True)),
                ("solution", models.TextField(blank=True)),
                ("source", models.CharField(blank=True, max_length=100)),
                ("stage_since", models.DateTimeField(null=True)),
                (
                    "told",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="halves.version",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("won_because", models.TextField(blank=True)),
                (
                    "pipeline",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deals",
                        to="halves.pipeline",
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deals",
                        to="halves.stage",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "-opened_at"], name="deal_newest"),
                    models.Index(fields=["stage", "-value", "id"], name="deal_on_board"),
                    models.Index(fields=["pipeline", "state", "-id"], name="deal_of_pipeline"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "won", "lost"])),
                        name="deal_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("closed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="deal_closed_at_a_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("pipeline", None), ("stage", None), ("stage_since", None)),
                            models.Q(
                                ("pipeline__isnull", False),
                                ("stage__isnull", False),
                                ("stage_since__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="deal_stage_of_a_pipeline",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lost_kind", ""),
                            models.Q(
                                (
                                    "lost_kind__in",
                                    [
                                        "price",
                                        "competitor",
                                        "timing",
                                        "need",
                                        "authority",
                                        "trust",
                                        "silence",
                                        "nurture",
                                        "other",
                                    ],
                                ),
                                ("state", "lost"),
                            ),
                            _connector="OR",
                        ),
                        name="deal_lost_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value__gte", 0)), name="deal_value_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Duplicate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("probability", models.FloatField()),
                ("compared", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "proposed"),
                            ("merged", "merged"),
                            ("refused", "not the same"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("found_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="halves.person",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="halves.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "-probability", "id"], name="duplicate_next")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="duplicate_once"),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))),
                        name="duplicate_older_first",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("probability__gte", 0), ("probability__lte", 1)),
                        name="duplicate_probability",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Identifier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("value", models.CharField(max_length=254)),
                ("source", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identifiers",
                        to="halves.person",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "value"), name="identifier_of_one")
                ],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=120, unique=True)),
                ("to", models.CharField(max_length=254)),
                ("subject", models.CharField(max_length=200)),
                ("text", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("sending", "being sent"),
                            ("sent", "sent"),
                            ("failed", "failed"),
                            ("unknown", "nobody knows"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("written_at", models.DateTimeField()),
                ("next_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("said", models.CharField(blank=True, max_length=300)),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters",
                        to="halves.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("waiting", "sending"))),
                        fields=["next_at"],
                        name="letter_due",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "sending", "sent", "failed", "unknown"])
                        ),
                        name="letter_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Likely",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("low", models.FloatField()),
                ("high", models.FloatField()),
                (
                    "because",
                    models.CharField(
                        choices=[
                            ("colleague", "a colleague voiced it"),
                            ("industry", "firms of their trade voice it more than others"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "concern",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="likely",
                        to="halves.concern",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="likely",
                        to="halves.person",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "likely",
                "indexes": [models.Index(fields=["person"], name="likely_of_person")],
                "constraints": [
                    models.UniqueConstraint(fields=("concern", "person"), name="likely_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("high__gte", models.F("low")), ("high__lte", 1), ("low__gte", 0)
                        ),
                        name="likely_is_a_range",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Listed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "audience",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="listed",
                        to="halves.audience",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lists",
                        to="halves.person",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("audience", "person"), name="listed_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("unit_id", models.CharField(max_length=200)),
                ("is_held_out", models.BooleanField()),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="halves.armsbatch",
                    ),
                ),
                (
                    "experiment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="halves.experiment",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["unit_id"], name="member_by_unit")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("experiment", "unit_id"), name="member_in_one_arm"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("joined_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                ("brings", models.CharField(max_length=24, unique=True)),
                ("how", models.CharField(max_length=100)),
                (
                    "brought_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="halves.person",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="halves.group",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="halves.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["group", "left_at", "-joined_at"], name="member_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("group", "person"), name="member_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("left_at", None),
                            ("left_at__gte", models.F("joined_at")),
                            _connector="OR",
                        ),
                        name="member_left_after_joining",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("why", models.CharField(max_length=200)),
                ("moved", models.JSONField(default=dict)),
                ("before", models.JSONField(default=dict)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "gone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="merged_away",
                        to="halves.person",
                    ),
                ),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="merges",
                        to="halves.person",
                    ),
                ),
                ("posted_at", models.DateTimeField(null=True)),
                ("taken_back_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("posted_at", None),
                            models.Q(("taken_back_at", None), ("undone_at__isnull", False)),
                            _connector="OR",
                        ),
                        fields=["id"],
                        name="merge_on_its_way",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kept", models.F("gone")), _negated=True),
                        name="merge_of_two",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)),
                        fields=("gone",),
                        name="merged_away_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="halves.account",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="halves.person",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("account__isnull", False), ("person", None)),
                            models.Q(("account", None), ("person__isnull", False)),
                            _connector="OR",
                        ),
                        name="note_of_one_thing",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Page",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                (
                    "asks",
                    models.CharField(
                        choices=[
                            ("contact", "leave an address, to be contacted"),
                            ("sign_up", "sign up, and be led to the first value"),
                            ("order", "order"),
                        ],
                        default="contact",
                        max_length=10,
                    ),
                ),
                ("button", models.CharField(max_length=60)),
                ("sells", models.CharField(blank=True, max_length=200)),
                ("price", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("providers", models.JSONField(blank=True, default=list)),
                ("trial_days", models.PositiveIntegerField(null=True)),
                ("steps", models.JSONField(blank=True, default=list)),
                ("topic", models.CharField(blank=True, max_length=80)),
                ("consent_words", models.CharField(blank=True, max_length=300)),
                ("variants", models.JSONField(blank=True, default=list)),
                ("may_embed", models.BooleanField(default=False)),
                ("is_listed", models.BooleanField(default=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("published", "published"),
                            ("off", "taken off"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "story",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pages",
                        to="halves.story",
                    ),
                ),
                (
                    "version_shown",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="halves.version",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "published", "off"])),
                        name="page_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("asks__in", ["contact", "sign_up", "order"])),
                        name="page_asks_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("asks", "order"), _negated=True),
                            models.Q(
                                ("price__gt", 0),
                                models.Q(("currency", ""), _negated=True),
                                models.Q(("sells", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="page_that_sells_has_a_price",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "published"), _negated=True),
                            ("version_shown__isnull", False),
                            _connector="OR",
                        ),
                        name="page_published_shows_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Promise",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(default=0)),
                ("words", models.CharField(max_length=300)),
                ("measure", models.CharField(blank=True, max_length=120)),
                ("amount", models.DecimalField(decimal_places=3, max_digits=15, null=True)),
                ("unit", models.CharField(blank=True, max_length=40)),
                ("is_at_most", models.BooleanField(default=False)),
                (
                    "via",
                    models.CharField(
                        choices=[
                            ("campaign", "campaign"),
                            ("page", "page"),
                            ("call", "call"),
                            ("quote", "quote"),
                        ],
                        max_length=10,
                    ),
                ),
                ("via_key", models.CharField(max_length=100)),
                ("made_at", models.DateTimeField()),
                ("due_on", models.DateField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("delivered", models.DecimalField(decimal_places=3, max_digits=15, null=True)),
                (
                    "keeping",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("over", "more than promised"),
                            ("met", "kept"),
                            ("under", "broken"),
                        ],
                        max_length=5,
                    ),
                ),
                (
                    "keeper",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="promises",
                        to="halves.person",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="halves.version"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("delivered_at", None)),
                        fields=["due_on", "id"],
                        name="promise_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "via", "via_key", "version", "place"),
                        name="promise_opened_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("delivered_at", None),
                            ("delivered_at__gte", models.F("made_at")),
                            _connector="OR",
                        ),
                        name="promise_delivered_after_made",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("delivered_at", None), ("keeping", "")),
                            models.Q(
                                ("delivered_at__isnull", False),
                                ("keeping__in", ["over", "met", "under"]),
                            ),
                            _connector="OR",
                        ),
                        name="promise_kept_once_delivered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("found", models.JSONField()),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="halves.campaign",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "at"), name="result_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField()),
                ("wait_hours", models.PositiveIntegerField(default=0)),
                ("is_split", models.BooleanField(default=False)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="halves.campaign",
                    ),
                ),
                (
                    "story",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="halves.story"
                    ),
                ),
                (
                    "told",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="halves.version"
                    ),
                ),
            ],
            options={
                "ordering": ("place",),
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "place"), name="step_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Stitch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ledger_id", models.CharField(max_length=300)),
                ("kind", models.CharField(max_length=40)),
                ("value", models.CharField(max_length=254)),
                ("is_trusted", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("unverified", "unverified"),
                            ("confirmed", "confirmed"),
                            ("refused", "refused"),
                        ],
                        default="unverified",
                        max_length=10,
                    ),
                ),
                ("said_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("how", models.CharField(blank=True, max_length=120)),
                ("posted_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stitches",
                        to="halves.person",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stitches",
                        to="halves.source",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "value"], name="stitch_of_a_key"),
                    models.Index(fields=["source", "state", "-id"], name="stitch_to_look_at"),
                    models.Index(
                        condition=models.Q(("posted_at", None), ("state", "confirmed")),
                        fields=["id"],
                        name="stitch_on_its_way",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ledger_id", "kind", "value"), name="stitch_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "confirmed")),
                        fields=("ledger_id",),
                        name="stitched_to_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "confirmed"), _negated=True),
                            ("person__isnull", False),
                            _connector="OR",
                        ),
                        name="stitch_confirmed_to_someone",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("due_on", models.DateField(blank=True, null=True)),
                ("remind_at", models.DateTimeField(blank=True, null=True)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("made_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="halves.account",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to="halves.person",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["owner", "done_at", "due_on"], name="task_next")],
            },
        ),
        migrations.CreateModel(
            name="WebhookAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("took_ms", models.PositiveIntegerField()),
                ("said", models.CharField(blank=True, max_length=500)),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="halves.webhookdelivery",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AdTaken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("everyone", "everyone on it"),
                            ("added", "who is new"),
                            ("removed", "who goes"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("lines", models.PositiveIntegerField(null=True)),
                ("digest", models.CharField(blank=True, max_length=64)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="takings",
                        to="halves.adfile",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("digest", ""), ("lines", None)),
                            models.Q(
                                ("lines__isnull", False), models.Q(("digest", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="ad_taken_whole_has_digest",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Conversation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("call", "call"),
                            ("meeting", "meeting"),
                            ("mail", "mail"),
                            ("chat", "chat"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("in", "they came to us"), ("out", "we went to them")],
                        default="out",
                        max_length=3,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("held", "held"),
                            ("called_off", "called off"),
                        ],
                        default="held",
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("minutes", models.PositiveIntegerField(blank=True, null=True)),
                ("among", models.PositiveSmallIntegerField(default=1)),
                ("subject", models.CharField(blank=True, max_length=300)),
                ("summary", models.TextField(blank=True)),
                ("is_private", models.BooleanField(default=False)),
                ("source", models.CharField(default="hand", max_length=100)),
                ("source_key", models.CharField(blank=True, max_length=200)),
                ("logged_at", models.DateTimeField()),
                ("told_cost", models.DecimalField(decimal_places=6, max_digits=18, null=True)),
                ("touched_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.account",
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.deal",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conversations",
                        to="halves.person",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "told",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="halves.version",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person", "-at", "-id"], name="conversation_of_person"),
                    models.Index(fields=["-at", "-id"], name="conversation_newest"),
                    models.Index(fields=["seller", "-at", "-id"], name="conversation_of_seller"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["call", "meeting", "mail", "chat"])),
                        name="conversation_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("direction__in", ["in", "out"])),
                        name="conversation_direction_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["planned", "held", "called_off"])),
                        name="conversation_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("among__gte", 1)), name="conversation_among_someone"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("source_key", ""), _negated=True),
                        fields=("source", "source_key"),
                        name="conversation_once_per_source",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DealLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("words", models.CharField(max_length=300)),
                (
                    "quantity",
                    models.DecimalField(decimal_places=3, default=Decimal("1"), max_digits=12),
                ),
                ("price", models.DecimalField(decimal_places=6, max_digits=18)),
                (
                    "deal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="halves.deal",
                    ),
                ),
            ],
            options={
                "ordering": ("position", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="deal_line_of_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price__gte", 0)), name="deal_line_price_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True), name="deal_line_has_words"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=120, unique=True)),
                ("campaign", models.CharField(blank=True, max_length=120)),
                ("page", models.CharField(blank=True, max_length=120)),
                ("promised", models.JSONField(default=list)),
                ("read", models.JSONField(default=list)),
                ("opened_at", models.DateTimeField()),
                (
                    "deal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="handover",
                        to="halves.deal",
                    ),
                ),
                (
                    "told",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="halves.version"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("url", models.CharField(max_length=2000)),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="halves.step",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("step", "number"), name="link_numbered"),
                    models.UniqueConstraint(fields=("step", "url"), name="link_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=254)),
                ("variant", models.CharField(default="A", max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "waiting"),
                            ("claimed", "taken up"),
                            ("sending", "on the line"),
                            ("sent", "sent"),
                            ("failed", "failed"),
                            ("unknown", "unknown"),
                            ("skipped", "left out"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=300)),
                ("due_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("claim", models.CharField(blank=True, max_length=32)),
                ("lease_until", models.DateTimeField(null=True)),
                ("sending_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("key", models.CharField(max_length=40, unique=True)),
                ("server_id", models.CharField(blank=True, db_index=True, max_length=200)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="halves.campaign",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="halves.person",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="halves.step",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "queued")),
                        fields=["campaign", "due_at", "id"],
                        name="message_next",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["claimed", "sending"])),
                        fields=["lease_until"],
                        name="message_leased",
                    ),
                    models.Index(fields=["campaign", "state"], name="message_by_state"),
                    models.Index(fields=["person", "sending_at"], name="message_of_person"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("campaign", "person", "step"), name="message_once_a_person"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("address", ""), _negated=True),
                        fields=("step", "address"),
                        name="message_once_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "queued",
                                    "claimed",
                                    "sending",
                                    "sent",
                                    "failed",
                                    "unknown",
                                    "skipped",
                                ],
                            )
                        ),
                        name="message_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["sending", "sent", "unknown"]), _negated=True),
                            ("sending_at__isnull", False),
                            _connector="OR",
                        ),
                        name="message_sent_was_on_the_line",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "token",
                    models.CharField(
                        default=halves.deals.models._token, max_length=64, unique=True
                    ),
                ),
                ("once", models.CharField(max_length=64, unique=True)),
                ("page", models.CharField(blank=True, max_length=100)),
                ("words", models.CharField(max_length=200)),
                ("quantity", models.PositiveIntegerField(default=1)),
                ("price", models.DecimalField(decimal_places=6, max_digits=18)),
                ("currency", models.CharField(max_length=3)),
                ("provider", models.CharField(max_length=40)),
                ("reference", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("placed", "placed"),
                            ("invoiced", "on invoice"),
                            ("paid", "paid"),
                            ("cancelled", "cancelled"),
                            ("refunded", "refunded"),
                        ],
                        default="placed",
                        max_length=10,
                    ),
                ),
                ("placed_at", models.DateTimeField()),
                ("agreed_at", models.DateTimeField(null=True)),
                ("paid_at", models.DateTimeField(null=True)),
                ("email", models.CharField(max_length=254)),
                ("billing", models.JSONField(blank=True, default=dict)),
                (
                    "deal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="order",
                        to="halves.deal",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="halves.version"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["placed", "invoiced", "paid", "cancelled", "refunded"])
                        ),
                        name="order_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1)), name="order_of_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price__gte", 0)), name="order_price_not_negative"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=("provider", "reference"),
                        name="order_paid_by_one_payment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PageDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("variant", models.CharField(max_length=20)),
                ("day", models.DateField()),
                ("shown", models.PositiveIntegerField(default=0)),
                ("sent", models.PositiveIntegerField(default=0)),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="days",
                        to="halves.page",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("page", "variant", "day"), name="page_day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Quote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "token",
                    models.CharField(
                        default=halves.deals.quote_models._token, max_length=64, unique=True
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("sent", "sent"),
                            ("accepted", "accepted"),
                            ("withdrawn", "withdrawn"),
                            ("replaced", "replaced by a newer one"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("words", models.TextField(blank=True)),
                ("terms", models.TextField(blank=True)),
                ("lines", models.JSONField(default=list)),
                ("promises", models.JSONField(default=list)),
                (
                    "total",
                    models.DecimalField(decimal_places=6, default=Decimal("0"), max_digits=18),
                ),
                ("currency", models.CharField(max_length=3)),
                ("valid_until", models.DateField(null=True)),
                ("to", models.CharField(blank=True, max_length=254)),
                ("made_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("accepted_by", models.CharField(blank=True, max_length=200)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="quotes",
                        to="halves.deal",
                    ),
                ),
                (
                    "told",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="halves.version"
                    ),
                ),
            ],
            options={
                "ordering": ("-number",),
                "constraints": [
                    models.UniqueConstraint(fields=("deal", "number"), name="quote_numbered"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "accepted")),
                        fields=("deal",),
                        name="quote_accepted_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "sent", "accepted", "withdrawn", "replaced"])
                        ),
                        name="quote_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("accepted_at__isnull", False),
                                ("state", "accepted"),
                                models.Q(("accepted_by", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "accepted"), _negated=True),
                                ("accepted_at", None),
                                ("accepted_by", ""),
                            ),
                            _connector="OR",
                        ),
                        name="quote_accepted_by_someone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "withdrawn"]),
                            ("sent_at__isnull", False),
                            _connector="OR",
                        ),
                        name="quote_sent_at_a_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StageChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("left_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="halves.deal",
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="halves.stage",
                    ),
                ),
            ],
            options={
                "ordering": ("at", "id"),
                "indexes": [models.Index(fields=["stage", "-at"], name="stage_changes_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("left_at", None)),
                        fields=("deal",),
                        name="deal_in_one_stage",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("left_at", None), ("left_at__gte", models.F("at")), _connector="OR"
                        ),
                        name="stage_left_after_it_was_reached",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=40)),
                ("event", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, to="halves.order"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "event"), name="payment_event_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="QueueDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=100, unique=True)),
                ("is_held_out", models.BooleanField()),
                ("chance", models.FloatField()),
                ("number", models.FloatField()),
                ("gain", models.DecimalField(decimal_places=6, max_digits=18)),
                ("why", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("period_ends", models.DateTimeField()),
                ("is_current", models.BooleanField(default=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "to be called"),
                            ("called", "called"),
                            ("skipped", "skipped"),
                            ("left", "left alone"),
                            ("anyway", "called although left alone"),
                        ],
                        max_length=8,
                    ),
                ),
                ("skipped_because", models.CharField(blank=True, max_length=200)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="halves.conversation",
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="queue_decisions",
                        to="halves.deal",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="queue_decisions",
                        to="halves.person",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="queue_decisions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "draw",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="halves.queuedraw",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_current", True)),
                        fields=["seller", "state", "-gain"],
                        name="decision_to_call",
                    ),
                    models.Index(
                        condition=models.Q(("is_current", True)),
                        fields=["period_ends"],
                        name="decision_to_end",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)),
                        fields=("person",),
                        name="decision_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("chance__gt", 0), ("chance__lt", 1)),
                        name="decision_chance_between",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_held_out", True), ("number__gte", models.F("chance"))),
                            models.Q(("is_held_out", False), ("number__lt", models.F("chance"))),
                            _connector="OR",
                        ),
                        name="decision_as_the_dice_fell",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("is_held_out", False),
                                ("state__in", ("waiting", "called", "skipped")),
                            ),
                            models.Q(("is_held_out", True), ("state__in", ["left", "anyway"])),
                            _connector="OR",
                        ),
                        name="decision_state_of_its_arm",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "skipped"), _negated=True),
                            models.Q(("skipped_because", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="decision_skipped_with_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Sending",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("variant", models.CharField(max_length=20)),
                ("email", models.CharField(max_length=254)),
                ("words", models.TextField(blank=True)),
                ("agrees", models.BooleanField(default=False)),
                ("once", models.CharField(max_length=64, unique=True)),
                ("token", models.CharField(max_length=64, unique=True)),
                ("confirm_digest", models.CharField(max_length=64, unique=True)),
                ("where", models.CharField(db_index=True, max_length=64)),
                ("came", models.JSONField(blank=True, default=dict)),
                ("at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("steps_done", models.JSONField(blank=True, default=dict)),
                (
                    "order",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to="halves.order"
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sendings",
                        to="halves.page",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sendings",
                        to="halves.person",
                    ),
                ),
                (
                    "version_shown",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="halves.version",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["page", "-at"], name="sending_newest")],
            },
        ),
        migrations.CreateModel(
            name="Signal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("open", "opened"), ("click", "clicked")], max_length=10
                    ),
                ),
                ("at", models.DateTimeField()),
                ("machine", models.CharField(blank=True, max_length=40)),
                (
                    "link",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, to="halves.link"
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signals",
                        to="halves.message",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["message", "kind"], name="signal_of_message")],
            },
        ),
        migrations.CreateModel(
            name="Turn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                (
                    "speaker",
                    models.CharField(choices=[("them", "them"), ("us", "us")], max_length=4),
                ),
                ("name", models.CharField(blank=True, max_length=200)),
                ("words", models.TextField()),
                ("at", models.DateTimeField(blank=True, null=True)),
                ("key", models.CharField(blank=True, max_length=200)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="turns",
                        to="halves.conversation",
                    ),
                ),
            ],
            options={
                "ordering": ("position", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("speaker__in", ["them", "us"])),
                        name="turn_speaker_known",
                    ),
                    models.UniqueConstraint(
                        fields=("conversation", "position"), name="turn_in_its_place"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True),
                        fields=("conversation", "key"),
                        name="turn_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Asked",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=10)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="asked",
                        to="halves.conversation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="asked",
                        to="halves.person",
                    ),
                ),
                (
                    "turn",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="asked",
                        to="halves.turn",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "asked",
                "indexes": [models.Index(fields=["kind", "person"], name="asked_of_kind")],
                "constraints": [
                    models.UniqueConstraint(fields=("turn", "kind"), name="asked_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Given",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "answer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="given",
                        to="halves.answer",
                    ),
                ),
                (
                    "concern",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="given",
                        to="halves.concern",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers_given",
                        to="halves.conversation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers_given",
                        to="halves.person",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "turn",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers_given",
                        to="halves.turn",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "given",
                "indexes": [
                    models.Index(fields=["answer", "-at"], name="given_as_answer"),
                    models.Index(fields=["concern", "person"], name="given_on_concern"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("concern", "turn"), name="given_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Heard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveIntegerField()),
                ("words", models.TextField()),
                ("before", models.TextField(blank=True)),
                ("kind", models.CharField(blank=True, max_length=10)),
                ("language", models.CharField(blank=True, max_length=8)),
                ("is_aspiration", models.BooleanField(default=False)),
                ("sure", models.FloatField()),
                ("at", models.DateTimeField()),
                ("is_placed", models.BooleanField(default=False)),
                (
                    "concern",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="heard",
                        to="halves.concern",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="heard",
                        to="halves.conversation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="heard",
                        to="halves.person",
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "turn",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="heard",
                        to="halves.turn",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "heard",
                "indexes": [
                    models.Index(fields=["concern", "-at", "-id"], name="heard_of_concern"),
                    models.Index(fields=["person", "-at"], name="heard_of_person"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("turn", "place"), name="heard_once")
                ],
            },
        ),
        migrations.RunPython(_notice, migrations.RunPython.noop),
    ]
