"""Two people at the same instant: one wins, the other reads why."""

import threading

import pytest
from django.db import connection

from degreetrack.accounts.models import Role
from degreetrack.applications import services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.journal.services import timeline
from degreetrack.journal.verification import verify
from degreetrack.kit.refusals import Refused


@pytest.mark.django_db(transaction=True)
def test_of_two_people_one_wins_and_the_other_reads_why(in_state, person):
    application = in_state()
    people = [person(Role.SCRUTINY) for _ in range(8)]
    start = threading.Barrier(len(people))
    outcomes: list[str] = []

    def act(user) -> None:
        start.wait()
        try:
            services.move(application.tracking_id, "verify", by=user)
            outcomes.append("moved")
        except Refused as refusal:
            outcomes.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    why = "“Verify” is not possible now. The application stands at: Checked, waiting for approval."
    assert sorted(outcomes) == sorted(["moved", *[why] * 7])
    assert Application.objects.get().state == State.VERIFIED
    assert [e.verb for e in timeline(application.stream) if e.verb != "notice"] == ["submit", "verify"]
    assert verify() == []
