import pytest
from django.db import IntegrityError, connection, transaction

from degreetrack.kit.rows import read_with_told, with_told, without_waiting

pytestmark = pytest.mark.django_db


def test_rows_come_as_a_table_with_their_types():
    said = [
        {"id": 2**40, "words": 'it\'s "so" \\ 100 %s ؛ پتا'},
        {"id": -1, "words": None},
        {"id": 0, "words": ""},
    ]

    found = read_with_told("SELECT id + 1, words FROM told ORDER BY id", said, id="bigint", words="text")

    assert found == [(0, None), (1, ""), (2**40 + 1, said[0]["words"])]


def test_a_statements_own_parameters_follow():
    found = read_with_told(
        "SELECT id FROM told WHERE id > %s AND id < %s", [{"id": 1}, {"id": 2}], 1, 3, id="bigint"
    )

    assert found == [(2,)]


def test_no_rows_are_an_empty_table(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert read_with_told("SELECT id FROM told", [], id="bigint") == []


@pytest.fixture
def seen():
    """A table of numbers, each once."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE seen (id bigint PRIMARY KEY)")
        yield "seen"
        cursor.execute("DROP TABLE seen")


def _all_seen() -> list[int]:
    return [number for (number,) in read_with_told("SELECT id FROM seen ORDER BY id", [], id="bigint")]


def test_rows_are_added_and_taken_away(seen):
    with_told("INSERT INTO seen SELECT id FROM told", [{"id": 5}, {"id": 6}], id="bigint")
    gone = "DELETE FROM seen WHERE id IN (SELECT id FROM told) RETURNING id"

    assert read_with_told(gone, [{"id": 6}, {"id": 7}], id="bigint") == [(6,)]
    assert _all_seen() == [5]


@pytest.mark.django_db(transaction=True)
def test_without_waiting_all_is_written(seen):
    with transaction.atomic(), without_waiting():
        with_told("INSERT INTO seen SELECT id FROM told", [{"id": 1}], id="bigint")
        with_told("INSERT INTO seen SELECT id FROM told", [{"id": 2}], id="bigint")

    assert _all_seen() == [1, 2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("again", [1, 2, 3])
def test_without_waiting_an_error_of_any_undoes_all_and_is_raised(again, seen):
    with_told("INSERT INTO seen SELECT id FROM told", [{"id": 9}], id="bigint")
    numbers = [1, 2, 3]
    numbers[again - 1] = 9

    with pytest.raises(IntegrityError), transaction.atomic(), without_waiting():
        for number in numbers:
            with_told("INSERT INTO seen SELECT id FROM told", [{"id": number}], id="bigint")

    assert _all_seen() == [9]
