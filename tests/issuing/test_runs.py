"""Print runs: what they take, what becomes of spoilt blanks, and what goes back at the end."""

import pytest

from degreetrack.accounts.models import Right, Role
from degreetrack.applications import holds
from degreetrack.applications import services as applications
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.credentials.balance import balance, check_stock
from degreetrack.credentials.models import Lot, StockLine
from degreetrack.issuing import queries, runs, signing
from degreetrack.issuing.models import Run
from degreetrack.journal.services import timeline
from degreetrack.journal.verification import verify
from degreetrack.kit.refusals import Refused
from tests.shelves import lines_of, numbers_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def printer(clerks):
    return clerks(Role.PRINTING)


def _fates() -> dict[str, int]:
    return {fate: number for fate, number in balance(Lot.objects.first()).items() if number}


def _states(run: Run) -> list[str]:
    return [line.application.state for line in lines_of(run)]


def test_a_run_takes_urgent_files_first_and_blanks_in_order(stock, files, printer):
    stock(10)
    plain, urgent = files(2), files(1, urgent=True)
    files(1, kind="DEGREE")
    files(1, State.VERIFIED)

    run = runs.start_run("PC", size=50, by=printer)

    assert [line.application for line in lines_of(run)] == [*urgent, *plain]
    assert numbers_of(run) == ["PC-00001", "PC-00002", "PC-00003"]
    assert _fates() == {"in_store": 7, "issued": 3}
    assert timeline(run.stream)[0].data["after"] == {"kind": "PC", "files": 3, "waiting": 0}


def test_a_file_is_in_one_open_run_and_in_nobody_elses_hands(stock, files, printer, person):
    stock(10)
    first, second, third = files(3)
    holds.take_next(person(Role.PRINTING), State.APPROVED)

    one = runs.start_run("PC", size=1, by=printer)
    two = runs.start_run("PC", size=9, by=printer)

    assert [line.application for line in lines_of(one) + lines_of(two)] == [second, third]
    with pytest.raises(Refused, match="Nothing of this kind waits"):
        runs.start_run("PC", size=9, by=printer)
    assert first.state == State.APPROVED
    assert Run.objects.count() == 2


def test_a_run_is_as_long_as_the_stock_and_none_without_it(stock, files, printer):
    files(3)
    with pytest.raises(Refused, match="The store has no blank for: Provisional certificate"):
        runs.start_run("PC", size=3, by=printer)
    stock(2)

    run = runs.start_run("PC", size=3, by=printer)

    assert numbers_of(run) == ["PC-00001", "PC-00002"]
    assert timeline(run.stream)[0].data["after"]["waiting"] == 1
    for kind, size in (("PC", 0), ("PC", 201), ("LETTER", 1)):
        with pytest.raises(Refused, match="1 to 200 files"):
            runs.start_run(kind, size=size, by=printer)


def test_printing_a_run_makes_the_real_moves_and_tells_the_refused(a_run, printer, clerks):
    run = a_run(3)
    elsewhere = lines_of(run)[1].application
    applications.move(elsewhere.tracking_id, "print", by=printer, stock_no="PC-00008")

    told = runs.printed(run, lines_of(run), by=printer)

    assert [line.position for line in told.done] == [1, 3]
    assert [(line.position, why) for line, why in told.refused] == [
        (2, "“Print” is not possible now. The application stands at: Printed, waiting for signature.")
    ]
    assert _states(run) == [State.PRINTED] * 3
    entry = timeline(lines_of(run)[0].application.stream)[-1]
    assert (entry.verb, entry.data["after"]["stock_no"]) == ("print", "PC-00001")
    assert _fates() == {"in_store": 4, "issued": 1, "printed": 3}
    # The one that was printed elsewhere is not on this run's sheet.
    assert [line.position for line in signing.sheet(run)] == [1, 3]
    assert runs.close_run(run, by=printer) == 1
    assert _fates() == {"in_store": 5, "printed": 3}


