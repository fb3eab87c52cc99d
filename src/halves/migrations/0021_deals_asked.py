from django.db import migrations

from halves.people.changes import stamps, unstamped

# What the snapshot of audiences copies of deals, their orders, and promises: table, column, through.
STAMPED = (
    ("halves_deal", "person_id", ""),
    ("halves_order", "deal_id", "halves_deal"),
    ("halves_promise", "person_id", ""),
)


def _stamp(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for table, column, through in STAMPED:
        for statement in stamps(vendor, table, column, through=through):
            schema_editor.execute(statement)


def _unstamp(apps, schema_editor):
    for table, column, _through in STAMPED:
        for statement in unstamped(schema_editor.connection.vendor, table, column):
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("halves", "0020_results"),
    ]

    operations = [
        migrations.RunPython(_stamp, _unstamp),
    ]
