"""Who heads a section hands out files to its clerks, and takes them back."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Role, User
from degreetrack.applications import queries
from degreetrack.applications.filters import ALL, Filter
from degreetrack.applications.holds import holders
from degreetrack.applications.lifecycle import State, moves_from
from degreetrack.applications.models import Application, Hold
from degreetrack.applications.worklists import ORDER, matching
from degreetrack.catalogue.services import holidays, institution
from degreetrack.journal.services import record, record_many
from degreetrack.kit.calendars import working_date
from degreetrack.kit.refusals import Refused

# Until the end of the third working day after it was assigned, a file waits for its clerk.
WORKING_DAYS = 3
MOST = 200


def clerks_of(supervisor: User, state: State) -> list[User]:
    """To whom this person may assign files of a state: those of their section and office who work on them."""
    if Role.SUPERVISOR not in supervisor.roles:
        return []
    here = User.objects.filter(section=supervisor.section_id, office=supervisor.office, is_active=True)
    # Rights are those of a section and an office, so that one speaks for all.
    return list(here.order_by("first_name", "username")) if moves_from(state, supervisor.roles) else []


def assign(chosen: Sequence[str], *, to: int, by: User, state: State, at: datetime | None = None) -> int:
    """Put these files into a clerk's hands, out of a colleague's if need be; say how many."""
    files = queries.visible_to(by).filter(state=state, tracking_id__in=list(chosen)[:MOST])
    return _assign(files, to, by, state, at or timezone.now(), whole=True)


def assign_next(
    number: int, *, to: int, by: User, state: State, chosen: Filter = ALL, at: datetime | None = None
) -> int:
    """Put the next so many of a list that nobody has in hand into a clerk's hands; say how many."""
    if not 1 <= number <= MOST:
        raise Refused(_("Assign 1 to %(most)s files at once.") % {"most": MOST})
    at = at or timezone.now()
    free = matching(by, state, chosen, at=at).exclude(hold__until__gt=at)
    return _assign(free.order_by(*ORDER), to, by, state, at, number=number)


def _assign(
    files: QuerySet[Application],
    to: int,
    by: User,
    state: State,
    at: datetime,
    *,
    number: int = MOST,
    whole: bool = False,
) -> int:
    clerk = next((user for user in clerks_of(by, state) if user.pk == to), None)
    if clerk is None:
        raise Refused(_("The head of a section assigns files to clerks of the same section and office."))
    until = _end_of_day(at)
    with transaction.atomic():
        skip = connection.features.has_select_for_update_skip_locked
        rows = {row.pk: row for row in files.select_for_update(of=("self",), skip_locked=skip)[:number]}
        # Looked at again under the lock: somebody may have taken one between.
        for pk, held in holders(rows, at=at).items():
            if not (whole and _in_section(held, by)):
                del rows[pk]
        Hold.objects.filter(application__in=list(rows)).delete()
        Hold.objects.bulk_create(
            Hold(application=row, user=clerk, taken_at=at, until=until, assigned_by=by)
            for row in rows.values()
        )
        told = [(row.stream, "assigned", {"to": clerk.display_name}) for row in rows.values()]
        record_many(told, by=by, at=at)
    return len(rows)


def _end_of_day(at: datetime) -> datetime:
    last = working_date(
        timezone.localdate(at), WORKING_DAYS, holidays=holidays(), weekend=institution().weekend
    )
    return timezone.make_aware(datetime.combine(last + timedelta(days=1), time()))


def _in_section(held: Hold, by: User) -> bool:
    return (held.user.section_id, held.user.office) == (by.section_id, by.office)


def may_take_back(held: Hold, user: User) -> bool:
    """Whether somebody heads the section of who has a file in hand."""
    return Role.SUPERVISOR in user.roles and held.user_id != user.pk and _in_section(held, user)


def take_back(tracking_id: str, *, by: User, at: datetime | None = None) -> None:
    """Take a file out of a clerk's hands, back to its list."""
    at = at or timezone.now()
    with transaction.atomic():
        application = queries.locked(tracking_id, by=by)
        held = holders([application.pk], at=at).get(application.pk)
        if held is None or not may_take_back(held, by):
            raise Refused(_("Only the head of the clerk's section takes a file out of their hands."))
        held.delete()
        record(application.stream, "taken_back", by=by, after={"from": held.user.display_name}, at=at)
