"""Who has which file in hand: "next file" gives each to one clerk, for a while."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.lookups import IsNull
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, User
from degreetrack.applications import queries
from degreetrack.applications.filters import ALL, Filter
from degreetrack.applications.lifecycle import State, works_at
from degreetrack.applications.models import Application, Hold
from degreetrack.applications.worklists import ORDER
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused

# Who leaves a file lying gives it up after so long.
LASTS = timedelta(minutes=30)


def take_next(
    user: User, state: State, chosen: Filter = ALL, *, at: datetime | None = None
) -> Application | None:
    """The file to work on in a state: one assigned to this person or in their hands, else the next free one.

    Urgent ones first, then the oldest. None where nothing waits.
    """
    at = at or timezone.now()
    if not works_at(state, user.roles):
        raise Refused(_("Your section does nothing with these files."))
    waiting = queries.visible_to(user).filter(state=state)
    in_hand = waiting.filter(hold__user=user, hold__until__gt=at).select_related("hold")
    mine = in_hand.order_by(IsNull(F("hold__assigned_by"), True), *ORDER).first()
    if mine:
        until = max(mine.hold.until, at + LASTS)
        Hold.objects.filter(application=mine, user=user).update(until=until)
        return mine
    free = chosen.narrow(waiting, user, at=at).exclude(hold__until__gt=at).order_by(*ORDER)
    for _try in range(50):
        with transaction.atomic():
            skip = connection.features.has_select_for_update_skip_locked
            found = free.select_for_update(of=("self",), skip_locked=skip).first()
            if found is None:
                return None
            if _take(found, user, at):
                return found
    return None


def _take(application: Application, user: User, at: datetime) -> bool:
    """Take it, unless somebody else did between the look and the lock."""
    Hold.objects.filter(application=application, until__lte=at).delete()
    try:
        with transaction.atomic():
            Hold.objects.create(application=application, user=user, taken_at=at, until=at + LASTS)
    except IntegrityError:
        return False
    record(application.stream, "taken", by=user, at=at)
    return True


def hand_back(tracking_id: str, *, by: User, reason: str = "", at: datetime | None = None) -> None:
    """Give a file back to the list, for the next who asks; what was assigned, with the reason."""
    reason = " ".join(reason.split())[:500]
    with transaction.atomic():
        application = queries.locked(tracking_id, by=by)
        held = Hold.objects.filter(application=application, user=by).first()
        if held is None:
            raise Refused(_("This file is not in your hands."))
        if held.assigned_by_id and len(reason) < 3:
            raise Refused(_("This file was assigned to you: write why you hand it back."))
        held.delete()
        record(application.stream, "handed_back", by=by, reason=reason, at=at)


def holder(application: Application, *, at: datetime | None = None) -> Hold | None:
    """Who has it in hand now."""
    return holders([application.pk], at=at or timezone.now()).get(application.pk)


def holders(pks: Iterable[int], *, at: datetime) -> dict[int, Hold]:
    """Who has each of these in hand now."""
    held = Hold.objects.filter(application__in=list(pks), until__gt=at).select_related("user")
    return {hold.application_id: hold for hold in held}


def of_another(application: Application, by: User | Actor, at: datetime) -> Hold | None:
    """In whose hands it is besides; applicants and the clock find nobody in their way."""
    held = holder(application, at=at) if by.pk is not None else None
    return held if held and held.user_id != by.pk else None


def refuse(held: Hold) -> None:
    """Say that somebody else has it in hand."""
    until = timezone.localtime(held.until)
    today = until.date() == timezone.localdate()
    raise Refused(
        _("%(name)s has this file in hand until %(time)s. Ask for it, or take the next one.")
        % {"name": held.user.display_name, "time": date_format(until, "H:i" if today else "j F, H:i")}
    )


def release(applications: Iterable[Application]) -> None:
    """They have moved on: nobody has them in hand."""
    Hold.objects.filter(application__in=[row.pk for row in applications]).delete()


def give_back_all(user: User, *, by: User, at: datetime | None = None) -> int:
    """Give back everything that somebody has in hand, as when they move to another section; say how many."""
    with transaction.atomic():
        held = list(Hold.objects.filter(user=user).select_related("application").order_by("pk"))
        for hold in held:
            record(hold.application.stream, "handed_back", by=by, after={"of": user.display_name}, at=at)
        Hold.objects.filter(pk__in=[hold.pk for hold in held]).delete()
    return len(held)
