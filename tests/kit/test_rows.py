import pytest
from django.db import connection

from degreetrack.kit.rows import with_told

pytestmark = pytest.mark.django_db


def test_rows_come_as_a_table_with_their_types():
    said = [
        {"id": 2**40, "words": 'it\'s "so" \\ 100 %s ؛ پتا'},
        {"id": -1, "words": None},
        {"id": 0, "words": ""},
    ]

    found = with_told("SELECT id + 1, words FROM told ORDER BY id", said, id="bigint", words="text")

    assert found == [(0, None), (1, ""), (2**40 + 1, said[0]["words"])]


def test_a_statements_own_parameters_follow():
    found = with_told(
        "SELECT id FROM told WHERE id > %s AND id < %s", [{"id": 1}, {"id": 2}], 1, 3, id="bigint"
    )

    assert found == [(2,)]


def test_no_rows_are_an_empty_table(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert with_told("SELECT id FROM told", [], id="bigint") == []


def test_what_changes_rows_returns_nothing_unless_asked():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE seen (id bigint)")

    assert with_told("INSERT INTO seen SELECT id FROM told", [{"id": 5}, {"id": 6}], id="bigint") == []
    gone = "DELETE FROM seen WHERE id IN (SELECT id FROM told) RETURNING id"
    assert with_told(gone, [{"id": 6}, {"id": 7}], id="bigint") == [(6,)]
