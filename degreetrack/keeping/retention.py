"""Forget what was kept long enough; docs/privacy.md says what and how long."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone

from degreetrack.accounts.models import StaffSession
from degreetrack.applicants.models import ApplicantSession
from degreetrack.issuing.models import TakenFile
from degreetrack.journal.erasure import erase_of
from degreetrack.keeping import cases
from degreetrack.keeping.periods import moment_before

# A worker looks at what fell due lately: not again and again at years that are done. The command
# looks at everything.
LATELY = timedelta(days=62)
SIGN_INS = ("sign_in", "locked", "session_ended")


def forget_old(*, at: datetime | None = None, everything: bool = False) -> dict[str, int]:
    """Forget what fell due; say how many of each."""
    at = at or timezone.now()
    today = timezone.localdate(at)
    case, draft, sign_in = (
        moment_before(months, today=today)
        for months in (settings.CASE_MONTHS, settings.DRAFT_MONTHS, settings.SIGN_IN_MONTHS)
    )
    return {
        "cases": cases.forget_closed(since=None if everything else case - LATELY, until=case, at=at),
        "drafts": cases.forget_drafts(until=draft, at=at),
        "sign-ins": erase_of(SIGN_INS, since=None if everything else sign_in - LATELY, until=sign_in),
        "files of the post": TakenFile.objects.filter(taken_at__lt=case)
        .exclude(rejects="")
        .update(rejects=""),
        "sessions": _sessions(at),
    }


def _sessions(at: datetime) -> int:
    over = Session.objects.filter(expire_date__lt=at).delete()[0]
    live = Session.objects.filter(session_key=OuterRef("session_key"))
    StaffSession.objects.filter(~Exists(live), since__lt=at - timedelta(days=1)).delete()
    ApplicantSession.objects.filter(seen_at__lt=at - timedelta(days=1)).delete()
    return over
