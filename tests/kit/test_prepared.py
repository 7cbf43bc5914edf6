"""Statements asked past the driver's cursors, against a real PostgreSQL; on SQLite the ordinary way."""

import pytest
from django.db import DatabaseError, OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from degreetrack.kit.prepared import asked

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="prepared on PostgreSQL alone")
_JSON = "json_build_array" if connection.vendor == "postgresql" else "json_array"
STATEMENT = f"SELECT {_JSON}(app_label, model) FROM django_content_type WHERE model = %s"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _unwatched(monkeypatch):
    """The run's own watch over what goes to the database would have every statement take the ordinary way."""
    monkeypatch.setattr(connections["default"], "execute_wrappers", [])


def test_each_row_is_one_value_read_from_json():
    assert asked(STATEMENT, "lot") == [["credentials", "lot"]]
    assert asked(STATEMENT, "nowhere") == []


def test_where_statements_are_watched_it_is_seen_and_answers_the_same():
    with CaptureQueriesContext(connection) as seen:
        assert asked(STATEMENT, "lot") == [["credentials", "lot"]]

    assert len(seen) == 1


@on_postgresql
def test_a_statement_is_prepared_once_for_a_connection():
    for code in ("lot", "run", "nowhere", "' OR '1'='1"):
        asked(STATEMENT, code)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement = %s",
            [STATEMENT.replace("%s", "$1")],
        )
        [(times,)] = cursor.fetchall()
    assert times >= 4


@on_postgresql
@pytest.mark.parametrize(
    "statement", ["SELECT nothing FROM nowhere WHERE a = %s", "SELECT 1 / (%s::int - 1)"]
)
def test_what_the_database_refuses_is_raised_as_its_error(statement, transactional_db):
    with pytest.raises(DatabaseError):
        asked(statement, 1)
    connection.close()


@on_postgresql
def test_a_connection_that_was_cut_is_told_and_the_next_request_has_another(transactional_db):
    asked(STATEMENT, "lot")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [(backend,)] = cursor.fetchall()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
    other.close()

    with pytest.raises(OperationalError):
        asked(STATEMENT, "lot")
    connection.close_if_unusable_or_obsolete()

    assert asked(STATEMENT, "lot") == [["credentials", "lot"]]