def test_a_blank_spoilt_before_or_after_its_print_gives_way_to_the_next(a_run, printer):
    run = a_run(2)
    first, second = lines_of(run)
    runs.printed(run, [second], by=printer)

    assert runs.spoil(run, first, reason="Jam", by=printer).number == "PC-00003"
    assert runs.spoil(run, second, reason="Ink ran", by=printer).number == "PC-00004"

    assert numbers_of(run) == ["PC-00003", "PC-00004"]
    assert _states(run) == [State.APPROVED] * 2
    assert _fates() == {"in_store": 3, "issued": 2, "spoiled": 2}
    assert [e.verb for e in timeline(second.application.stream)][-2:] == ["print", "spoil"]
    assert [e.reason for e in timeline(run.stream) if e.verb == "run_spoiled"] == ["Jam", "Ink ran"]
    assert runs.printed(run, lines_of(run), by=printer).refused == []
    assert _fates() == {"in_store": 3, "printed": 2, "spoiled": 2}


def test_a_line_without_a_blank_is_printed_once_it_has_one(a_run, stock, printer):
    run = a_run(2, blanks=2)
    first, second = lines_of(run)
    runs.printed(run, [second], by=printer)
    applications.move(second.application.tracking_id, "spoil", by=printer, reason="Seen at the case")

    assert runs.spoil(run, first, reason="Jam", by=printer) is None
    assert numbers_of(run) == ["", "PC-00002"]
    told = runs.printed(run, lines_of(run), by=printer)
    assert {why for _line, why in told.refused} == {"Its blank is spoilt: take the next blank for it first."}
    with pytest.raises(Refused, match="spoilt already"):
        runs.spoil(run, first, reason="Again", by=printer)
    with pytest.raises(Refused, match="The store has no blank"):
        runs.next_blank(run, first, by=printer)
    stock(5)
    runs.next_blank(run, first, by=printer)
    runs.next_blank(run, second, by=printer)
    with pytest.raises(Refused, match="It has a blank: PC-01001"):
        runs.next_blank(run, first, by=printer)
    assert runs.printed(run, lines_of(run), by=printer).refused == []
    assert numbers_of(run) == ["PC-01001", "PC-01002"]
    assert list(check_stock()) == []


def test_a_spoil_without_a_reason_changes_nothing(a_run, printer):
    run = a_run(2)
    first, second = lines_of(run)
    runs.printed(run, [second], by=printer)

    for line in (first, second):
        with pytest.raises(Refused, match="Write the reason"):
            runs.spoil(run, line, reason=" ", by=printer)

    assert numbers_of(run) == ["PC-00001", "PC-00002"]
    assert _fates() == {"in_store": 5, "issued": 1, "printed": 1}


def test_what_is_signed_is_not_spoiled_on_the_run(a_run, printer, clerks):
    run = a_run(1)
    runs.printed(run, lines_of(run), by=printer)
    signing.sign_sheet(run, signing.sheet(run), by=clerks(Role.SIGNATURE))

    with pytest.raises(Refused, match="is not possible now"):
        runs.spoil(run, lines_of(run)[0], reason="Smudged", by=printer)

    assert (_states(run), numbers_of(run)) == ([State.SIGNED], ["PC-00001"])


def test_closing_gives_back_blanks_and_files(a_run, printer):
    run = a_run(3)
    first, second, third = lines_of(run)
    runs.printed(run, [first], by=printer)
    runs.spoil(run, second, reason="Jam", by=printer)

    assert runs.close_run(run, by=printer) == 2

    assert _fates() == {"in_store": 6, "printed": 1, "spoiled": 1}
    for act in (
        lambda: runs.close_run(run, by=printer),
        lambda: runs.spoil(run, third, reason="Jam", by=printer),
        lambda: runs.next_blank(run, third, by=printer),
    ):
        with pytest.raises(Refused, match="closed"):
            act()
    [(_line, why)] = runs.printed(run, [third], by=printer).refused
    assert why == "This run is closed: go on at the case itself."
    again = runs.start_run("PC", size=9, by=printer)
    assert [line.application for line in lines_of(again)] == [second.application, third.application]
    assert numbers_of(again) == ["PC-00003", "PC-00004"]
    assert verify() == []


