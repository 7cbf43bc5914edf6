"""What must hold beyond state and role, and the words of each refusal."""

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.applications.lifecycle import Condition
from degreetrack.applications.models import Application, Delivery
from degreetrack.applications.queries import is_later_round
from degreetrack.catalogue.services import region_name
from degreetrack.kit.refusals import Refused


def _four_eyes(application: Application, by: User | Actor, at: datetime) -> None:
    if by.pk is not None and by.pk == application.verified_by_id:
        raise Refused(_("You verified this application: a second person must approve it."))


def _first_or_supervisor(application: Application, by: User | Actor, at: datetime) -> None:
    if is_later_round(application) and not by.roles & {Role.SUPERVISOR, Role.LEDGER}:
        raise Refused(
            _(
                "All defects are raised at first scrutiny. A later objection needs your supervisor: "
                "propose it to them on the case."
            )
        )


def _names_settled(application: Application, by: User | Actor, at: datetime) -> None:
    if application.correction and application.correction_settled_at is None:
        raise Refused(_("The applicant wishes a correction of the names: settle it before stock is used."))


def _limit_passed(application: Application, by: User | Actor, at: datetime) -> None:
    if application.limit_on is None or timezone.localdate(at) <= application.limit_on:
        raise Refused(_("The applicant still has time to answer."))


def _revivable(application: Application, by: User | Actor, at: datetime) -> None:
    if application.limit_on is not None and timezone.localdate(at) > application.limit_on:
        raise Refused(_("The time to revive this application is over: a new application is needed."))


def _in_time(application: Application, by: User | Actor, at: datetime) -> None:
    if application.limit_on is None or timezone.localdate(at) > application.limit_on:
        raise Refused(_("The time to answer is over: answer now, or revive it once it is returned."))


def _once(application: Application, by: User | Actor, at: datetime) -> None:
    if application.extended_at is not None:
        raise Refused(_("More time was given for these objections already; it is given once."))


def _to_be_sent(application: Application, by: User | Actor, at: datetime) -> None:
    if application.delivery == Delivery.COLLECT:
        raise Refused(
            _("It is to be collected at %(office)s: hand it over.")
            % {"office": region_name(application.collect_office)}
        )


CHECKS: dict[Condition, Callable[[Application, User | Actor, datetime], None]] = {
    Condition.FOUR_EYES: _four_eyes,
    Condition.FIRST_OR_SUPERVISOR: _first_or_supervisor,
    Condition.NAMES_SETTLED: _names_settled,
    Condition.LIMIT_PASSED: _limit_passed,
    Condition.REVIVABLE: _revivable,
    Condition.IN_TIME: _in_time,
    Condition.ONCE: _once,
    Condition.TO_BE_SENT: _to_be_sent,
}
