"""The desk's payments: where all money lies, what needs a person, and what the person decides."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from degreetrack.accounts.models import Role
from degreetrack.fees import decisions
from degreetrack.fees.ledger import loose_of, totals
from degreetrack.fees.models import Payment
from degreetrack.fees.payments import needs_a_person
from degreetrack.kit.refusals import Refused
from degreetrack.web.desk.door import person, staff_only

READERS = decisions.DECIDERS | {Role.AUDITOR}
GROUPS = {
    "bank": gettext_lazy("Came from the bank"),
    "challans": gettext_lazy("Paid on challans"),
    "credit": gettext_lazy("Credit of students"),
    "suspense": gettext_lazy("In suspense"),
    "refunds": gettext_lazy("To be refunded"),
}


@require_safe
@staff_only
def home(request: HttpRequest) -> HttpResponse:
    """Totals that balance, and one page of what needs a person."""
    if not person(request).roles & READERS:
        raise PermissionDenied
    return _page(request)


@require_POST
@staff_only
def decide(request: HttpRequest, pk: int, decision: str) -> HttpResponse:
    """Assign, refund or mark as seen; a refusal is told on the page, with what was typed kept."""
    user = person(request)
    if not user.roles & decisions.DECIDERS:
        raise PermissionDenied
    payment = get_object_or_404(Payment, pk=pk)
    reason, number = request.POST.get("reason", ""), request.POST.get("challan_no", "")
    try:
        match decision:
            case "assign":
                decisions.assign(payment, to_challan_no=number, by=user, reason=reason)
            case "refund":
                decisions.refund(payment, by=user, reason=reason)
            case "attend":
                decisions.attend(payment, by=user, reason=reason)
            case _unknown:
                raise Http404
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, typed_on=pk, status=409)
    messages.success(request, _("The decision is kept."))
    return redirect("desk:payments")


def _page(request: HttpRequest, *, typed_on: int | None = None, status: int = 200) -> HttpResponse:
    # What somebody typed comes back on the page that begins with its payment.
    after = request.GET.get("after", "") if typed_on is None else str(typed_on - 1)
    found = needs_a_person(after=after)
    free = loose_of(found.rows)
    sums = totals()
    page = {
        "totals": [{"label": label, "amount": sums[name]} for name, label in GROUPS.items()],
        "rows": [
            {
                "payment": payment,
                "free": free.get(payment.pk, 0),
                "typed": request.POST if payment.pk == typed_on else {},
            }
            for payment in found.rows
        ],
        "next_key": found.next_key,
        "may_decide": bool(person(request).roles & decisions.DECIDERS),
    }
    return render(request, "desk/payments.html", page, status=status)
