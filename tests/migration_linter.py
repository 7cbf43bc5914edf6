"""Which migrations can run while the version before still serves, judged by their SQL for PostgreSQL.

django-migration-linter's rules, with what they lack. `python -m tests.migration_linter record` notes down
today's migrations as those that have run everywhere and are judged no more: at a release, never between.
"""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from django_migration_linter.sql_analyser.analyser import analyse_sql_statements
from django_migration_linter.sql_analyser.base import Check, CheckMode, CheckType
from django_migration_linter.sql_analyser.postgresql import PostgresqlAnalyser

BASELINE = Path(__file__).parent / "migrations_before.txt"


def _checks_rows(statements: list[str], **_more: object) -> bool:
    """A constraint that reads every row of a table that was there before, and locks it meanwhile."""
    made = {found[1] for one in statements if (found := re.match(r'CREATE TABLE ("\w+")', one))}
    for one in statements:
        table = re.match(r'ALTER TABLE ("\w+")', one)
        if table and table[1] not in made and "NOT VALID" not in one:
            if re.search(r"ADD CONSTRAINT .* (CHECK|FOREIGN KEY|EXCLUDE)", one):
                return True
            if re.search(r"ADD COLUMN .* (REFERENCES|UNIQUE)", one):
                return True
    return False


def _without_default(one: str, **_more: object) -> bool:
    """The version before would write rows without it: Django drops a default of its own at once."""
    if re.search(r"ALTER COLUMN .* (SET NOT NULL|DROP DEFAULT)", one):
        return True
    return "ADD COLUMN" in one and "NOT NULL" in one and "DEFAULT" not in one


def _rewrites(one: str, **_more: object) -> bool:
    volatile = r"gen_random_uuid|random\(|clock_timestamp|GENERATED (ALWAYS|BY DEFAULT)"
    return "ADD COLUMN" in one and bool(re.search(volatile, one, re.IGNORECASE))


def _in_python(one: str, **_more: object) -> bool:
    return "CANNOT BE WRITTEN AS SQL" in one


ONE, ALL, ERROR = CheckMode.ONE_LINER, CheckMode.TRANSACTION, CheckType.ERROR


class Analyser(PostgresqlAnalyser):
    """The package's rules and ours."""

    migration_checks = [
        *PostgresqlAnalyser.migration_checks,
        Check("NOT_NULL", _without_default, "NOT NULL without db_default", ONE, ERROR),
        Check("ADD_CONSTRAINT", _checks_rows, "reads the whole table, locked", ALL, ERROR),
        Check("REWRITE", _rewrites, "rewrites the table", ONE, ERROR),
        Check("DATA", _in_python, "changes rows", ONE, ERROR),
    ]


def faults(statements: Iterable[str], *, safe: Iterable[str] = ()) -> list[str]:
    """The codes of what may not run while serving, without those that somebody looked at (`SAFE`)."""
    one_line = [" ".join(one.split()) for one in statements]
    errors, _ignored, warnings = analyse_sql_statements(Analyser, one_line, safe)
    return sorted({issue.code for issue in [*errors, *warnings]})


def recorded() -> set[str]:
    """The migrations that have run everywhere, as `app.name`."""
    return set(BASELINE.read_text(encoding="utf-8").split())


if __name__ == "__main__":
    assert sys.argv[1:] == ["record"]
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django
    from django.db.migrations.loader import MigrationLoader

    django.setup()
    known = MigrationLoader(None).disk_migrations.values()
    ours = sorted(f"{one.app_label}.{one.name}" for one in known if one.__module__.startswith("degreetrack."))
    BASELINE.write_text("\n".join(ours) + "\n", encoding="utf-8")
