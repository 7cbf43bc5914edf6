"""Manifests: what goes on them, the numbers that come back, what is taken off, and that all adds up."""

from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from pypdf import PdfReader

from degreetrack.accounts.models import Role
from degreetrack.applications import holds, wishes
from degreetrack.applications import services as applications
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Delivery
from degreetrack.catalogue.services import institution
from degreetrack.issuing import manifests, papers, post_files, queries, waiting
from degreetrack.issuing.models import Manifest, ManifestLine
from degreetrack.journal.services import timeline
from degreetrack.journal.verification import verify
from degreetrack.kit.refusals import Refused
from tests.shelves import HOUSE, outcomes

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender(clerks):
    return clerks(Role.DISPATCH)


def _lines(manifest: Manifest) -> list[ManifestLine]:
    return list(manifest.lines.select_related("application").order_by("position"))


def _send(manifest: Manifest, *, by, first: int = 1) -> None:
    for number, line in enumerate(_lines(manifest), start=first):
        manifests.dispatch(manifest, line, consignment_no=f"TCS-{number:05}", by=by)


def test_a_manifest_takes_what_is_to_be_sent_urgent_first(signed, sender):
    plain, urgent = signed(2), signed(1, urgent=True)
    signed(1, delivery=Delivery.COLLECT, collect_office="lahore")
    signed(1, address="")
    [by_courier] = signed(1, delivery=Delivery.COURIER)

    post = manifests.start_manifest(" Pakistan  Post ", ways=[Delivery.POST], by=sender)
    rest = manifests.start_manifest("TCS", ways=["post", "courier", "collect"], by=sender)

    assert [line.application for line in _lines(post)] == [*urgent, *plain]
    assert [line.application for line in _lines(rest)] == [by_courier]
    assert (post.courier, outcomes(post), waiting.without_address(sender)) == (
        "Pakistan Post",
        ["waiting"] * 3,
        1,
    )
    assert timeline(post.stream)[0].data["after"] == {"courier": "Pakistan Post", "files": 3}
    with pytest.raises(Refused, match="Nothing waits to be sent"):
        manifests.start_manifest("TCS", by=sender)
    for courier, size in (("", 1), ("x" * 41, 1), ("TCS", 0), ("TCS", 501)):
        with pytest.raises(Refused, match="Choose the courier"):
            manifests.start_manifest(courier, size=size, by=sender)


def test_what_came_back_goes_again_once_its_address_is_confirmed(a_manifest, came_back, sender, clerks):
    manifest = a_manifest(2)
    _send(manifest, by=sender)
    first, second = (line.application for line in _lines(manifest))
    counter = clerks(Role.RECEIPT)
    came_back(first)
    came_back(second)
    with pytest.raises(Refused, match="Nothing waits"):
        manifests.start_manifest("TCS", by=sender)
    wishes.change_address(second.tracking_id, by=counter, address=HOUSE)

    again = manifests.start_manifest("TCS", by=sender)

    assert [line.application for line in _lines(again)] == [second]
    assert outcomes(manifest) == ["returned", "returned"]
    manifests.dispatch(again, _lines(again)[0], consignment_no="TCS-90001", by=sender)
    assert (outcomes(manifest), outcomes(again)) == (["returned", "returned"], ["under_way"])
    # It comes back once more: the confirmation of before does not hold any longer.
    came_back(second)
    with pytest.raises(Refused, match="Nothing waits"):
        manifests.start_manifest("TCS", by=sender)


def test_in_somebody_elses_hands_it_does_not_go(signed, sender, person):
    first, second = signed(2)
    assert holds.take_next(person(Role.DISPATCH), State.SIGNED) == first

    manifest = manifests.start_manifest("TCS", by=sender)

    assert [line.application for line in _lines(manifest)] == [second]


def test_a_number_dispatches_its_line_once(a_manifest, sender):
    manifest = a_manifest(2)
    first, second = _lines(manifest)

    assert manifests.dispatch(manifest, first, consignment_no=" tcs 10 01 ", by=sender) is True
    assert manifests.dispatch(manifest, first, consignment_no="TCS1001", by=sender) is False

    with pytest.raises(Refused, match="sent already, with the number TCS1001"):
        manifests.dispatch(manifest, first, consignment_no="TCS1002", by=sender)
    with pytest.raises(Refused, match=f"another document's: manifest {manifest.pk}, line 1"):
        manifests.dispatch(manifest, second, consignment_no="TCS1001", by=sender)
    for wrong in ("", "12", "T" * 41, "=1+12", "١٢٣٤"):
        with pytest.raises(Refused, match="4 to 40 letters"):
            manifests.dispatch(manifest, second, consignment_no=wrong, by=sender)
    case = _lines(manifest)[0].application
    assert (case.state, case.courier, case.consignment_no) == (State.DISPATCHED, "TCS", "TCS1001")
    assert outcomes(manifest) == ["under_way", "waiting"]
    assert [e.verb for e in timeline(case.stream)].count("dispatch") == 1


def test_what_the_table_refuses_stays_on_the_manifest_without_a_number(a_manifest, sender, clerks):
    manifest = a_manifest(2)
    first, second = _lines(manifest)
    wishes.choose_delivery(
        first.application.tracking_id, by=clerks(Role.RECEIPT), way=Delivery.COLLECT, office="lahore"
    )

    with pytest.raises(Refused, match="to be collected at Lahore"):
        manifests.dispatch(manifest, first, consignment_no="TCS1001", by=sender)
    manifests.dispatch(manifest, second, consignment_no="TCS1001", by=sender)

    assert outcomes(manifest) == ["waiting", "under_way"]
    assert _lines(manifest)[0].consignment_no == ""


