"""The arithmetic by hand."""

import pytest

from degreetrack.applications.life_tables import LifeTable


def _table(*stays: tuple[int, int, bool]) -> LifeTable:
    table = LifeTable()
    for first, last, done in stays:
        table.add(first, last, done=done)
    return table


def test_where_all_are_seen_whole_it_is_the_plain_quantile():
    table = _table(*[(0, day, True) for day in range(1, 21)])

    assert [table.day_by_which(share) for share in (0.05, 0.5, 0.85, 1.0)] == [1, 10, 17, 20]
    assert table.cases == 20


def test_one_still_open_counts_until_it_is_out_of_sight():
    # Of four, one is done on day 2 (1/4); one goes out of sight on day 3; of two one on day 5 (1/2 of 3/4).
    table = _table((0, 2, True), (0, 3, False), (0, 5, True), (0, 9, False))

    assert table.day_by_which(0.25) == 2
    assert table.day_by_which(0.625) == 5
    assert table.day_by_which(0.63) is None
    assert table.cases == 2


def test_one_that_came_into_sight_late_counts_only_from_then():
    # On day 1 one of two is seen and done; the third comes into sight on day 4: of two one is done on day 6.
    table = _table((0, 1, True), (0, 8, False), (4, 6, True))

    assert [table.day_by_which(share) for share in (0.5, 0.75, 0.76)] == [1, 6, None]


def test_a_weight_of_two_is_two_cases():
    heavy, twice = LifeTable(), _table((0, 1, True), (0, 1, True), (0, 4, True))
    heavy.add(0, 1, done=True, weight=2)
    heavy.add(0, 4, done=True)

    assert [heavy.day_by_which(share) for share in (0.6, 0.7)] == [1, 4]
    assert [twice.day_by_which(share) for share in (0.6, 0.7)] == [1, 4]


@pytest.mark.parametrize("share", [0.5, 0.85])
def test_of_nothing_nothing_is_known(share):
    assert LifeTable().day_by_which(share) is None
    assert _table((0, 30, False)).day_by_which(share) is None
