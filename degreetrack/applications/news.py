"""The news of an application: what its notices say."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext_lazy as _

from degreetrack.applicants.contacts import Contact
from degreetrack.applications import reach
from degreetrack.applications.lifecycle import Move
from degreetrack.applications.models import Application, Objection
from degreetrack.catalogue.models import Institution, Kind
from degreetrack.catalogue.services import institution
from degreetrack.journal.services import Line
from degreetrack.notifications.models import Priority
from degreetrack.notifications.services import STATUS, Letter, Read, queue_many

NEEDS = {
    "objections": _("the objections"),
    "answers": _("the answer to each objection"),
    "stock_no": _("the stock number"),
    "courier": _("the courier"),
    "consignment_no": _("the consignment number"),
    "handed_to": _("who received it"),
}


def tell(
    application: Application,
    line: Move,
    *,
    reason: str,
    at: datetime,
    first: Sequence[Line] = (),
    read: Read | None = None,
) -> None:
    """Queue the notices of a move to the applicant, in their language; the journal tells `first` before."""
    send(line.verb, application, at=at, topic=STATUS, reason=reason, first=first, read=read)


def send(
    template: str,
    application: Application,
    *,
    at: datetime,
    priority: Priority = Priority.NEWS,
    topic: str = "",
    not_before: datetime | None = None,
    first: Sequence[Line] = (),
    read: Read | None = None,
    **more: Any,
) -> None:
    """Queue the notices of one template to the applicant, in their language; `more` is for the template.

    What was `read` of the case before says that it has no open objection, and no newer contact.
    """
    open_ones = [] if read else list(application.objections.filter(cleared_at=None))
    contact = Contact(application.mobile, application.email) if read else reach.contact(application)
    letter = _letter(application, institution(), contact, open_ones, more)
    queue_many(
        template,
        [letter],
        priority=priority,
        topic=topic,
        at=at,
        not_before=not_before,
        first=first,
        read=read,
    )


def tell_many(
    applications: Sequence[Application], line: Move, *, reason: str, at: datetime, first: Sequence[Line]
) -> None:
    """Queue the notices of one move of many cases, in few statements."""
    uni, to = institution(), reach.contacts_of(applications)
    open_ones: defaultdict[int, list[Objection]] = defaultdict(list)
    for row in Objection.objects.filter(application__in=list(to), cleared_at=None):
        open_ones[row.application_id].append(row)
    letters = [_letter(row, uni, to[row.pk], open_ones[row.pk], {"reason": reason}) for row in applications]
    queue_many(line.verb, letters, topic=STATUS, at=at, first=first)


@cache
def _status_path() -> str:
    return reverse("public:status", args=["TRACKED"])


def _letter(
    application: Application, uni: Institution, to: Contact, objections: list[Objection], more: dict[str, Any]
) -> Letter:
    """What the templates of a case's notices are filled in with, and where they go."""
    with translation.override(application.language):
        context = {
            "tracking_id": application.tracking_id,
            "kind": str(Kind(application.kind).label),
            "programme": application.result.programme.title,
            "name": application.result.student.name,
            "institution": uni.short_name,
            "help_phone": uni.help_phone,
            "status_url": settings.SITE_URL + _status_path().replace("TRACKED", application.tracking_id),
            "limit_on": formats.date_format(application.limit_on) if application.limit_on else "",
            "courier": application.courier,
            "consignment_no": application.consignment_no,
            "objections": [row.text for row in objections],
            **more,
        }
    return Letter(application.stream, to.email, to.mobile, application.language, context)
