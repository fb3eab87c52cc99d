"""What scoreboard keeps."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("halves", "0003_imports")]
    operations = [
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
    ]
