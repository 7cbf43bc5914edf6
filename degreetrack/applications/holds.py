"""Who has which file in hand: "next file" gives each to one clerk, for a while."""

from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, User
from degreetrack.applications import queries
from degreetrack.applications.lifecycle import State, moves_from
from degreetrack.applications.models import Application, Hold
from degreetrack.journal.services import record
from degreetrack.kit.refusals import Refused

# Who leaves a file lying gives it up after so long.
LASTS = timedelta(minutes=30)


def take_next(user: User, state: State, *, at: datetime | None = None) -> Application | None:
    """The file that this person works on in a state: the one in hand, else the next that nobody has.

    Urgent ones first, then the oldest. None where nothing waits.
    """
    at = at or timezone.now()
    if not moves_from(state, user.roles):
        raise Refused(_("Your section does nothing with these files."))
    waiting = queries.visible_to(user).filter(state=state)
    mine = waiting.filter(hold__user=user, hold__until__gt=at).first()
    if mine:
        Hold.objects.filter(application=mine, user=user).update(until=at + LASTS)
        return mine
    free = waiting.exclude(hold__until__gt=at).order_by("-urgent", "received_at", "pk")
    for _try in range(50):
        with transaction.atomic():
            locking = {"skip_locked": True} if connection.features.has_select_for_update_skip_locked else {}
            found = free.select_for_update(of=("self",), **locking).first()
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


def hand_back(tracking_id: str, *, by: User, at: datetime | None = None) -> None:
    """Give a file back to the list, for the next who asks."""
    with transaction.atomic():
        application = queries.locked(tracking_id, by=by)
        if not Hold.objects.filter(application=application, user=by).delete()[0]:
            raise Refused(_("This file is not in your hands."))
        record(application.stream, "handed_back", by=by, at=at)


def holder(application: Application, *, at: datetime | None = None) -> Hold | None:
    """Who has it in hand now."""
    held = Hold.objects.filter(application=application, until__gt=at or timezone.now())
    return held.select_related("user").first()


def check(application: Application, by: User | Actor, at: datetime) -> None:
    """Refuse a member of staff what somebody else has in hand; applicants and the clock go on."""
    if by.pk is None:
        return
    held = holder(application, at=at)
    if held and held.user_id != by.pk:
        raise Refused(
            _("%(name)s has this file in hand until %(time)s. Ask for it, or take the next one.")
            % {"name": held.user.display_name, "time": timezone.localtime(held.until).strftime("%H:%M")}
        )


def release(application: Application) -> None:
    """It has moved on: nobody has it in hand."""
    Hold.objects.filter(application=application).delete()


def give_back_all(user: User, *, by: User, at: datetime | None = None) -> int:
    """Give back everything that somebody has in hand, as when they move to another section; say how many."""
    with transaction.atomic():
        held = list(Hold.objects.filter(user=user).select_related("application").order_by("pk"))
        for hold in held:
            record(hold.application.stream, "handed_back", by=by, after={"of": user.display_name}, at=at)
        Hold.objects.filter(pk__in=[hold.pk for hold in held]).delete()
    return len(held)
