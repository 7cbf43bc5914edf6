"""One scan after another at the desk, each with its verdict in words."""

import pytest

from degreetrack.accounts.models import Role, Section
from degreetrack.applications import scans
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.applications.scans import Mode, Sort, Verdict
from degreetrack.journal.services import timeline
from degreetrack.kit import tracking_ids

pytestmark = pytest.mark.django_db


@pytest.fixture
def printer(aiou, person):
    """Somebody of the section Printing."""
    return person(Role.PRINTING, section_of="printing")


@pytest.fixture
def person(person):
    """As everywhere, but seated in one of the institution's own sections where one is named."""

    def make(role: str, section_of: str = "", **more):
        user = person(role, **more)
        if section_of:
            user.section = Section.objects.get(pk=section_of)
            user.save()
            user = type(user).objects.get(pk=user.pk)
        return user

    return make


def _sound(tracking_id: str) -> None:
    """Only sound IDs can be told from misread ones."""
    assert tracking_ids.is_sound(tracking_id)


def test_a_scan_receives_and_the_next_of_the_same_is_double(printer, in_state):
    application = in_state()
    typed = f"DT:{application.tracking_id}"

    first = scans.scan(typed, by=printer, mode=Mode.RECEIVE)
    second = scans.scan(typed.lower(), by=printer, mode=Mode.RECEIVE, last=first.tracking_id)
    third = scans.scan(typed, by=printer, mode=Mode.RECEIVE)

    assert first == Verdict(Sort.DONE, "Received here.", application.tracking_id)
    assert (second.sort, second.words) == (Sort.DOUBLE, "Scanned twice in a row: it was done once.")
    assert (third.sort, third.words) == (Sort.ALREADY, "It is here already, since today.")
    verbs = [entry.verb for entry in timeline(application.stream)]
    assert verbs.count("paper_received") == 1


def test_a_scan_hands_over_to_the_section_that_was_chosen(printer, in_state):
    application = in_state()
    scans.scan(application.tracking_id, by=printer, mode=Mode.RECEIVE)

    wrong = scans.scan(application.tracking_id, by=printer, mode=Mode.HAND_OVER, to="audit")
    verdict = scans.scan(application.tracking_id, by=printer, mode=Mode.HAND_OVER, to="signature")

    assert (wrong.sort, wrong.words) == (Sort.REFUSED, "Choose the section to hand over to first.")
    assert verdict == Verdict(Sort.DONE, "Handed over to Signature.", application.tracking_id)
    assert Application.objects.get().paper_to_id == "signature"


def test_finding_says_where_the_file_is_and_changes_nothing(printer, clerks, in_state):
    application = in_state()
    scans.scan(application.tracking_id, by=printer, mode=Mode.RECEIVE)
    before = len(timeline(application.stream))

    for by in (printer, clerks(Role.AUDITOR)):
        verdict = scans.scan(application.tracking_id, by=by, mode=Mode.FIND, last=application.tracking_id)
        assert verdict == Verdict(
            Sort.FOUND,
            "Received, waiting for checking · It is with Printing since today.",
            application.tracking_id,
        )
    assert len(timeline(application.stream)) == before


def test_a_misread_character_is_named_with_the_file_that_is_meant(printer, in_state):
    tracking_id = in_state().tracking_id
    _sound(tracking_id)
    other = "4" if tracking_id[4] != "4" else "7"

    verdict = scans.scan(tracking_id[:4] + other + tracking_id[5:], by=printer, mode=Mode.RECEIVE)

    assert verdict == Verdict(Sort.WRONG, f"Character 4 looks wrong: is it {tracking_id}? Scan it again.")


def test_a_misread_code_names_no_file_of_another_office(person, in_state, aiou):
    tracking_id = in_state(office="lahore").tracking_id
    other = "4" if tracking_id[4] != "4" else "7"
    karachi = person(Role.REGIONAL, section_of="regional", office="karachi")

    verdict = scans.scan(tracking_id[:4] + other + tracking_id[5:], by=karachi, mode=Mode.RECEIVE)

    assert verdict.sort == Sort.WRONG
    assert tracking_id not in verdict.words


def test_a_character_that_no_id_has_is_named(printer):
    verdict = scans.scan("EBN-0GZ-2G33", by=printer, mode=Mode.RECEIVE)

    assert verdict.words == "Character 4 cannot be right: no ID has a “0”. Scan it again."


def test_another_offices_file_and_none_at_all_read_alike(person, in_state, aiou):
    karachi = person(Role.REGIONAL, section_of="regional", office="karachi")
    application = in_state(office="lahore")
    nobodys = tracking_ids.new()

    verdicts = {
        scans.scan(typed, by=karachi, mode=mode)
        for typed in (application.tracking_id, nobodys)
        for mode in Mode
    }

    assert verdicts == {Verdict(Sort.UNKNOWN, "There is no such application, or it is not yours to see.")}


@pytest.mark.parametrize(
    ("typed", "sort"),
    [
        ("8961014123454", Sort.FOREIGN),
        ("https://elsewhere.example/status/EBN-AGZ-2G33/", Sort.FOREIGN),
        ("EBN-AGZ-2G3", Sort.WRONG),
        ("EBN-AGZ-2G33", Sort.WRONG),
        ("کتاب", Sort.FOREIGN),
        ("", Sort.FOREIGN),
    ],
)
def test_what_is_no_file_of_ours_is_told_so(typed, sort, printer):
    assert scans.scan(typed, by=printer, mode=Mode.RECEIVE, hosts={"testserver"}).sort == sort


def test_a_closed_case_is_told_and_stays(printer, in_state):
    application = in_state(State.WITHDRAWN)

    verdict = scans.scan(application.tracking_id, by=printer, mode=Mode.RECEIVE)

    assert verdict == Verdict(
        Sort.CLOSED,
        "This case is closed: Closed: withdrawn. Its paper belongs to the archive.",
        application.tracking_id,
    )
    assert Application.objects.get().paper_section_id == "only-receipt"


def test_an_old_id_whose_check_does_not_fit_is_found_all_the_same(printer, in_state):
    Application.objects.filter(pk=in_state().pk).update(tracking_id="EBN-AGZ-2G33")

    assert scans.scan("DT:EBN-AGZ-2G33", by=printer, mode=Mode.RECEIVE).sort == Sort.DONE


def test_those_who_only_read_receive_nothing(clerks, in_state):
    application = in_state()

    verdict = scans.scan(application.tracking_id, by=clerks(Role.AUDITOR), mode=Mode.RECEIVE)

    assert (verdict.sort, verdict.words) == (Sort.REFUSED, "Your section does not carry paper files.")
