"""The sums are what a plain recount of the journal gives: each move once, whatever happens meanwhile."""

import random
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from degreetrack.accounts.models import Role, User
from degreetrack.applications import services
from degreetrack.applications.lifecycle import ENDED, State
from degreetrack.applications.models import Application
from degreetrack.catalogue.models import ObjectionReason
from degreetrack.journal.services import record, seal_new, timeline
from degreetrack.oversight import rollups
from degreetrack.oversight.models import BacklogFigure, Counted, MoveFigure, ObjectionFigure, StayFigure
from degreetrack.oversight.rollups import count_moves, refresh_backlog, refresh_figures, start_over
from degreetrack.oversight.stages import rounded_up
from tests.killing import killed_before_statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerks(heads):
    """Everybody heads their section: files are objected to again and again."""
    return heads


def _counted() -> dict[str, dict[tuple, int]]:
    """What the sums hold, without the weeks."""
    moves = MoveFigure.objects.values_list(
        "office", "day", "verb", "from_state", "to_state", "kind", "urgent", "n", "unobjected"
    )
    stays = StayFigure.objects.values_list("office", "week", "state", "kind", "urgent", "days", "n")
    raised = ObjectionFigure.objects.values_list(
        "office", "week", "section", "dimension", "value", "kind", "repeat", "n"
    )
    return {
        "moves": {tuple(key): n for *key, n, _clean in moves},
        "unobjected": {tuple(key): clean for *key, _n, clean in moves},
        "stays": {tuple(key): n for *key, n in stays},
        "objections": {tuple(key): n for *key, n in raised},
    }


def _recount() -> dict[str, Counter]:
    """The same, by reading each application's history on its own, in the plainest way."""
    sums = {name: Counter() for name in ("moves", "unobjected", "stays", "objections")}
    codes = set(ObjectionReason.objects.values_list("code", flat=True))
    for application in Application.objects.select_related("result__student"):
        told = [entry for entry in timeline(application.stream) if "state" in entry.data["after"]]
        for place, entry in enumerate(told):
            day = timezone.localtime(entry.at).date()
            week = day - timedelta(days=day.weekday())
            to = entry.data["after"]["state"]
            before = told[place - 1].data["after"]["state"] if place else ""
            earlier = [
                one.verb == "object"
                or (
                    one.verb == "adopt" and one.data["after"]["state"] in ("objected", "returned", "answered")
                )
                for one in told[: place + 1]
            ]
            entered = [
                one for one in told[:place] if one.data["before"].get("state") != one.data["after"]["state"]
            ]
            for office in (application.office, "*"):
                case = (application.kind, application.urgent)
                sums["moves"][office, day, entry.verb, before, to, *case] += 1
                sums["unobjected"][office, day, entry.verb, before, to, *case] += not any(earlier)
                if entered and entered[-1].verb != "adopt" and to != before:
                    days = max(0, (day - timezone.localtime(entered[-1].at).date()).days)
                    sums["stays"][office, week, before, *case, rounded_up(days)] += 1
                if entry.verb == "object":
                    section = User.objects.get(pk=entry.actor_id).section_id
                    for words in entry.data["after"]["objections"]:
                        reason = words if words in codes else ""
                        again = any(earlier[:-1])
                        place_of = application.result.student.region_id
                        for key in (("reason", reason), ("region", place_of)):
                            sums["objections"][office, week, section, *key, application.kind, again] += 1
    return {name: dict(counter) for name, counter in sums.items()}


def test_the_sums_are_what_a_plain_recount_gives(wander):
    wander(60)
    seal_new()

    counted = refresh_figures()

    assert counted == sum(n for key, n in _recount()["moves"].items() if key[0] == "*")
    assert _counted() == _recount()
    kinds = {key[5] for key in _counted()["objections"]}
    assert kinds == {"PC", "DEGREE", "DMC"}
    assert {key[6] for key in _counted()["objections"]} == {True, False}


@pytest.mark.parametrize("seed", range(2, 6))
def test_counting_as_it_happens_is_counting_from_scratch(seed, wander, clerks):
    draw = random.Random(seed)
    wander(25, seed=seed)
    for _part in range(4):
        for application in Application.objects.order_by("pk"):
            _one_more(application, clerks)
        seal_new()
        refresh_figures(most=draw.choice([1, 3, 50]), rounds=None)
    as_it_happened = _counted()

    call_command("refresh_figures", "--from-scratch")

    assert as_it_happened == _counted() == _recount()


def _one_more(application: Application, clerks) -> None:
    if application.state in (State.RECEIVED, State.ANSWERED):
        facts = {"objections": [("cnic-copy", None)]}
        services.move(application.tracking_id, "object", by=clerks(Role.SCRUTINY), **facts)
    elif application.state == State.OBJECTED:
        answers = {row.pk: "Attached" for row in application.objections.filter(cleared_at=None)}
        services.move(application.tracking_id, "answer", by=clerks(Role.RECEIPT), answers=answers)


