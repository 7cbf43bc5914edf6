"""How an applicant is reached: where news goes, in which language, and what they wish."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor
from degreetrack.applicants.contacts import Contact, confirmed_since, contact_of, newest_confirmed
from degreetrack.applications.lifecycle import ENDED
from degreetrack.applications.models import Application, Language
from degreetrack.applications.queries import visible_to
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused
from degreetrack.notifications import addresses
from degreetrack.notifications.models import Channel
from degreetrack.records.models import Student


@dataclass(frozen=True)
class Place:
    """One number or mailbox of a person, and what is known of it."""

    channel: Channel
    to: str
    stopped: bool
    failed_at: datetime | None

    @property
    def shown(self) -> str:
        """As much as its owner needs to know it."""
        if self.channel == Channel.SMS:
            return f"•••••••{self.to[-4:]}"
        name, _at, domain = self.to.partition("@")
        return f"{name[:1]}•••@{domain}"


def contact(application: Application) -> Contact:
    """Where the news of a case goes: what the desk confirmed since, else what it came with."""
    since = confirmed_since(application.result.student_id, application.received_at)
    return since or Contact(application.mobile, application.email)


def contacts_of(applications: Sequence[Application]) -> dict[int, Contact]:
    """The same of many cases, by their keys."""
    newest = newest_confirmed(row.result.student_id for row in applications)
    found = {}
    for row in applications:
        since, confirmed = newest.get(row.result.student_id, (None, None))
        later = confirmed if since and since > row.received_at else None
        found[row.pk] = later or Contact(row.mobile, row.email)
    return found


def places(contacts: Iterable[Contact]) -> list[Place]:
    """Each address once, e-mail last, with what is known of it."""
    seen: dict[tuple[Channel, str], Place] = {}
    for one in contacts:
        known = addresses.known(one.email, one.mobile)
        for channel, to in ((Channel.SMS, one.mobile), (Channel.EMAIL, one.email)):
            if to:
                row = known.get(channel)
                stopped, failed_at = bool(row and row.stopped_at), row.failed_at if row else None
                seen[channel, to] = Place(channel, to, stopped, failed_at)
    return sorted(seen.values(), key=lambda place: (place.channel == Channel.EMAIL, place.to))


def places_of(student: Student) -> list[Place]:
    """Every address at which a student is told of anything."""
    open_ones = Application.objects.filter(result__student=student).exclude(state__in=ENDED)
    return places([contact_of(student), *(contact(row) for row in open_ones.select_related("result"))])


def choose(student: Student, number: int, wish: str, *, by: Actor) -> None:
    """Stop or resume news at one of a student's places, or try one again that failed."""
    mine = places_of(student)
    if not 0 <= number < len(mine):
        raise Refused(_("This is no address of yours any more."))
    place = mine[number]
    match wish:
        case "stop":
            addresses.stop(place.channel, place.to, by=by)
        case "resume":
            addresses.resume(place.channel, place.to, by=by)
        case "again":
            addresses.mark_good(place.channel, [place.to])
        case _unknown:
            raise Refused(_("Choose one of the buttons."))


def choose_language(language: str, *, by: Actor, at: datetime | None = None) -> int:
    """Write in this language from now on about each of the applicant's open cases; say how many."""
    if language not in Language.values:
        raise Refused(_("Choose English or Urdu."))
    at = at or timezone.now()
    with transaction.atomic():
        rows = (
            visible_to(by).select_for_update(of=("self",)).exclude(state__in=ENDED).exclude(language=language)
        )
        changed = list(rows)
        for row in changed:
            before = {"language": row.language}
            row.language = language
            row.save(update_fields=["language"])
            record(row.stream, "language", by=by, before=before, after={"language": language}, at=at)
    return len(changed)
