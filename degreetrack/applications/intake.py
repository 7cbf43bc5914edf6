"""What follows from payments: a paid draft is received, a small shortage objected to and cleared."""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import LEDGER
from degreetrack.applicants.contacts import contact_of
from degreetrack.applications.drafts import applicant
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Draft, Route
from degreetrack.applications.services import move, submit
from degreetrack.aside.services import Trying
from degreetrack.catalogue.models import ObjectionGroup
from degreetrack.catalogue.services import institution
from degreetrack.fees.challans import paid, rest
from degreetrack.fees.models import Challan, Payment
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.services import queue

OBJECTABLE = (State.RECEIVED, State.ANSWERED, State.CHECKED, State.VERIFIED)


def follow_payments(*, at: datetime | None = None, most: int = 200) -> int:
    """Act upon the payments that came, each once; what may not be acted upon is left for a person."""
    at = at or timezone.now()
    trying = Trying("follow_payments", at=at)
    waiting = Payment.objects.filter(followed_at=None).exclude(pk__in=trying.resting_pks).order_by("pk")
    numbers = list(waiting.values_list("pk", flat=True)[:most])
    for pk in numbers:
        trying.attempt(f"payment/{pk}", _follow_or_leave, pk, at)
    trying.end()
    return len(numbers)


def _follow_or_leave(pk: int, at: datetime) -> None:
    try:
        _follow(pk, at)
    except Refused:
        Payment.objects.filter(pk=pk).update(followed_at=at, needs_person=True)


@transaction.atomic
def _follow(pk: int, at: datetime) -> None:
    rows = Payment.objects.filter(pk=pk, followed_at=None).select_related("challan")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(of=("self",), skip_locked=True)
    payment = rows.first()
    if payment is None:
        # Another worker has it.
        return
    if payment.challan:
        draft = _draft_of(payment.challan)
        if draft and draft.application:
            _weigh(draft.application, payment.challan, at)
        elif draft and draft.discarded_at:
            raise Refused(_("It was paid for an application that was given up."))
        elif draft:
            _receive(draft, payment.challan, at)
    payment.followed_at = at
    payment.save(update_fields=["followed_at"])


def _draft_of(challan: Challan) -> Draft | None:
    subject, _slash, pk = challan.subject.partition("/")
    if subject != "draft":
        return None
    rows = Draft.objects.select_for_update(of=("self",)).select_related("student", "application")
    return rows.filter(pk=pk).first()


def _receive(draft: Draft, challan: Challan, at: datetime) -> None:
    """Receive a draft that is paid but for a small shortage; tell of a greater one."""
    left, got = rest(challan), paid(challan)
    if got == 0:
        return
    if left > institution().small_shortage:
        _tell_short(draft, challan, left, at)
        return
    contact = contact_of(draft.student)
    application = submit(
        draft.result,
        by=applicant(draft.student),
        kind=draft.kind,
        issue=draft.issue,
        urgent=draft.urgent,
        route=Route.ONLINE,
        language=draft.language,
        mobile=contact.mobile,
        email=contact.email,
        address=draft.address,
        delivery=draft.delivery,
        collect_office=draft.collect_office,
        names_confirmed_at=draft.names_confirmed_at,
        correction=draft.correction,
        challan_no=challan.number,
        fee_due=challan.amount,
        fee_paid=got,
        at=at,
    )
    draft.application = application
    draft.save(update_fields=["application"])
    if left:
        _object(application, at)


def _object(application: Application, at: datetime) -> None:
    reason = institution().shortage_reason
    move(application.tracking_id, "object", by=LEDGER, objections=[(reason, None)], at=at)


def _weigh(application: Application, challan: Challan, at: datetime) -> None:
    """What more came, or was taken back, for an application that is received already."""
    left = rest(challan)
    Application.objects.filter(pk=application.pk).update(fee_paid=paid(challan))
    fee_open = application.objections.filter(cleared_at=None, group=ObjectionGroup.FEE).exists()
    if left == 0 and fee_open and application.state in (State.OBJECTED, State.RETURNED):
        move(application.tracking_id, "settle", by=LEDGER, at=at)
    elif left and application.state in OBJECTABLE:
        _object(application, at)
    elif left and application.state not in (State.OBJECTED, State.RETURNED):
        raise Refused(_("The fee was taken back after the application was approved."))


def _tell_short(draft: Draft, challan: Challan, left: int, at: datetime) -> None:
    contact, uni = contact_of(draft.student), institution()
    queue(
        "fee_short",
        stream=draft.stream,
        email=contact.email,
        mobile=contact.mobile,
        language=draft.language,
        context={
            "name": draft.student.name_ur if draft.language == "ur" else draft.student.name_en,
            "rest": left,
            "challan_no": challan.number,
            "institution": uni.short_name_ur if draft.language == "ur" else uni.short_name_en,
            "help_phone": uni.help_phone,
            "portal_url": settings.SITE_URL + reverse("portal:home"),
        },
        at=at,
    )
