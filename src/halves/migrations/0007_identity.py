"""What identity keeps: people who are probably one, and which merges the ledger has heard of."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    # After 0008, which was there first: a database that has it is not asked to go back.
    dependencies = [("halves", "0008_keeping")]
    operations = [
        migrations.AddField("merge", "posted_at", models.DateTimeField(null=True)),
        migrations.AddField("merge", "taken_back_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "merge",
            models.Index(
                fields=["id"],
                name="merge_on_its_way",
                condition=Q(posted_at=None) | Q(undone_at__isnull=False, taken_back_at=None),
            ),
        ),
        migrations.AddConstraint(
            "merge", models.CheckConstraint(name="merge_of_two", condition=~Q(kept=F("gone")))
        ),
        migrations.AddConstraint(
            "merge",
            models.UniqueConstraint(
                fields=["gone"], name="merged_away_once", condition=Q(undone_at=None)
            ),
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
                        name="duplicate_older_first", condition=Q(first__lt=F("second"))
                    ),
                    models.CheckConstraint(
                        name="duplicate_probability",
                        condition=Q(probability__gte=0, probability__lte=1),
                    ),
                ],
            },
        ),
    ]
