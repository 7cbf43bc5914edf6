"""Migrations run while the version before still serves."""

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid
from django.core.management import call_command
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models.functions import Random

from degreetrack.accounts.models import Section
from degreetrack.kit.migrating import AddIndexWhileServing, RemoveIndexWhileServing
from tests.migration_linter import faults, recorded

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="judged by PostgreSQL's SQL")
NAME_INDEX = models.Index(fields=["name_en"], name="section_by_name")


def _sql(migration: migrations.Migration, state: ProjectState) -> list[str]:
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(state, editor, collect_sql=True)
    return editor.collected_sql


def test_the_recorded_migrations_are_all_still_there():
    ours = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}

    assert recorded() - ours == set()


@on_postgresql
def test_every_migration_since_the_recorded_ones_is_safe_while_serving():
    loader = MigrationLoader(None)
    found = {}
    for app, name in sorted(loader.disk_migrations):
        migration = loader.disk_migrations[app, name]
        if migration.__module__.startswith("degreetrack.") and f"{app}.{name}" not in recorded():
            state = loader.project_state((app, name), at_end=False)
            safe = getattr(__import__(migration.__module__, fromlist=["SAFE"]), "SAFE", {})
            assert all(len(why) > 20 for why in safe.values()), "SAFE tells why, in a sentence"
            found[f"{app}.{name}"] = faults(_sql(migration, state), safe=safe)

    assert {name: codes for name, codes in found.items() if codes} == {}


def _field(**more) -> migrations.AddField:
    return migrations.AddField("section", "note", models.CharField(max_length=9, **more))


@on_postgresql
@pytest.mark.parametrize(
    ("operation", "codes"),
    [
        (_field(default=""), ["NOT_NULL"]),
        (_field(default="", db_default=""), []),
        (_field(null=True), []),
        (_field(null=True, unique=True), ["ADD_CONSTRAINT", "CREATE_INDEX"]),
        (_field(null=True, db_index=True), ["CREATE_INDEX"]),
        (migrations.AddField("section", "n", models.FloatField(db_default=Random())), ["REWRITE"]),
        (migrations.RemoveField("section", "name_ur"), ["DROP_COLUMN"]),
        (migrations.RenameField("section", "name_ur", "urdu"), ["RENAME_COLUMN"]),
        (migrations.RenameModel("section", "desk"), ["ADD_CONSTRAINT", "RENAME_TABLE"]),
        (migrations.DeleteModel("section"), ["DROP_TABLE"]),
        (
            migrations.AlterField("section", "order", models.BigIntegerField(default=0)),
            ["ALTER_COLUMN"],
        ),
        (
            migrations.AlterField("user", "section", models.ForeignKey(Section, on_delete=models.PROTECT)),
            ["ADD_CONSTRAINT", "NOT_NULL"],
        ),
        (migrations.AddIndex("section", NAME_INDEX), ["CREATE_INDEX"]),
        (
            migrations.AddConstraint(
                "section", models.CheckConstraint(condition=models.Q(order__gt=0), name="in_order")
            ),
            ["ADD_CONSTRAINT"],
        ),
        (
            AddConstraintNotValid(
                "section", models.CheckConstraint(condition=models.Q(order__gt=0), name="in_order")
            ),
            [],
        ),
        (migrations.RunPython(migrations.RunPython.noop), ["DATA"]),
    ],
)
def test_what_would_hurt_while_serving_is_caught(operation, codes):
    migration = migrations.Migration("trial", "accounts")
    migration.operations = [operation]

    assert faults(_sql(migration, MigrationLoader(None).project_state())) == codes


@on_postgresql
def test_a_foreign_key_on_a_table_with_rows_is_caught_and_one_that_was_looked_at_is_not():
    migration = migrations.Migration("trial", "accounts")
    key = models.ForeignKey(Section, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    migration.operations = [migrations.AddField("right", "other", key)]
    statements = _sql(migration, MigrationLoader(None).project_state())

    assert faults(statements) == ["ADD_CONSTRAINT"]
    assert faults(statements, safe={"ADD_CONSTRAINT": "a small table"}) == []


@pytest.mark.django_db(transaction=True)
def test_an_index_comes_and_goes_while_serving_on_both_databases():
    before = MigrationLoader(None).project_state()
    adding, removing = (migrations.Migration(name, "accounts") for name in ("adding", "removing"))
    adding.atomic = removing.atomic = False
    adding.operations = [AddIndexWhileServing("section", NAME_INDEX)]
    removing.operations = [RemoveIndexWhileServing("section", NAME_INDEX.name)]
    if connection.vendor == "postgresql":
        assert faults(_sql(adding, before.clone())) == []
    found = []
    for migration in (adding, removing):
        with connection.schema_editor(atomic=False) as editor:
            before = migration.apply(before, editor)
        with connection.cursor() as cursor:
            found.append(
                "section_by_name" in connection.introspection.get_constraints(cursor, Section._meta.db_table)
            )

    assert found == [True, False]


@on_postgresql
def test_migrate_gives_up_rather_than_make_everybody_wait(capsys):
    call_command("migrate", verbosity=0)

    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("5s",)
        cursor.execute("RESET lock_timeout")
