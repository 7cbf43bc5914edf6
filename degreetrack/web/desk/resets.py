"""What an administrator does for another's account: factors removed, sessions ended, each with a reason."""

from django.db import transaction

from degreetrack.accounts import factors, sessions
from degreetrack.accounts.models import User
from degreetrack.journal.services import ByWhom, record
from degreetrack.web.desk.owner_news import happened, stream


def reset(user: User, *, by: ByWhom, reason: str) -> int:
    """Remove every second factor, tell the person, sign them out; return how many there were."""
    with transaction.atomic():
        number = factors.reset(user)
        happened(user, "factors_reset", by=by, reason=reason, number=number)
        end_sessions(user, by=by, reason=reason)
    return number


def end_sessions(user: User, *, by: ByWhom, reason: str) -> None:
    """Sign the person out everywhere."""
    with transaction.atomic():
        ended = sessions.end_all(user)
        record(stream(user), "sessions_ended", by=by, reason=reason, after={"ended": ended})
