"""Several clerks at the same instant: no file on two runs or manifests, no blank beside two files."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from degreetrack.accounts.models import Role
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.credentials.balance import check_stock
from degreetrack.credentials.models import Blank, Fate
from degreetrack.issuing import manifests, runs
from degreetrack.issuing.models import ManifestLine, RunLine
from degreetrack.journal.verification import verify
from degreetrack.kit.refusals import Refused
from tests.shelves import lines_of

pytestmark = pytest.mark.django_db(transaction=True)


def _at_once(acts: list[Callable[[], object]]) -> list[object]:
    start = threading.Barrier(len(acts))
    outcomes: list[object] = []

    def act(one: Callable[[], object]) -> None:
        start.wait()
        try:
            outcomes.append(one())
        except Refused as refusal:
            outcomes.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(one,)) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_runs_that_start_at_once_share_files_and_blanks_out(stock, files, person):
    stock(9)
    files(6)
    people = [person(Role.PRINTING) for _ in range(4)]

    outcomes = _at_once([lambda by=by: runs.start_run("PC", size=2, by=by) for by in people])

    assert sum(not isinstance(outcome, str) for outcome in outcomes) == 3
    beside = list(RunLine.objects.values_list("application", "blank"))
    assert len(beside) == len({case for case, _ in beside}) == len({blank for _, blank in beside}) == 6
    assert list(check_stock()) == []


def test_of_many_who_print_or_spoil_one_line_at_once_all_adds_up(a_run, person, clerks):
    run = a_run(3)
    people = [person(Role.PRINTING) for _ in range(4)]
    first = lines_of(run)[0]

    def act(place: int, by) -> object:
        if place % 2:
            return runs.spoil(run, first, reason="Jam", by=by)
        return runs.printed(run, lines_of(run), by=by)

    _at_once([lambda place=place, by=by: act(place, by) for place, by in enumerate(people)])
    runs.close_run(run, by=clerks(Role.PRINTING))

    printed = Application.objects.filter(state=State.PRINTED).count()
    assert Blank.objects.filter(fate=Fate.PRINTED).count() == printed >= 2
    assert Blank.objects.filter(fate=Fate.ISSUED).count() == 0
    assert list(check_stock()) == []
    assert verify() == []


def test_manifests_that_start_at_once_share_the_files_and_numbers_out(signed, person):
    signed(4)
    people = [person(Role.DISPATCH) for _ in range(4)]

    outcomes = _at_once([lambda by=by: manifests.start_manifest("TCS", size=2, by=by) for by in people])
    made = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    assert len(made) == 2
    assert ManifestLine.objects.count() == 4
    lines = list(ManifestLine.objects.select_related("manifest"))
    told = _at_once(
        [
            lambda line=line, by=by: manifests.dispatch(line.manifest, line, consignment_no="TCS1001", by=by)
            for line, by in zip(lines, people, strict=True)
        ]
    )

    assert told.count(True) == 1
    assert Application.objects.filter(state=State.DISPATCHED).count() == 1
    assert sum("another document's" in str(outcome) for outcome in told) == 3
