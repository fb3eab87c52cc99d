"""What experiments keeps."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("halves", "0004_scoreboard"),
    ]

    operations = [
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
        ),
        migrations.AddIndex(
            model_name="experiment",
            index=models.Index(fields=["state", "-id"], name="experiment_by_state"),
        ),
        migrations.AddConstraint(
            model_name="experiment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "registered", "running", "stopped", "read"])
                ),
                name="experiment_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="experiment",
            constraint=models.CheckConstraint(
                condition=models.Q(("share__gt", 0), ("share__lt", 1)),
                name="experiment_share_between",
            ),
        ),
        migrations.AddConstraint(
            model_name="experiment",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends__gt", models.F("starts"))),
                name="experiment_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="experiment",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="experiment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("started_at", None), ("state__in", ["draft", "registered"])),
                    ("state", "stopped"),
                    models.Q(("started_at__isnull", False), ("state__in", ["running", "read"])),
                    _connector="OR",
                ),
                name="experiment_runs_once_started",
            ),
        ),
        migrations.AddConstraint(
            model_name="experiment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "stopped"), _negated=True),
                    ("stopped_at__isnull", False),
                    _connector="OR",
                ),
                name="experiment_stopped_at_a_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="experiment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("read_at__isnull", False), ("result__isnull", False), ("state", "read")
                    ),
                    models.Q(models.Q(("state", "read"), _negated=True), ("read_at", None)),
                    _connector="OR",
                ),
                name="experiment_read_has_result",
            ),
        ),
        migrations.AddConstraint(
            model_name="armsbatch",
            constraint=models.UniqueConstraint(
                fields=("experiment", "number"), name="arms_batch_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="armsbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("posted_at", None), ("frozen_at__isnull", False), _connector="OR"
                ),
                name="arms_posted_once_frozen",
            ),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.UniqueConstraint(fields=("experiment", "at"), name="look_once"),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["unit_id"], name="member_by_unit"),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(
                fields=("experiment", "unit_id"), name="member_in_one_arm"
            ),
        ),
        migrations.AddConstraint(
            model_name="platformlift",
            constraint=models.CheckConstraint(
                condition=models.Q(("se__gt", 0)), name="lift_error_above_zero"
            ),
        ),
        migrations.AddConstraint(
            model_name="platformlift",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends__gt", models.F("starts"))), name="lift_ends_after_start"
            ),
        ),
    ]
