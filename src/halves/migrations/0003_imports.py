"""What imports keeps."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def _id():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


_STATES = [
    ("asking", "needs an answer"),
    ("ready", "ready"),
    ("checked", "looked through"),
    ("done", "brought in"),
    ("undone", "taken back"),
    ("refused", "cannot be read"),
]


class Migration(migrations.Migration):
    dependencies = [("halves", "0002_search")]
    operations = [
        migrations.CreateModel(
            name="ImportPart",
            fields=[
                ("id", _id()),
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
            name="AccountKey",
            fields=[
                ("id", _id()),
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
            name="ImportRun",
            fields=[
                ("id", _id()),
                ("name", models.CharField(max_length=200)),
                ("file", models.CharField(blank=True, max_length=100)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("at", models.DateTimeField()),
                ("state", models.CharField(choices=_STATES, default="asking", max_length=10)),
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
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="halves.job",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-at", "-id"], name="import_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", [state for state, _ in _STATES])),
                        name="import_state_known",
                    )
                ],
            },
        ),
    ]