def test_a_sheet_is_signed_whole_and_each_refused_one_is_told(a_run, printer, clerks, person):
    run = a_run(3)
    signer, other = clerks(Role.SIGNATURE), person(Role.SIGNATURE)
    runs.printed(run, lines_of(run), by=printer)
    sheet = list(signing.sheet(run))
    held = holds.take_next(other, State.PRINTED)

    told = signing.sign_sheet(run, sheet, by=signer)

    assert [line.position for line in told.done] == [2, 3]
    [(line, why)] = told.refused
    assert (line.application, why.startswith(f"{other.display_name} has this file in hand")) == (held, True)
    assert _states(run) == [State.PRINTED, State.SIGNED, State.SIGNED]
    entry = timeline(run.stream)[-1]
    assert (entry.verb, entry.data["after"]) == ("run_signed", {"lines": [2, 3], "refused": 1})
    [(_line, why)] = signing.sign_sheet(run, sheet[1:2], by=signer).refused
    assert why.startswith("“Sign” is not possible now.")


def test_nothing_of_another_run_is_touched(a_run, printer, clerks):
    one, two = a_run(1), a_run(1)
    runs.printed(two, lines_of(two), by=printer)

    with pytest.raises(Refused, match="no such line on this run"):
        runs.spoil(one, lines_of(two)[0], reason="Jam", by=printer)
    [(_line, why)] = signing.sign_sheet(one, signing.sheet(two), by=clerks(Role.SIGNATURE)).refused

    assert why == "There is no such line on this run."
    assert _states(two) == [State.PRINTED]


def test_each_service_knows_its_section(a_run, clerks):
    run = a_run(1)
    [line] = lines_of(run)
    lines = StockLine.objects.count()
    for role in Role:
        if role in (Role.CLOCK, Role.PRINTING):
            continue
        by = clerks(role)
        acts = [
            lambda: runs.start_run("PC", size=1, by=by),  # noqa: B023
            lambda: runs.printed(run, [line], by=by),  # noqa: B023
            lambda: runs.spoil(run, line, reason="Jam", by=by),  # noqa: B023
            lambda: runs.next_blank(run, line, by=by),  # noqa: B023
            lambda: runs.close_run(run, by=by),  # noqa: B023
        ]
        if role != Role.SIGNATURE:
            acts.append(lambda: signing.sign_sheet(run, [line], by=by))  # noqa: B023
        for act in acts:
            with pytest.raises(Refused, match="Only this section does this"):
                act()
    assert (StockLine.objects.count(), Application.objects.get().state) == (lines, State.APPROVED)


def test_a_regional_office_has_its_own_runs(stock, in_state, person, printer):
    stock(10)
    people = []
    for office in ("lahore", "swat"):
        user = person(Role.REGIONAL, office=office)
        people.append(user)
    for role in (Role.PRINTING, Role.SIGNATURE):
        Right.objects.create(section=user.section, office=Right.EVERYWHERE, role=role)
    lahore, swat = (type(user).objects.get(pk=user.pk) for user in people)
    ours, theirs = in_state(State.APPROVED, office="lahore"), in_state(State.APPROVED, office="swat")

    run = runs.start_run("PC", size=9, by=lahore)

    assert [line.application for line in lines_of(run)] == [ours]
    [(_line, why)] = runs.printed(run, lines_of(run), by=swat).refused
    assert why == "There is no such list, or it is not yours to see."
    with pytest.raises(Refused, match="not yours to see"):
        signing.sign_sheet(run, lines_of(run), by=swat)
    with pytest.raises(Refused, match="not yours to see"):
        runs.close_run(run, by=swat)
    assert list(queries.runs(swat)) == []
    assert list(queries.runs(lahore)) == list(queries.runs(printer)) == [run]
    assert theirs.state == State.APPROVED
