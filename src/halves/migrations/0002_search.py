"""Full-text search over people's words: FTS5 on SQLite, a GIN index on PostgreSQL."""

from django.db import migrations

SQLITE = (
    "CREATE VIRTUAL TABLE person_words USING fts5("
    "words, content='halves_person', content_rowid='id', prefix='2 3')",
    "CREATE TRIGGER person_words_added AFTER INSERT ON halves_person BEGIN "
    "INSERT INTO person_words(rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER person_words_gone AFTER DELETE ON halves_person BEGIN "
    "INSERT INTO person_words(person_words, rowid, words) "
    "VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER person_words_changed AFTER UPDATE OF words ON halves_person "
    "WHEN old.words IS NOT new.words BEGIN "
    "INSERT INTO person_words(person_words, rowid, words) "
    "VALUES ('delete', old.id, old.words); "
    "INSERT INTO person_words(rowid, words) VALUES (new.id, new.words); END",
)
POSTGRESQL = (
    "CREATE INDEX person_words ON halves_person USING gin (to_tsvector('simple', words))",
)


def _add(apps, schema_editor):
    statements = {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]
    for statement in statements:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("halves", "0001_initial")]
    operations = [migrations.RunPython(_add, migrations.RunPython.noop)]