def test_taken_off_or_closed_it_waits_for_the_next(a_manifest, sender):
    manifest = a_manifest(3)
    first, second, third = _lines(manifest)
    manifests.dispatch(manifest, first, consignment_no="TCS1001", by=sender)
    with pytest.raises(Refused, match="Write the reason"):
        manifests.take_off(manifest, second, reason=" ", by=sender)
    manifests.take_off(manifest, second, reason="Envelope torn", by=sender)
    with pytest.raises(Refused, match="sent already"):
        manifests.take_off(manifest, first, reason="Too late", by=sender)
    with pytest.raises(Refused, match="taken off this manifest: Envelope torn"):
        manifests.dispatch(manifest, second, consignment_no="TCS1002", by=sender)

    assert manifests.close_manifest(manifest, by=sender) == 1

    with pytest.raises(Refused, match="closed already"):
        manifests.close_manifest(manifest, by=sender)
    with pytest.raises(Refused, match="closed without it"):
        manifests.dispatch(manifest, third, consignment_no="TCS1003", by=sender)
    assert outcomes(manifest) == ["under_way", "taken_off", "taken_off"]
    assert queries.balance([manifest]) == {
        manifest.pk: {"waiting": 0, "under_way": 1, "delivered": 0, "returned": 0, "taken_off": 2}
    }
    again = manifests.start_manifest("TCS", by=sender)
    assert [line.application for line in _lines(again)] == [second.application, third.application]
    assert verify() == []


def test_the_outcome_follows_the_case_whoever_moved_it(a_manifest, came_back, sender, clerks):
    manifest = a_manifest(4)
    _send(manifest, by=sender)
    delivered, back, collected, again = (line.application for line in _lines(manifest))
    applications.move(delivered.tracking_id, "deliver", by=sender)
    for one in (back, collected, again):
        came_back(one)
    applications.move(
        collected.tracking_id, "hand_over", by=clerks(Role.RECEIPT), handed_to="Gul", cnic_seen=True
    )
    applications.move(again.tracking_id, "dispatch", by=sender, courier="TCS", consignment_no="TCS-7")
    applications.move(again.tracking_id, "deliver", by=sender)

    assert outcomes(manifest) == ["delivered", "returned", "returned", "returned"]


def test_the_database_keeps_one_number_and_one_waiting_line_for_each(a_manifest, sender):
    manifest = a_manifest(2)
    first, second = _lines(manifest)
    manifests.dispatch(manifest, first, consignment_no="TCS1001", by=sender)
    lines = ManifestLine.objects
    for wrong in (
        lambda: lines.filter(pk=second.pk).update(consignment_no="TCS1001", sent_at=manifest.started_at),
        lambda: lines.filter(pk=second.pk).update(consignment_no="TCS1002"),
        lambda: lines.filter(pk=first.pk).update(taken_off_at=manifest.started_at),
        lambda: lines.create(manifest=manifest, position=9, application=second.application, courier="TCS"),
        lambda: lines.filter(pk=second.pk).update(position=1),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_the_list_holds_names_and_addresses_and_nothing_else(a_manifest, sender):
    manifest = a_manifest(2)
    first, second = _lines(manifest)
    manifests.take_off(manifest, first, reason="Envelope torn", by=sender)
    type(second.application).objects.filter(pk=second.application_id).update(address='=1, "Mall", Lahore')

    rows = papers.as_csv(manifest)
    pages = PdfReader(BytesIO(papers.as_pdf(manifest, institution=institution()))).pages

    assert rows == (
        "\ufeffposition,tracking_id,name,address,consignment_no\r\n"
        f'2,{second.application.tracking_id},Ayesha Siddiqa,"\'=1, ""Mall"", Lahore",\r\n'
    )
    text = pages[0].extract_text()
    assert (len(pages), first.application.tracking_id in text) == (1, False)
    for said in (
        f"Manifest {manifest.pk} for TCS",
        second.application.tracking_id,
        "Ayesha Siddiqa",
        "Together: 1",
    ):
        assert said in text
    for hidden in ("00501", "+92", "Imran", "ayesha@"):
        assert hidden not in text


def test_a_long_list_runs_over_pages_and_urdu_addresses_are_pointed_to(a_manifest):
    manifest = a_manifest(20, address="مکان نمبر ۵، گلی نمبر ۹، راولپنڈی")

    pages = PdfReader(BytesIO(papers.as_pdf(manifest, institution=institution()))).pages

    assert len(pages) == 2
    assert (
        pages[0].extract_text().count("see the list printed")
        + pages[1].extract_text().count("see the list printed")
        == 20
    )
    assert "page 2" in pages[1].extract_text()


def test_each_service_knows_its_section(a_manifest, clerks):
    manifest = a_manifest(1)
    [line] = _lines(manifest)
    for role in Role:
        if role in (Role.CLOCK, Role.DISPATCH):
            continue
        by = clerks(role)
        for act in (
            lambda: manifests.start_manifest("TCS", by=by),  # noqa: B023
            lambda: manifests.dispatch(manifest, line, consignment_no="TCS1001", by=by),  # noqa: B023
            lambda: manifests.take_off(manifest, line, reason="Torn", by=by),  # noqa: B023
            lambda: manifests.close_manifest(manifest, by=by),  # noqa: B023
            lambda: post_files.take_consignments(manifest, b"", name="x", by=by),  # noqa: B023
            lambda: post_files.take_deliveries("TCS", b"", name="x", by=by),  # noqa: B023
        ):
            with pytest.raises(Refused, match="Only this section does this"):
                act()
    assert outcomes(manifest) == ["waiting"]
