"""The ledger can be added to, never changed or removed; PostgreSQL also sees that it balances."""

from django.db import migrations

TABLES = ("fees_transfer", "fees_posting")
MESSAGE = "the ledger is append-only"


def forbid(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        schema_editor.execute(
            "CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF (SELECT sum(amount) FROM fees_posting WHERE transfer_id = NEW.transfer_id) <> 0 THEN"
            " RAISE EXCEPTION 'transfer %% does not sum to zero', NEW.transfer_id"
            " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL; END $$"
        )
        # Checked when the transaction commits: one posting alone never balances.
        schema_editor.execute(
            "CREATE CONSTRAINT TRIGGER fees_posting_balances AFTER INSERT ON fees_posting"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances()"
        )
    for table in TABLES:
        if vendor == "postgresql":
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION ledger_append_only()"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"
            )
        else:
            for change in ("UPDATE", "DELETE"):
                schema_editor.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
                )


def allow(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for table in TABLES:
        if vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            schema_editor.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        else:
            for change in ("update", "delete"):
                schema_editor.execute(f"DROP TRIGGER {table}_no_{change}")
    if vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER fees_posting_balances ON fees_posting")
        schema_editor.execute("DROP FUNCTION ledger_append_only()")
        schema_editor.execute("DROP FUNCTION ledger_balances()")


class Migration(migrations.Migration):
    dependencies = [("fees", "0001_initial")]
    operations = [migrations.RunPython(forbid, allow)]
