"""What an applicant may wish for on a running case: where it goes, how, and who may collect it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.applications import bearers, news, queries
from degreetrack.applications.lifecycle import AT_THE_UNIVERSITY, MOVES, State
from degreetrack.applications.models import Application, Delivery
from degreetrack.catalogue.models import Region
from degreetrack.catalogue.services import institution
from degreetrack.journal.services import record
from degreetrack.kit.cnics import to_cnic
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import Priority

WISHERS = frozenset({Role.APPLICANT, Role.RECEIPT, Role.REGIONAL})
SETTLERS = frozenset({Role.SCRUTINY, Role.RECEIPT, Role.REGIONAL})


@contextmanager
def _wish(tracking_id: str, *, by: User | Actor) -> Iterator[Application]:
    """Hold the case while a wish is written; Refused where it is not theirs, or it is too late."""
    if not WISHERS & by.roles:
        raise Refused(_("Only the applicant, or a receipt counter for them, may do this."))
    with transaction.atomic():
        application = queries.locked(tracking_id, by=by)
        if application.state not in AT_THE_UNIVERSITY:
            raise Refused(
                _("This can be changed no more. The application stands at: %(state)s.")
                % {"state": State(application.state).label}
            )
        yield application


def change_address(
    tracking_id: str, *, by: User | Actor, address: str, at: datetime | None = None
) -> Application:
    """Send it to another address; the same one again confirms it. The journal holds no address."""
    address = " ".join(address.split())
    if not 10 <= len(address) <= 300:
        raise Refused(_("Write the whole address in 10 to 300 letters."))
    with _wish(tracking_id, by=by) as application:
        said = "confirmed" if application.address == address else "changed"
        before = {"address": "given" if application.address else "none"}
        application.address = address
        application.save(update_fields=["address"])
        record(application.stream, "address", by=by, before=before, after={"address": said}, at=at)
        if said == "changed" and before["address"] == "given":
            # An owner whose parcel a stranger leads elsewhere learns of it here; no address stands in it.
            news.send("address_changed", application, at=at or timezone.now(), priority=Priority.AT_ONCE)
    return application


def choose_delivery(
    tracking_id: str, *, by: User | Actor, way: str, office: str = "", at: datetime | None = None
) -> Application:
    """Have it sent by post or courier, or collect it at an office."""
    if way not in Delivery.values:
        raise Refused(_("Choose post, courier or an office to collect it at."))
    office = office if way == Delivery.COLLECT else ""
    if way == Delivery.COLLECT and not Region.objects.filter(pk=office).exists():
        raise Refused(_("Choose the office at which it is to be collected."))
    with _wish(tracking_id, by=by) as application:
        before = {"delivery": application.delivery, "office": application.collect_office}
        application.delivery, application.collect_office = way, office
        application.save(update_fields=["delivery", "collect_office"])
        after = {"delivery": way, "office": office}
        if way != Delivery.COLLECT and bearers.open_bearer(application):
            # Nobody collects what is sent.
            bearers.cancel(application, at=at or timezone.now())
            after["bearer"] = "ended"
        record(application.stream, "delivery", by=by, before=before, after=after, at=at)
    return application


def authorise_bearer(
    tracking_id: str, *, by: User | Actor, name: str, cnic: str, at: datetime | None = None
) -> str:
    """Let somebody collect it with a code of six digits, returned this once and sent to the applicant.

    A new bearer takes the place of the one before.
    """
    at = at or timezone.now()
    name, number = " ".join(name.split()), to_cnic(cnic)
    if not 3 <= len(name) <= 100:
        raise Refused(_("Write the bearer's name as on the CNIC."))
    if number is None:
        raise Refused(_("A CNIC has 13 digits, written 5-7-1."))
    with _wish(tracking_id, by=by) as application:
        code = bearers.make(application, name=name, cnic=number, at=at)
        record(application.stream, "bearer", by=by, after={"bearer": name}, at=at)
        news.send("bearer", application, at=at, priority=Priority.AT_ONCE, code=code, bearer=name)
    return code


def withdrawal_terms(application: Application) -> str:
    """What becomes of the fee, told before the withdrawal; empty where it can be withdrawn no more."""
    return institution().withdrawal_rule if application.state in MOVES["withdraw"].from_ else ""


def settle_correction(tracking_id: str, *, by: User, note: str, at: datetime | None = None) -> Application:
    """Close the wish to correct the names, after the record was mended or the wish refused."""
    at, note = at or timezone.now(), " ".join(note.split())
    if not SETTLERS & by.roles:
        raise Refused(_("Only scrutiny and the counter settle corrections of names."))
    if len(note) < 3:
        raise Refused(_("Write what was done about the correction."))
    with transaction.atomic():
        application = queries.locked(tracking_id, by=by)
        if not application.correction or application.correction_settled_at:
            raise Refused(_("No correction of the names waits here."))
        application.correction_settled_at = at
        application.save(update_fields=["correction_settled_at"])
        record(application.stream, "correction_settled", by=by, reason=note, at=at)
    return application
