"""Values that can be erased, months that go into archives; the guards let just that through."""

from importlib import import_module

from django.db import migrations, models

MESSAGE = "the journal is append-only"
SAME = ("id", "stream", "sequence", "at", "actor_id", "actor_name", "verb", "previous", "digest")
# A value may go with its salt; the chain proves that nothing else was done.
ERASES = "OLD.veil IS NOT NULL AND {veil} NOT LIKE '%\"salt\"%' AND NEW.reason IN (OLD.reason, '')"
# What lies in an archive may go, but never the last entry of a stream, which the next one follows.
ENTRY_GOES = (
    "EXISTS (SELECT 1 FROM journal_archive a WHERE a.last_entry >= OLD.id) AND EXISTS"
    " (SELECT 1 FROM journal_entry n WHERE n.stream = OLD.stream AND n.sequence > OLD.sequence)"
)
HEAD_GOES = (
    "EXISTS (SELECT 1 FROM journal_archive a JOIN journal_seal s ON s.id = OLD.seal_id"
    " WHERE a.last_entry >= s.last_entry)"
)


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        _forbid_on_postgresql(schema_editor.execute)
        return
    same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in SAME)
    for table, change, allowed in (
        ("journal_entry", "UPDATE", f"{ERASES.format(veil='NEW.veil')} AND {same}"),
        ("journal_entry", "DELETE", ENTRY_GOES),
        ("journal_seal", "UPDATE", "0"),
        ("journal_seal", "DELETE", "0"),
        ("journal_sealedstream", "UPDATE", "0"),
        ("journal_sealedstream", "DELETE", HEAD_GOES),
    ):
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
            f" WHEN ({allowed}) IS NOT TRUE BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )


def _forbid_on_postgresql(execute):
    refuse = f"RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';"
    rows = [f"({', '.join(f'{row}.{name}' for name in SAME)})" for row in ("NEW", "OLD")]
    erases = f"{ERASES.format(veil='NEW.veil::text')} AND {rows[0]} IS NOT DISTINCT FROM {rows[1]}"
    for function, body in (
        ("journal_append_only", refuse),
        (
            "journal_entry_kept",
            f"IF TG_OP = 'UPDATE' THEN IF {erases} THEN RETURN NEW; END IF;"
            f" ELSIF {ENTRY_GOES} THEN RETURN OLD; END IF; {refuse}",
        ),
        (
            "journal_head_kept",
            f"IF TG_OP = 'DELETE' THEN IF {HEAD_GOES} THEN RETURN OLD; END IF; END IF; {refuse}",
        ),
    ):
        execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$", None
        )
    for table, function in (
        ("journal_entry", "journal_entry_kept"),
        ("journal_seal", "journal_append_only"),
        ("journal_sealedstream", "journal_head_kept"),
    ):
        execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()"
        )


def allow(apps, schema_editor):
    first.allow(apps, schema_editor)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION journal_entry_kept()")
        schema_editor.execute("DROP FUNCTION journal_head_kept()")


first = import_module("degreetrack.journal.migrations.0002_append_only")


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_audit_indexes")]
    operations = [
        migrations.RunPython(first.allow, first.forbid),
        migrations.AddField("entry", "veil", models.JSONField(null=True, help_text='erasable: {"after.bearer": {"salt": ...}}, {"erased": ...} once it was')),
        migrations.CreateModel(
            name="Archive",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("of", models.CharField(help_text="journal or notices", max_length=10)),
                ("month", models.DateField(help_text="its first day")),
                ("part", models.PositiveSmallIntegerField(help_text="1, 2 ... of the month")),
                ("name", models.CharField(help_text="in the archives' store", max_length=100, unique=True)),
                ("sha256", models.CharField(max_length=64)),
                ("rows", models.PositiveIntegerField()),
                ("bytes", models.PositiveBigIntegerField()),
                ("last_entry", models.BigIntegerField(default=0, help_text="of the journal's: the last that it holds")),
                ("made_at", models.DateTimeField()),
                ("emptied_at", models.DateTimeField(help_text="when what it holds was gone from the tables", null=True)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("of", "month", "part"), name="archived_once")]},
        ),
        migrations.RunPython(forbid, allow),
    ]
