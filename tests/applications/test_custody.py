"""Where the paper lies: received, handed over, taken back, and told in words."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone, translation

from degreetrack.accounts.models import Role, Section
from degreetrack.applications import custody, services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Delivery, Route
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from tests.life import somebody

pytestmark = pytest.mark.django_db
# A Thursday.
NOON = timezone.make_aware(datetime(2026, 11, 26, 12))


@pytest.fixture
def seated(aiou, django_user_model):
    """Somebody who sits in one of the institution's own sections."""

    def make(section: str, **more):
        name = f"{section}{django_user_model.objects.count()}"
        return django_user_model.objects.create_user(
            name, f"{name}@example.org", "x", section_id=section, **more
        )

    return make


def _section(code: str) -> Section:
    return Section.objects.get(pk=code)


def _lies(application: Application) -> tuple:
    row = Application.objects.get(pk=application.pk)
    return row.paper_section_id, row.paper_office, row.paper_to_id


def _verbs(application: Application) -> list[str]:
    return [entry.verb for entry in timeline(application.stream) if entry.verb.startswith("paper")]


def _trail(application: Application, now: datetime = NOON) -> list[str]:
    return [stop.sentence for stop in custody.trail(timeline(application.stream), now=now)]


@pytest.mark.parametrize(
    ("route", "lies"),
    [
        (Route.COUNTER, ("receipt", "", None)),
        (Route.POST, ("receipt", "", None)),
        (Route.ONLINE, (None, "", None)),
    ],
)
def test_a_paper_application_lies_where_it_was_received_and_an_online_one_nowhere(
    route, lies, seated, a_result
):
    application = services.submit(a_result(), by=seated("receipt"), kind="PC", route=route, at=NOON)

    assert _lies(application) == lies
    assert _trail(application) == (
        ["Your paper file is with Receipt and Issuance since today."] if lies[0] else []
    )


def test_the_trail_tells_the_way_in_words_and_both_languages(seated, a_result):
    receipt, scrutiny = seated("receipt"), seated("scrutiny")
    application = services.submit(a_result(), by=receipt, kind="PC", at=NOON - timedelta(days=20))
    custody.hand_over(
        application.tracking_id, to=_section("scrutiny"), by=receipt, at=NOON - timedelta(days=3)
    )
    sent = _trail(application)
    custody.receive_paper(application.tracking_id, by=scrutiny, at=NOON - timedelta(days=2))

    assert sent[-1] == ("Your paper file is on its way from Receipt and Issuance to Scrutiny since Monday.")
    assert _trail(application) == [
        "Your paper file is with Receipt and Issuance since 6 November 2026.",
        "Your paper file is on its way from Receipt and Issuance to Scrutiny since Monday.",
        "Your paper file is with Scrutiny since Tuesday.",
    ]
    with translation.override("ur"):
        [*_, last] = custody.trail(timeline(application.stream), now=NOON)
        assert (last.place, last.day) == ("جانچ پڑتال", "منگل")
    assert _lies(application) == ("scrutiny", "", None)


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "today"), (1, "Wednesday"), (6, "Friday"), (7, "19 November 2026"), (-1, "today")],
)
def test_a_day_is_told_as_people_say_it(days, said):
    assert custody.when(NOON - timedelta(days=days), now=NOON) == said


def test_a_day_is_the_offices_day_not_londons():
    night = timezone.make_aware(datetime(2026, 11, 26, 0, 30))

    assert custody.when(night - timedelta(hours=1), now=night) == "Wednesday"


def test_a_second_scan_in_the_same_section_changes_nothing(seated, a_result):
    scrutiny, colleague = seated("scrutiny"), seated("scrutiny")
    application = services.submit(a_result(), by=seated("receipt"), kind="PC", at=NOON)
    custody.receive_paper(application.tracking_id, by=scrutiny, at=NOON)

    with pytest.raises(custody.Already, match="It is here already, since Thursday"):
        custody.receive_paper(application.tracking_id, by=colleague, at=NOON + timedelta(days=1))

    assert _verbs(application) == ["paper_received"]
    assert Application.objects.get().paper_since == NOON


def test_a_file_is_handed_over_from_where_it_lies_only(seated, a_result):
    scrutiny = seated("scrutiny")
    application = services.submit(a_result(), by=seated("receipt"), kind="PC", at=NOON)

    with pytest.raises(Refused, match=r"receive it first\. It is with Receipt and Issuance since today"):
        custody.hand_over(application.tracking_id, to=_section("approval"), by=scrutiny, at=NOON)
    custody.receive_paper(application.tracking_id, by=scrutiny, at=NOON)
    with pytest.raises(Refused, match="your own section"):
        custody.hand_over(application.tracking_id, to=_section("scrutiny"), by=scrutiny, at=NOON)
    custody.hand_over(application.tracking_id, to=_section("approval"), by=scrutiny, at=NOON)
    with pytest.raises(custody.Already, match="on its way to Approval already, since today"):
        custody.hand_over(application.tracking_id, to=_section("approval"), by=scrutiny, at=NOON)

    assert _verbs(application) == ["paper_received", "paper_sent"]
    assert _lies(application) == ("scrutiny", "", "approval")
    assert custody.where(Application.objects.get(), now=NOON) == (
        "It is on its way from Scrutiny to Approval since today, not yet received."
    )


