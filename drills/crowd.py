"""Who takes part in the failover drill, and what became of all they did; run on a web node.

`python -m drills.crowd fill FILE APPLICATIONS` makes a small university and writes down who may do what;
`python -m drills.crowd count FILE SINKS...` reads what clients were told and looks for it.
"""

import json
import re
import sys
from collections import Counter
from itertools import batched
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db.models import CharField, F, Value  # noqa: E402
from django.db.models.functions import Cast, Concat  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.fill import fill  # noqa: E402
from degreetrack.accounts.models import Section, User  # noqa: E402
from degreetrack.applicants import sessions  # noqa: E402
from degreetrack.applications.forecasts import refresh_forecasts  # noqa: E402
from degreetrack.applications.lifecycle import State  # noqa: E402
from degreetrack.applications.models import Application, Message  # noqa: E402
from degreetrack.journal.models import Entry, Seal  # noqa: E402
from degreetrack.journal.verification import verify  # noqa: E402
from degreetrack.notifications.models import Channel, Fate, Notice  # noqa: E402

# What takes a file from the counter's pile to approval, of which the applicant is told.
SECTIONS = {"check": "scrutiny", "verify": "verification", "approve": "approval"}
# A case takes five open questions, and nobody answers here.
CLERKS, APPLICANTS, READ = 2, 800, 3000


def make(number: int) -> dict[str, object]:
    """Fill the database; give the cookies of those who are signed in, and the files they work on."""
    fill(number)
    place = Cast("pk", CharField())
    Application.objects.update(
        email=Concat(Value("a"), place, Value("@example.org")),
        mobile=Concat(Value("+92300"), Cast(1000000 + F("pk"), CharField())),
    )
    refresh_forecasts(at=timezone.now())
    clerks = [{verb: _clerk(section, n) for verb, section in SECTIONS.items()} for n in range(CLERKS)]
    received = Application.objects.filter(state=State.RECEIVED).order_by("pk")
    files = list(received.values_list("tracking_id", flat=True))
    objected = Application.objects.filter(state=State.APPROVED).select_related("result__student")
    applicants = [(_applicant(row), row.tracking_id) for row in objected.order_by("pk")[:APPLICANTS]]
    read = Application.objects.filter(state=State.DELIVERED).order_by("pk")
    return {
        "clerks": clerks,
        "files": files,
        "applicants": applicants,
        "read": list(read.values_list("tracking_id", "result__roll_no")[:READ]),
    }


def _clerk(section: str, number: int) -> str:
    user = User.objects.create(
        username=f"{section}{number}", section=Section.objects.get(code=section), is_staff=True
    )
    browser = Client()
    browser.force_login(user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def _applicant(application: Application) -> str:
    browser = Client()
    session = browser.session
    session["signed_in"] = True
    session.save()
    sessions.opened(application.result.student, session_key=session.session_key, browser="Drill")
    return session.session_key


def count(acts: list[list[str]], sinks: list[Path]) -> dict[str, object]:
    """What was acknowledged and is not there, what was promised and did not arrive, and the journal."""
    lost: list[str] = []
    for some in batched(acts, 2000):
        rows = Application.objects.filter(tracking_id__in=[act[0] for act in some])
        streams = dict(rows.values_list("tracking_id", "pk"))
        named = {tracking_id: f"application/{pk}" for tracking_id, pk in streams.items()}
        told = set(Entry.objects.filter(stream__in=named.values()).values_list("stream", "verb"))
        asked = set(
            Message.objects.filter(application__in=streams.values()).values_list("application_id", "text")
        )
        for tracking_id, verb, text in some:
            there = (named[tracking_id], verb) in told
            if verb == "ask":
                there = there and (streams[tracking_id], text) in asked
            if not there:
                lost.append(f"{tracking_id} {verb} {text}")
    return {"lost": lost, **_notices(acts, sinks), "journal": verify(), "sealed": Seal.objects.count(),
            "entries": Entry.objects.count()}  # fmt: skip


def _notices(acts: list[list[str]], sinks: list[Path]) -> dict[str, object]:
    """Every notice that was committed, looked for where it should have arrived."""
    text = "\n".join(sink.read_text(encoding="utf-8", errors="replace") for sink in sinks)
    mails = Counter(re.findall(r"Message-ID: (<[^>]+>)", text))
    missing: list[str] = []
    arrived = doubled = 0
    notices = list(Notice.objects.all())
    for notice in notices:
        # The beginning of an SMS has the number of the file; a longer one comes in parts.
        found = mails[notice.provider_id] if notice.channel == Channel.EMAIL else text.count(notice.body[:60])
        arrived += bool(found)
        doubled += max(0, found - 1)
        if not found or notice.fate != Fate.SENT:
            missing.append(f"{notice.channel} {notice.pk}: {notice.fate}, arrived {found} times")
    queued = {(notice.stream, notice.channel) for notice in notices if notice.template == "approve"}
    approved = Application.objects.filter(tracking_id__in=[act[0] for act in acts if act[1] == "approve"])
    for pk in approved.values_list("pk", flat=True):
        for channel in Channel:
            if (f"application/{pk}", channel) not in queued:
                missing.append(f"{channel} of application/{pk} was never queued")
    return {"notices": len(notices), "arrived": arrived, "doubled": doubled, "missing": missing}


if __name__ == "__main__":
    what, file, *rest = sys.argv[1:]
    path = Path(file)
    if what == "fill":
        path.write_text(json.dumps(make(int(rest[0]))), encoding="utf-8")
    else:
        acts = json.loads(path.read_text(encoding="utf-8"))
        print(json.dumps(count(acts, [Path(sink) for sink in rest])))
