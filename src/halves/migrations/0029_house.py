"""A new home in one step; an older one goes the steps that this stands for."""

from importlib import import_module
from pathlib import Path

from django.db import migrations
from django.db.migrations.operations.base import Operation


def _steps() -> list[str]:
    """Names of the steps up to this one's number, in order."""
    here = Path(__file__)
    names = sorted(one.stem for one in here.parent.glob("[0-9]*.py"))
    return [name for name in names if name != here.stem and name[:4] <= here.stem[:4]]


def _operations() -> list[Operation]:
    steps = [import_module(f"halves.migrations.{name}").Migration for name in _steps()]
    return [one for step in steps for one in step.operations]


class Everything(Operation):
    """The tables as they are after all steps, each made once.

    Step by step, Django draws up every model anew after each of some four hundred changes.
    """

    reversible = False

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)
        for one in _operations():
            one.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        database = schema_editor.connection.alias
        for model in to_state.apps.get_app_config(app_label).get_models():
            if self.allow_migrate_model(database, model):
                schema_editor.create_model(model)
        for one in _operations():
            if isinstance(one, migrations.RunPython):
                one.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return "Make every table as it is after all steps"


class Migration(migrations.Migration):
    replaces = [("halves", name) for name in _steps()]
    initial = True
    dependencies = []
    operations = [Everything()]
