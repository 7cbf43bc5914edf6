"""Our work in figures: what a citizen may know, and nothing by which anybody could be picked out."""

import gzip
import re
from pathlib import Path

import pytest

from degreetrack.accounts.models import Role
from degreetrack.applications import services
from degreetrack.applications.lifecycle import State
from degreetrack.journal.services import seal_new
from degreetrack.oversight.rollups import refresh_figures

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


def _rows(page: str) -> list[list[str]]:
    found = re.findall(r"<tbody>(.*?)</tbody>", page, re.S)
    return [
        [re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for table in found
        for row in re.findall(r"<tr>(.*?)</tr>", table)
    ]


def _page(client, language: str = "en") -> str:
    client.cookies["django_language"] = language
    return client.get("/figures/").content.decode()


def test_totals_are_told_and_small_numbers_are_not(client, in_state):
    for _number in range(12):
        in_state(kind="PC")
    for _number in range(11):
        in_state(kind="DMC")
    in_state(kind="DEGREE")
    seal_new()
    refresh_figures()

    rows = _rows(_page(client))

    few = ["fewer than 10"] * 2
    # With the degrees alone kept back, their number would be the sum less the others.
    assert rows[:4] == [
        ["Provisional certificate", "12", "12", *few],
        ["Result card (DMC)", "not shown", "not shown", *few],
        ["Degree", *few, *few],
        ["All", "24", "24", *few],
    ]
    assert rows[4] == ["Waiting for checking", "24", "too few to tell", "too few to tell"]


def test_days_shares_and_the_commonest_objections_are_told_with_their_cures(client, in_state, clerks):
    for place in range(20):
        application = in_state(State.APPROVED if place < 10 else State.RECEIVED)
        if place >= 10:
            facts = {"objections": [("cnic-copy", None)] + [("fee-short", None)] * (place > 17)}
            services.move(application.tracking_id, "object", by=clerks(Role.SCRUTINY), **facts)
    seal_new()
    refresh_figures()

    page = _page(client)

    assert ["Waiting for checking", "fewer than 10", "0", "0"] in _rows(page)
    assert "Of a hundred applications approved in the last 13 weeks, 100 went through" in page
    assert "83 of a hundred objections" in page
    assert "Send a copy of your CNIC attested by a gazetted officer." in page
    # Raised twice only.
    assert "The fee is short." not in page


def test_nobody_is_named_and_no_office(client, in_state):
    for _number in range(12):
        application = in_state(State.OBJECTED, office="lahore")
    seal_new()
    refresh_figures()

    page = _page(client)

    for word in (application.tracking_id, application.result.roll_no, "Lahore", "lahore", "Ayesha"):
        assert word not in page


def test_it_is_small_kept_for_a_while_and_leaves_no_cookie(client, aiou, in_state):
    for _number in range(12):
        in_state(State.OBJECTED)
    seal_new()
    refresh_figures()
    style = (ROOT / "static/css/degreetrack.css").read_bytes()

    for language in ("en", "ur"):
        client.cookies["django_language"] = language
        answer = client.get("/figures/")
        assert sorted(answer["Cache-Control"].split(", ")) == ["max-age=600", "public"]
        assert sorted(answer["Vary"].split(", ")) == ["Accept-Language", "Cookie"]
        assert not answer.cookies
        size = len(gzip.compress(answer.content)) + len(gzip.compress(style)) + len(aiou.crest)
        assert size <= 14 * 1024


def test_it_asks_as_much_for_one_application_as_for_three(client, in_state, django_assert_num_queries):
    for rows in (1, 2):
        for _row in range(rows):
            in_state(State.OBJECTED)
        seal_new()
        refresh_figures()
        with django_assert_num_queries(7):
            client.get("/figures/")


def test_before_anything_is_counted_it_says_so(client, aiou):
    page = _page(client)

    assert "Nothing has been counted yet." in page
    assert "There were too few objections to tell." in page


def test_every_page_leads_to_it(client, aiou):
    assert '<a href="/figures/">' in client.get("/").content.decode()


def test_it_is_read_only(client, aiou):
    assert client.post("/figures/").status_code == 405
