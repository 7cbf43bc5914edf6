"""What narrows a worklist."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from degreetrack.accounts.models import User
from degreetrack.applications.models import Application

# The office of files that headquarters received.
HEADQUARTERS = "hq"
# Nobody acts otherwise on 40,000 than on "more than 1,000", and counting them takes long.
COUNTED = 1000


@dataclass(frozen=True)
class Filter:
    """Which files of a list somebody wishes to see; what is empty narrows nothing."""

    kind: str = ""
    issue: str = ""
    urgent: str = ""
    office: str = ""
    level: str = ""
    received_from: date | None = None
    received_to: date | None = None
    waiting: int | None = None
    due: str = ""
    hand: str = ""

    @property
    def counted(self) -> int:
        """Up to how many a total is exact: a level lies with the results, and is dear to count by."""
        return COUNTED // 5 if self.level else COUNTED

    def narrow(self, rows: QuerySet[Application], user: User, *, at: datetime) -> QuerySet[Application]:
        """Those of some files that match."""
        exact = {
            "kind": self.kind,
            "issue": self.issue,
            "urgent": self.urgent == "yes" if self.urgent else "",
            "result__programme__level": self.level,
        }
        rows = rows.filter(**{name: value for name, value in exact.items() if value != ""})
        if self.office:
            rows = rows.filter(office="" if self.office == HEADQUARTERS else self.office)
        if self.received_from:
            rows = rows.filter(received_at__gte=_midnight(self.received_from))
        if self.received_to:
            rows = rows.filter(received_at__lt=_midnight(self.received_to + timedelta(days=1)))
        if self.waiting is not None:
            rows = rows.filter(state_since__lt=at - timedelta(days=self.waiting))
        if self.due:
            today = timezone.localdate(at)
            rows = rows.filter(**{"due_on__lt" if self.due == "late" else "due_on__lte": today})
        return self._by_hand(rows, user, at)

    def _by_hand(self, rows: QuerySet[Application], user: User, at: datetime) -> QuerySet[Application]:
        match self.hand:
            case "mine":
                return rows.filter(hold__user=user, hold__until__gt=at)
            case "somebody":
                return rows.filter(hold__until__gt=at)
            case "nobody":
                return rows.exclude(hold__until__gt=at)
            case _anybody:
                return rows


ALL = Filter()


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