def test_what_no_seal_covers_waits_for_the_next_one(in_state):
    in_state(State.CHECKED)
    seal_new()
    in_state()

    assert refresh_figures() == 2
    assert refresh_figures() == 0
    seal_new()
    assert refresh_figures() == 1
    assert _counted() == _recount()


def test_entries_that_are_no_moves_and_streams_without_an_application_are_passed_over(in_state, clerks):
    application = in_state()
    services.view(application, by=clerks(Role.AUDITOR))
    record("application/999999", "check", by=clerks(Role.SCRUTINY), after={"state": "checked"})
    record("student/1", "moved", by=clerks(Role.SCRUTINY), after={"state": "checked"})
    seal = seal_new()

    refresh_figures()

    assert [(key[2], n) for key, n in _counted()["moves"].items() if key[0] == "*"] == [("submit", 1)]
    assert Counted.objects.get(what="moves").upto == seal.last_entry


def test_more_time_to_answer_does_not_end_the_stay(in_state, clerks):
    application = in_state(State.OBJECTED)
    since = application.state_since
    for verb, days, facts in (("extend", 5, {}), ("answer", 12, {"answers": {}})):
        if verb == "answer":
            facts["answers"] = {row.pk: "Attached" for row in application.objections.all()}
        services.move(
            application.tracking_id, verb, by=clerks(Role.RECEIPT), at=since + timedelta(days=days), **facts
        )
    seal_new()

    refresh_figures()

    stays = StayFigure.objects.filter(office="*", state=State.OBJECTED).values_list("days", "n")
    assert list(stays) == [(12, 1)]


def test_a_count_broken_off_half_way_leaves_nothing_of_its_batch(wander, monkeypatch):
    wander(20)
    seal_new()
    count_moves(most=30)
    before, upto = _counted(), Counted.objects.get(what="moves").upto
    add_up = rollups._add_up

    def breaks(figures, sums, **more):
        if figures is ObjectionFigure:
            raise KeyboardInterrupt
        add_up(figures, sums, **more)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(rollups, "_add_up", breaks)
        count_moves(most=30)

    assert (_counted(), Counted.objects.get(what="moves").upto) == (before, upto)
    refresh_figures()
    assert _counted() == _recount()


@pytest.mark.django_db(transaction=True)
def test_counters_killed_at_random_moments_count_each_move_once(wander):
    wander(40)
    seal_new()
    draw = random.Random(7)
    connections.close_all()

    for _kill in range(12):
        killed_before_statement(lambda: refresh_figures(most=2, rounds=None), draw.randrange(5, 40))
    killed_at = Counted.objects.filter(what="moves").values_list("upto", flat=True).first() or 0
    refresh_figures(rounds=None)

    assert killed_at < Counted.objects.get(what="moves").upto
    assert _counted() == _recount()


@pytest.mark.django_db(transaction=True)
def test_several_who_count_at_once_count_each_move_once(wander):
    wander(40)
    seal_new()
    start, counted = threading.Barrier(4), []

    def count() -> None:
        start.wait()
        try:
            counted.extend(count_moves(most=3) or 0 for _round in range(40))
        finally:
            connection.close()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted.append(refresh_figures(rounds=None))

    assert sum(counted) == sum(n for key, n in _recount()["moves"].items() if key[0] == "*")
    assert _counted() == _recount()


def test_the_backlog_is_what_stands_there_by_age(wander):
    wander(60)
    at = timezone.now()

    assert refresh_backlog(at=at) is True

    expected: Counter = Counter()
    for one in Application.objects.exclude(state__in=ENDED):
        age = (timezone.localdate(at) - timezone.localdate(one.state_since)).days
        band = sum(age > most for most in (7, 14, 30, 60, 90))
        for office in (one.office, "*"):
            expected[office, one.state, one.kind, one.urgent, band] += 1
    rows = BacklogFigure.objects.values_list("office", "state", "kind", "urgent", "band", "n")
    assert {tuple(key): n for *key, n in rows} == expected
    oldest = BacklogFigure.objects.filter(office="*").order_by("oldest").first().oldest
    open_ones = Application.objects.exclude(state__in=ENDED)
    assert oldest == open_ones.order_by("state_since").first().state_since


def test_the_backlog_is_counted_anew_every_few_minutes(in_state):
    in_state()
    at = timezone.now()
    refresh_backlog(at=at)
    in_state()

    assert refresh_backlog(at=at + timedelta(minutes=2)) is False
    assert BacklogFigure.objects.get(office="*").n == 1
    assert refresh_backlog(at=at + timedelta(minutes=4)) is True
    assert BacklogFigure.objects.get(office="*").n == 2


def test_the_command_tells_how_many_moves_it_counted(in_state, capsys):
    in_state(State.APPROVED)

    call_command("refresh_figures")
    call_command("refresh_figures")

    assert capsys.readouterr().out == "4 moves counted.\n0 moves counted.\n"


def test_starting_over_forgets_all_that_was_counted(in_state):
    in_state(State.OBJECTED)
    seal_new()
    refresh_figures()

    start_over()

    assert _counted() == {"moves": {}, "unobjected": {}, "stays": {}, "objections": {}}
    assert refresh_figures() == 2
