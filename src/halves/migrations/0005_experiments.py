"""What experiments keeps."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("halves", "0004_scoreboard")]
    operations = []
