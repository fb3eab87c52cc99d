"""What scoreboard keeps."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("halves", "0003_imports")]
    operations = []
