"""More time to answer, given once for each round of objections."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from degreetrack.accounts.models import Actor, Role
from degreetrack.applications import services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.catalogue.models import Holiday, Institution
from degreetrack.journal.services import timeline
from degreetrack.kit.calendars import limit_date
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import Notice
from tests.life import applicant_of, datetime_after

pytestmark = pytest.mark.django_db


def _extend(application: Application, **more) -> Application:
    return services.move(application.tracking_id, "extend", by=applicant_of(application), **more)


def test_one_tap_adds_fifteen_days_and_moves_nothing_else(in_state):
    before = in_state(State.OBJECTED)

    after = _extend(before)

    closed = {"holidays": set(Holiday.objects.values_list("day", flat=True)), "weekend": [5, 6]}
    assert after.limit_on == limit_date(before.limit_on, 15, **closed)
    assert (after.state, after.state_since) == (State.OBJECTED, before.state_since)
    entry = timeline(after.stream)[-2]
    assert (entry.verb, entry.data) == (
        "extend",
        {"before": {"state": "objected"}, "after": {"state": "objected", "limit_on": str(after.limit_on)}},
    )


def test_the_days_are_the_institutions_and_never_end_on_a_holiday(in_state):
    before = in_state(State.OBJECTED)
    Institution.objects.update(extension_days=1, weekend=[])
    Holiday.objects.all().delete()
    Holiday.objects.create(day=before.limit_on + timedelta(days=1), name_en="Closed", name_ur="بند")

    assert _extend(before).limit_on == before.limit_on + timedelta(days=2)


def test_the_applicant_is_told_the_new_day(in_state):
    application = _extend(in_state(State.OBJECTED))

    notice = Notice.objects.get(template="extend")
    assert f"Answer by {date_format(application.limit_on)}." in notice.body


def test_more_time_is_given_once_and_again_for_new_objections(in_state, person):
    application = _extend(in_state(State.OBJECTED))
    with pytest.raises(Refused, match="it is given once"):
        _extend(application)

    answers = {application.objections.get().pk: "Attached"}
    services.move(application.tracking_id, "answer", by=applicant_of(application), answers=answers)
    assert Application.objects.get().extended_at is not None
    again = [(None, "The photograph is torn.")]
    supervisor = person(Role.SCRUTINY, supervisor=True)
    application = services.move(application.tracking_id, "object", by=supervisor, objections=again)

    assert application.extended_at is None
    assert _extend(application).extended_at is not None


def test_after_the_limit_there_is_no_more_time(in_state):
    application = in_state(State.OBJECTED)

    with pytest.raises(Refused, match="The time to answer is over"):
        _extend(application, at=datetime_after(application))


def test_the_clock_waits_for_the_new_limit(in_state):
    application = in_state(State.OBJECTED)
    old_end = datetime_after(application) - timedelta(days=10)
    extended = _extend(application)
    assert application.limit_on < timezone.localdate(old_end) <= extended.limit_on

    assert services.return_overdue(at=old_end) == 0
    assert services.return_overdue(at=old_end + timedelta(days=15)) == 1


def test_an_applicant_extends_their_own_case_only(in_state):
    application, other = in_state(State.OBJECTED), in_state(State.OBJECTED)

    with pytest.raises(Refused, match="not yours to see"):
        services.move(application.tracking_id, "extend", by=applicant_of(other))
    with pytest.raises(Refused, match="not yours to see"):
        services.move(application.tracking_id, "extend", by=Actor("nobody's", frozenset({Role.APPLICANT})))