def test_an_online_case_without_paper_is_handed_over_by_nobody(seated, a_result):
    application = services.submit(a_result(), by=seated("receipt"), kind="PC", route=Route.ONLINE)

    with pytest.raises(Refused, match="No section has received a paper file"):
        custody.hand_over(application.tracking_id, to=_section("approval"), by=seated("scrutiny"))


def test_what_came_back_to_its_sender_is_received_again(seated, a_result):
    receipt = seated("receipt")
    application = services.submit(a_result(), by=receipt, kind="PC", at=NOON)
    custody.hand_over(application.tracking_id, to=_section("scrutiny"), by=receipt, at=NOON)

    custody.receive_paper(application.tracking_id, by=receipt, at=NOON)

    assert _lies(application) == ("receipt", "", None)


def test_undoing_is_a_new_entry_and_leaves_the_trail_as_it_was(seated, a_result):
    receipt, scrutiny = seated("receipt"), seated("scrutiny")
    application = services.submit(a_result(), by=receipt, kind="PC", at=NOON - timedelta(days=2))
    custody.hand_over(application.tracking_id, to=_section("scrutiny"), by=receipt, at=NOON)
    before = _trail(application)
    custody.receive_paper(application.tracking_id, by=scrutiny, at=NOON)

    custody.undo(application.tracking_id, by=scrutiny, at=NOON)

    assert _verbs(application) == ["paper_sent", "paper_received", "paper_undone"]
    assert _trail(application) == before
    assert _lies(application) == ("receipt", "", "scrutiny")
    custody.undo(application.tracking_id, by=receipt, at=NOON)
    row = Application.objects.get()
    assert (_lies(row), row.paper_since) == (("receipt", "", None), NOON - timedelta(days=2))
    with pytest.raises(Refused, match="nothing of yours to undo"):
        custody.undo(application.tracking_id, by=receipt, at=NOON)


def test_nobody_undoes_what_another_did(seated, a_result):
    application = services.submit(a_result(), by=seated("receipt"), kind="PC")
    custody.receive_paper(application.tracking_id, by=seated("scrutiny"))

    with pytest.raises(Refused, match="Somebody else has had this file since"):
        custody.undo(application.tracking_id, by=seated("approval"))


@pytest.mark.parametrize("section", ["audit", "controller"])
def test_those_who_only_read_carry_nothing(section, seated, a_result):
    application = services.submit(a_result(), by=seated("receipt"), kind="PC")

    for act in (
        lambda by: custody.receive_paper(application.tracking_id, by=by),
        lambda by: custody.hand_over(application.tracking_id, to=_section("scrutiny"), by=by),
        lambda by: custody.undo(application.tracking_id, by=by),
    ):
        with pytest.raises(Refused, match="does not carry paper files"):
            act(seated(section))
    assert _verbs(application) == []


def test_a_regional_office_carries_its_own_files_only(seated, a_result):
    lahore, karachi = seated("regional", office="lahore"), seated("regional", office="karachi")
    application = services.submit(a_result(), by=lahore, kind="PC", at=NOON)

    with pytest.raises(Refused, match="not yours to see"):
        custody.receive_paper(application.tracking_id, by=karachi)
    assert _trail(application) == ["Your paper file is with Regional office, Lahore since today."]

    custody.hand_over(application.tracking_id, to=_section("receipt"), by=lahore, at=NOON)
    receipt = seated("receipt")
    custody.receive_paper(application.tracking_id, by=receipt, at=NOON)
    with pytest.raises(Refused, match="nothing to do with this file"):
        custody.hand_over(application.tracking_id, to=_section("regional"), office="karachi", by=receipt)
    Application.objects.update(delivery=Delivery.COLLECT, collect_office="karachi")
    custody.hand_over(application.tracking_id, to=_section("regional"), office="karachi", by=receipt, at=NOON)
    custody.receive_paper(application.tracking_id, by=karachi, at=NOON)

    assert _lies(application) == ("regional", "karachi", None)


@pytest.mark.parametrize("state", [State.DELIVERED, State.REJECTED, State.WITHDRAWN])
def test_the_paper_of_a_closed_case_moves_no_more(state, seated, in_state):
    application = in_state(state)

    with pytest.raises(custody.Ended, match="This case is closed: "):
        custody.receive_paper(application.tracking_id, by=seated("dispatch"))


def test_destinations_are_every_working_place_but_ones_own(seated):
    places = dict(custody.destinations(seated("printing")))

    assert "printing" not in places
    assert not {"audit", "controller", "regional"} & places.keys()
    assert places["regional@lahore"] == "Regional office, Lahore"
    assert len(places) == 6 + 50
    assert "regional@lahore" not in dict(custody.destinations(seated("regional", office="lahore")))


def test_a_role_without_a_section_carries_nothing(in_state):
    assert custody.may_carry(somebody(Role.RECEIPT, in_state())) is False
