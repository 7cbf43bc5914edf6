"""Worklists with filters, saved views and totals; moves in bulk; assignment: through real requests."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applications import batches, worklists
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Batch, Checked, Hold, SavedView
from degreetrack.catalogue.models import ChecklistItem
from degreetrack.records.models import Result
from tests.applications.test_holds import files

pytestmark = pytest.mark.django_db
LIST = "/staff/work/received/"


def _ids(page: str) -> list[str]:
    return re.findall(r'href="/staff/case/([^/]+)/"', page)


def _text(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


@pytest.fixture
def three(in_state, clerks, person):
    """Three files of which each filter finds one: an old degree, an urgent one of Lahore, one in hand."""
    first, second, third = (
        in_state(kind="DEGREE"),
        in_state(urgent=True, office="lahore", issue="DUPLICATE"),
        in_state(),
    )
    then = timezone.now() - timedelta(days=40)
    today = timezone.localdate()
    late = today - timedelta(days=1)
    Application.objects.filter(pk=first.pk).update(received_at=then, state_since=then, due_on=late)
    Application.objects.filter(pk=second.pk).update(due_on=today)
    Result.objects.filter(pk=second.result_id).update(programme="SSC")
    Hold.objects.create(
        application=third, user=clerks(Role.SCRUTINY), taken_at=then,
        until=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    return first, second, third


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("", [1, 0, 2]),
        ("kind=DEGREE", [0]),
        ("issue=DUPLICATE", [1]),
        ("urgent=yes", [1]),
        ("urgent=no", [0, 2]),
        ("office=lahore", [1]),
        ("office=hq", [0, 2]),
        ("level=matric", [1]),
        ("received_to={ago20}", [0]),
        ("received_from={ago20}", [1, 2]),
        ("received_from={today}&received_to={today}", [1, 2]),
        ("waiting=30", [0]),
        ("waiting=50", []),
        ("due=late", [0]),
        ("due=today", [1, 0]),
        ("hand=mine", [2]),
        ("hand=somebody", [2]),
        ("hand=nobody", [1, 0]),
        ("hand=nobody&kind=PC", [1]),
        ("kind=MEDAL&urgent=yes", [1]),
    ],
)
def test_each_filter_finds_its_files_keeps_its_values_and_counts(query, places, desk, three):
    today = timezone.localdate()
    query = query.format(today=today, ago20=today - timedelta(days=20))

    answer = desk(Role.SCRUTINY).get(f"{LIST}?{query}")

    page = answer.content.decode()
    assert _ids(page) == [three[place].tracking_id for place in places]
    assert f" {len(places)} file" in _text(answer)
    for name, value in re.findall(r"(\w+)=([^&]+)", query):
        if value != "MEDAL":
            assert re.search(rf'name="{name}" value="{value}"|value="{value}" selected', page), name


def test_nonsense_in_a_filter_is_ignored_and_said(desk, three):
    answer = desk(Role.SCRUTINY).get(f"{LIST}?waiting=x&received_from=yesterday&kind=DEGREE&office=mars")

    text = _text(answer)
    assert _ids(answer.content.decode()) == [three[0].tracking_id]
    assert "makes no sense and is ignored: Received at, Received from, Waiting here longer than" in text


@pytest.mark.parametrize("query", ["", "?kind=PC&hand=nobody&urgent=no&office=hq&waiting=0&level=bachelor"])
def test_a_list_asks_as_much_for_one_row_as_for_three_with_any_filter(
    query, desk, in_state, django_assert_num_queries
):
    client = desk(Role.SCRUTINY)
    for rows in (1, 2):
        for _ in range(rows):
            in_state()
        with django_assert_num_queries(9):
            client.get(LIST + query)


def test_the_home_page_asks_as_much_for_one_view_and_file_as_for_three(
    desk, in_state, clerks, django_assert_num_queries
):
    client = desk(Role.SCRUTINY)
    for number in (1, 2):
        for place in range(number):
            in_state()
            worklists.save_view(clerks(Role.SCRUTINY), name=f"{number} {place}", state="received", query="")
    SavedView.objects.exclude(name="1 0").delete()
    with django_assert_num_queries(10):
        client.get("/staff/")


def test_totals_are_exact_up_to_a_thousand(desk, aiou):
    files(1000)
    client = desk(Role.SCRUTINY)
    assert "1000 files." in _text(client.get(LIST))
    assert "1,000" in _text(client.get("/staff/"))
    Application.objects.filter(tracking_id="AAA-000-0007").update(urgent=True)

    assert " 1 file." in _text(client.get(f"{LIST}?urgent=yes"))


def test_above_a_thousand_a_total_says_so(desk, aiou):
    files(1001)
    client = desk(Role.SCRUTINY)

    assert "More than 1000 files." in _text(client.get(LIST))
    assert "1,000+" in _text(client.get("/staff/"))
    level = Result.objects.first().programme.level_id
    assert "More than 200 files." in _text(client.get(f"{LIST}?level={level}"))


def test_a_view_is_kept_shown_with_its_total_opened_and_deleted(desk, three, client, person):
    browser = desk(Role.SCRUTINY)
    given = {"name": " Degrees  first ", "query": "kind=DEGREE&waiting=x"}

    assert browser.post(f"{LIST}view/", given)["Location"] == f"{LIST}?kind=DEGREE"
    view = SavedView.objects.get()
    home = browser.get("/staff/").content.decode()
    assert (view.name, view.query) == ("Degrees first", "kind=DEGREE")
    assert f'href="{LIST}?kind=DEGREE"><b>Degrees first</b></a> <bdi>1</bdi>' in home
    client.force_login(person(Role.SCRUTINY))
    client.post(f"/staff/view/{view.pk}/delete/")
    assert "Degrees first" not in client.get("/staff/").content.decode()
    assert SavedView.objects.count() == 1
    desk(Role.SCRUTINY).post(f"/staff/view/{view.pk}/delete/")
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize("name", ["", "x" * 61])
def test_a_view_needs_a_name(name, desk, aiou):
    answer = desk(Role.SCRUTINY).post(f"{LIST}view/", {"name": name}, follow=True)

    assert "Give the view a name of 1 to 60 letters." in _text(answer)
    assert SavedView.objects.count() == 0


def test_nobody_keeps_more_than_twenty_views(desk, clerks, aiou):
    for number in range(20):
        worklists.save_view(clerks(Role.SCRUTINY), name=str(number), state="received", query="")

    answer = desk(Role.SCRUTINY).post(f"{LIST}view/", {"name": "one more"}, follow=True)

    assert "You have 20 saved views; delete one first." in _text(answer)
    desk(Role.SCRUTINY).post(f"{LIST}view/", {"name": "7", "query": "urgent=yes"})
    assert SavedView.objects.get(name="7").query == "urgent=yes"


def test_the_next_file_is_one_of_the_filtered_list_and_so_is_the_one_after(desk, three, in_state):
    degree, urgent, mine = three
    other = in_state(kind="DEGREE")
    Hold.objects.all().delete()
    client = desk(Role.SCRUTINY)

    first = client.post("/staff/next/received/", {"query": "kind=DEGREE"})["Location"]
    assert first == f"/staff/case/{degree.tracking_id}/?then=next&kind=DEGREE"
    then = re.search(r'name="then" value="([^"]+)"', client.get(first).content.decode())[1]
    second = client.post(f"/staff/case/{degree.tracking_id}/check/", {"then": then.replace("&amp;", "&")})
    assert second["Location"] == f"/staff/case/{other.tracking_id}/?then=next&kind=DEGREE"
    last = client.post(f"/staff/case/{other.tracking_id}/check/", {"then": "then=next&kind=DEGREE"})
    assert last["Location"] == f"{LIST}?kind=DEGREE"
    assert {urgent.tracking_id, mine.tracking_id} == set(_ids(client.get(LIST).content.decode()))


def test_a_refused_move_keeps_the_way_to_the_next_file(desk, in_state):
    application = in_state(State.CHECKED)

    answer = desk(Role.VERIFICATION).post(
        f"/staff/case/{application.tracking_id}/send_back/", {"then": "then=next"}
    )

    assert answer.status_code == 409
    assert 'name="then" value="then=next"' in answer.content.decode()


def test_all_that_match_are_confirmed_in_words_and_moved_with_the_reason(desk, three):
    client = desk(Role.APPROVAL)
    asked = {"verb": "reject", "which": "all", "query": "urgent=no&hand=nobody", "file": three[1].tracking_id}

    confirm = _text(client.post(f"{LIST}bulk/", asked))
    assert "Reject: 1 file" in confirm
    assert "Which all that match the filter Urgency Ordinary In hand nobody's" in confirm
    refused = client.post(f"{LIST}bulk/", asked | {"confirmed": "1"})
    assert "Write the reason" in _text(refused)
    assert Batch.objects.count() == 0
    answer = client.post(f"{LIST}bulk/", asked | {"confirmed": "1", "reason": "Made twice by mistake"})
    batch = Batch.objects.get()
    assert answer["Location"] == f"/staff/batches/{batch.pk}/"
    text = _text(client.get(answer["Location"]))
    assert "Reject: 1 file Finished" in text
    assert "Done 1 Refused 0 Left 0" in text
    states = dict(Application.objects.values_list("pk", "state"))
    assert [states[row.pk] for row in three] == ["rejected", "received", "received"]


def test_ticked_ones_are_moved_and_each_refused_is_told_with_its_reason(desk, three, client):
    client = desk(Role.APPROVAL)
    chosen = [three[0].tracking_id, three[2].tracking_id]
    asked = {"verb": "reject", "which": "chosen", "file": chosen, "reason": "Made twice"}

    assert "Which the ticked files" in _text(client.post(f"{LIST}bulk/", asked))
    page = client.post(f"{LIST}bulk/", asked | {"confirmed": "1"}, follow=True)

    text = _text(page)
    assert "Done 1 Refused 1 Left 0" in text
    assert "has this file in hand until" in text
    batch = Batch.objects.get()
    sheet = client.get(f"/staff/batches/{batch.pk}/refused.csv")
    assert sheet["Content-Type"] == "text/csv; charset=utf-8"
    lines = sheet.content.decode().splitlines()
    assert lines[0] == "\ufeffDegree tracking ID,Reason"
    assert lines[1].startswith(f'{three[2].tracking_id},"')
    assert len(lines) == 2


@pytest.mark.parametrize(
    "asked",
    [
        {"verb": "reject", "which": "chosen"},
        {"verb": "reject", "which": "chosen", "confirmed": "1", "reason": "as told"},
        {"verb": "approve", "which": "all"},
        {"verb": "verify", "which": "all", "confirmed": "1"},
        {"verb": "", "which": "all"},
    ],
)
def test_what_may_not_be_done_in_bulk_goes_back_to_the_list(asked, desk, three):
    answer = desk(Role.APPROVAL).post(f"{LIST}bulk/", asked)

    assert answer["Location"] == LIST
    assert Batch.objects.count() == 0


def test_who_makes_no_move_there_sees_no_boxes_and_begins_nothing(desk, three):
    for role in (Role.AUDITOR, Role.CONTROLLER, Role.DISPATCH):
        client = desk(role)
        page = client.get(LIST).content.decode()
        assert 'name="file"' not in page
        assert "Many at once" not in page
        client.post(f"{LIST}bulk/", {"verb": "check", "which": "all", "confirmed": "1"})
    assert Batch.objects.count() == 0
    assert set(Application.objects.values_list("state", flat=True)) == {"received"}


def test_a_batch_is_seen_and_steered_by_whom_it_concerns(client, person, aiou):
    files(2)
    asker = person(Role.SCRUTINY, username="asker")
    head = person(Role.SCRUTINY, supervisor=True)
    batch = batches.begin(asker, verb="check", state=State.RECEIVED)
    path = f"/staff/batches/{batch.pk}/"

    for role, office in ((Role.SCRUTINY, ""), (Role.APPROVAL, ""), (Role.SCRUTINY, "lahore")):
        client.force_login(person(role, office=office))
        assert client.get(path).status_code == 404
        assert client.post(f"{path}stop/").status_code == 404
        assert client.get(f"{path}refused.csv").status_code == 404
        assert path not in client.get("/staff/batches/").content.decode()
    client.force_login(person(Role.AUDITOR))
    assert "stop/" not in client.get(path).content.decode()
    assert "do this" in _text(client.post(f"{path}stop/", follow=True))
    client.force_login(head)
    assert path in client.get("/staff/batches/").content.decode()
    client.post(f"{path}stop/")
    text = _text(client.get(path))
    assert "Stopped Stopped by" in text or "Stopped" in text
    assert batches.progress(batch).done == 0
    client.force_login(asker)
    assert "Done 2" in _text(client.post(f"{path}resume/", follow=True))
    assert client.get(f"{path}stop/").status_code == 405


def test_the_lists_of_batches_and_of_refused_ask_as_much_for_one_row_as_for_three(
    desk, clerks, aiou, django_assert_num_queries
):
    files(4)
    client, clerk = desk(Role.SCRUTINY), clerks(Role.SCRUTINY)
    ids = list(Application.objects.values_list("tracking_id", flat=True))
    Application.objects.update(state=State.WITHDRAWN)
    for number in (1, 3):
        batch = batches.begin(clerk, verb="check", state=State.RECEIVED, chosen=ids[:number])
        batches.begin(clerk, verb="check", state=State.RECEIVED, chosen=ids)
        batches.work(batch.pk)
        with django_assert_num_queries(6):
            client.get("/staff/batches/")
        with django_assert_num_queries(10):
            page = client.get(f"/staff/batches/{batch.pk}/").content.decode()
        assert page.count("Closed: withdrawn") == number


def test_refused_ones_are_paged_by_key(desk, clerks, aiou):
    files(51)
    Application.objects.update(state=State.WITHDRAWN)
    ids = list(Application.objects.order_by("pk").values_list("tracking_id", flat=True))
    batch = batches.begin(clerks(Role.SCRUTINY), verb="check", state=State.RECEIVED, chosen=ids)
    batches.work(batch.pk)
    client = desk(Role.SCRUTINY)
    path = f"/staff/batches/{batch.pk}/"

    first = client.get(path).content.decode()
    key = re.search(r'href="\?after=(\d+)"', first)[1]

    assert _ids(first) == ids[:50]
    assert _ids(client.get(f"{path}?after={key}").content.decode()) == ids[50:]


def test_a_head_assigns_reassigns_and_takes_back_through_the_pages(client, person, in_state):
    first, second = in_state(), in_state()
    head = person(Role.SCRUTINY, username="head", supervisor=True)
    clerk = person(Role.SCRUTINY, username="clerk")
    case = f"/staff/case/{first.tracking_id}/"
    client.force_login(head)

    page = client.get(LIST).content.decode()
    assert f'<option value="{clerk.pk}">clerk</option>' in page
    given = {"clerk": clerk.pk, "file": [first.tracking_id]}
    assert "1 file is assigned." in _text(client.post(f"{LIST}assign/chosen/", given, follow=True))
    nothing = client.post(f"{LIST}assign/next/", {"clerk": clerk.pk, "number": "x"}, follow=True)
    assert "Assign 1 to 200 files at once." in _text(nothing)
    client.post(f"{LIST}assign/next/", {"clerk": clerk.pk, "number": "5"})
    none = client.post(f"{LIST}assign/next/", {"clerk": clerk.pk, "number": "5"}, follow=True)
    assert "Nothing was assigned: no file of this choice was free." in _text(none)
    assert set(Hold.objects.values_list("application", "user")) == {
        (first.pk, clerk.pk),
        (second.pk, clerk.pk),
    }
    client.force_login(clerk)
    assert "Assign the ticked" not in client.get(LIST).content.decode()
    assert client.post("/staff/next/received/")["Location"] == f"{case}?then=next"
    assert "This file is assigned to you until" in client.get(case).content.decode()
    assert "write why" in _text(client.post(f"{case}hand-back/", follow=True))
    refused = client.post(f"{LIST}assign/chosen/", given, follow=True)
    assert "The head of a section assigns files" in _text(refused)
    client.post(f"{case}hand-back/", {"reason": "I know the applicant"})
    client.force_login(head)
    other = f"/staff/case/{second.tracking_id}/"
    assert "Take it back to the list" in client.get(other).content.decode()
    client.post(f"{other}hand-back/")
    assert Hold.objects.count() == 0


def test_the_page_of_keys_lists_ones_own_moves_and_the_switch_is_remembered(desk, aiou):
    client = desk(Role.APPROVAL)

    text = _text(client.get("/staff/keys/"))
    assert "a Approve r Reject" in text.replace("o Raise objections b Send back to checking ", "")
    assert 'data-single="on"' in client.get("/staff/").content.decode()
    client.post("/staff/keys/", {"keys": "off"})
    assert 'data-single="off"' in client.get("/staff/").content.decode()
    client.post("/staff/keys/", {"keys": "on"})
    assert 'data-single="on"' in client.get("/staff/").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "received_from=0001-01-01",
        "received_to=9999-12-31",
        "after=0_0001-01-01T00:00:00%2B14:00_1",
        "after=1_9999-12-31T23:59:59-14:00_1",
    ],
)
def test_days_at_the_end_of_time_narrow_nothing(query, desk, three):
    answer = desk(Role.SCRUTINY).get(f"{LIST}?{query}")

    assert (answer.status_code, len(_ids(answer.content.decode()))) == (200, 3)


def test_labels_are_of_the_filtered_list(desk, three):
    page = desk(Role.SCRUTINY).get("/staff/work/received/labels/?kind=DEGREE").content.decode()

    assert [one.tracking_id in page for one in three] == [True, False, False]


def test_who_was_signed_out_meanwhile_comes_back_to_the_page_of_the_form(client, three):
    case = f"/staff/case/{three[0].tracking_id}/"

    answer = client.post(f"{case}object/", headers={"Referer": f"http://testserver{case}"})

    assert answer["Location"] == f"/staff/login/?next={case}"


def test_papers_of_which_something_is_not_right_are_complete_only_if_it_is_meant(desk, three):
    case = f"/staff/case/{three[0].tracking_id}/"
    item = ChecklistItem.objects.filter(document="cnic").first()
    Checked.objects.create(application=three[0], item=item, right=False, by_name="a clerk", at=timezone.now())
    client = desk(Role.SCRUTINY)

    refused = client.post(f"{case}check/")
    assert refused.status_code == 409
    assert f"Not right are: {item.text}" in _text(refused)
    assert 'name="all_the_same"' in refused.content.decode()
    client.post(f"{case}check/", {"all_the_same": "on"})
    assert Application.objects.get(pk=three[0].pk).state == "checked"
