"""What imports keeps."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("halves", "0002_search")]
    operations = []
