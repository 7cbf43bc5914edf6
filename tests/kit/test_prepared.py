"""Statements asked past the driver's cursors, against a real PostgreSQL; on SQLite the ordinary way."""

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from degreetrack.kit.prepared import asked, asked_in_turn, tell, together
from degreetrack.kit.rows import read_with_told

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


@pytest.fixture
def noted(transactional_db):
    """A table of numbers, each once."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE noted (number bigint PRIMARY KEY, words text)")
    # The connection may be a new one, which the watch has found.
    connections["default"].execute_wrappers.clear()
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE noted")


_NOTE = "INSERT INTO noted VALUES (%s, %s)"


def _numbers(link=connection) -> list[int]:
    with link.cursor() as cursor:
        cursor.execute("SELECT number FROM noted ORDER BY number")
        return [number for (number,) in cursor.fetchall()]


def test_what_is_told_together_is_there_for_others_at_the_end(noted):
    other = connection.copy()
    with transaction.atomic(), together():
        tell(_NOTE, [1, "one"])
        tell(_NOTE, [2, None])

    assert _numbers(other) == [1, 2]
    other.close()


@on_postgresql
def test_told_together_nothing_travels_before_the_end_but_what_a_read_needs(noted):
    with transaction.atomic(), together():
        tell(_NOTE, [1, "one"])
        before = _numbers()
        read = read_with_told("SELECT number FROM noted, told", [{"id": 1}], id="bigint")
        tell(_NOTE, [2, "two"])

    assert (before, read) == ([], [(1,)])
    assert _numbers() == [1, 2]


@pytest.mark.parametrize("again", [1, 2, 3])
def test_an_error_of_any_told_together_undoes_all_and_the_connection_goes_on(again, noted):
    tell(_NOTE, [9, ""])
    numbers = [1, 2, 3]
    numbers[again - 1] = 9

    for _twice in range(2):
        with pytest.raises(IntegrityError), transaction.atomic(), together():
            for number in numbers:
                tell(_NOTE, [number, ""])

    assert _numbers() == [9]
    with transaction.atomic(), together():
        tell(_NOTE, [4, ""])
    assert _numbers() == [4, 9]


def test_told_together_within_another_block_it_stands_or_falls_with_that_one(noted):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        with transaction.atomic(), together():
            tell(_NOTE, [1, "one"])
        assert _numbers() == [1]
        raise ZeroDivisionError

    assert _numbers() == []


@on_postgresql
def test_a_text_that_would_be_cut_off_is_refused_before_anything_travels(noted):
    with pytest.raises(DatabaseError, match="NUL"), transaction.atomic(), together():
        tell(_NOTE, [1, "one"])
        tell(_NOTE, [2, "tw\0o"])

    assert _numbers() == []


@on_postgresql
def test_what_is_asked_in_turn_begins_the_transaction_around_it(noted):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        number = "INSERT INTO noted VALUES (%s, '') RETURNING to_json(number)"
        assert asked_in_turn((number, [1]), ("SELECT to_json(number) FROM noted", [])) == [[1], [1]]
        raise ZeroDivisionError

    assert _numbers() == []


@on_postgresql
def test_a_connection_cut_while_something_travels_is_told_and_the_next_is_whole(noted):
    with pytest.raises(OperationalError), transaction.atomic():
        asked_in_turn(("SELECT to_json(pg_terminate_backend(pg_backend_pid()))", []), (STATEMENT, ["lot"]))
    connection.close_if_unusable_or_obsolete()

    assert _numbers() == []
    with transaction.atomic():
        assert asked_in_turn((STATEMENT, ["lot"])) == [[["credentials", "lot"]]]
