"""Where an application may stand, and what each state means to its applicant."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from degreetrack.accounts.models import Role


class Group(StrEnum):
    """Which of the public lists a state belongs to."""

    IN_PROCESS = "in-process"
    INCOMPLETE = "incomplete"
    RETURNED = "returned"
    COMPLETED = "completed"
    CLOSED = "closed"


class State(models.TextChoices):
    """Where an application stands, in the words the applicant reads."""

    RECEIVED = "received", _("Received, waiting for checking")
    CHECKED = "checked", _("Papers complete, waiting for verification")
    VERIFIED = "verified", _("Verified, waiting for approval")
    OBJECTED = "objected", _("Waiting on you: objections to answer")
    ANSWERED = "answered", _("Your answer arrived, waiting for checking")
    RETURNED = "returned", _("Returned incomplete")
    APPROVED = "approved", _("Approved, waiting for printing")
    PRINTED = "printed", _("Printed, waiting for signature")
    SIGNED = "signed", _("Signed, waiting for dispatch")
    DISPATCHED = "dispatched", _("On its way to you")
    UNDELIVERED = "undelivered", _("Waiting on you: it came back, confirm your address")
    DELIVERED = "delivered", _("Delivered")
    REJECTED = "rejected", _("Closed: rejected")
    WITHDRAWN = "withdrawn", _("Closed: withdrawn")


S = State
GROUPS: dict[State, Group] = {
    S.RECEIVED: Group.IN_PROCESS,
    S.CHECKED: Group.IN_PROCESS,
    S.VERIFIED: Group.IN_PROCESS,
    S.OBJECTED: Group.INCOMPLETE,
    S.ANSWERED: Group.IN_PROCESS,
    S.RETURNED: Group.RETURNED,
    S.APPROVED: Group.IN_PROCESS,
    S.PRINTED: Group.IN_PROCESS,
    S.SIGNED: Group.IN_PROCESS,
    S.DISPATCHED: Group.COMPLETED,
    S.UNDELIVERED: Group.INCOMPLETE,
    S.DELIVERED: Group.COMPLETED,
    S.REJECTED: Group.CLOSED,
    S.WITHDRAWN: Group.CLOSED,
}
# The stages at the university, in the order of the work, and the role whose work each is.
DESKS: dict[State, Role] = {
    S.RECEIVED: Role.SCRUTINY,
    S.ANSWERED: Role.SCRUTINY,
    S.CHECKED: Role.VERIFICATION,
    S.VERIFIED: Role.APPROVAL,
    S.APPROVED: Role.PRINTING,
    S.PRINTED: Role.SIGNATURE,
    S.SIGNED: Role.DISPATCH,
}
WAITS_ON_APPLICANT = (S.OBJECTED, S.RETURNED, S.UNDELIVERED)
ENDED = (S.DELIVERED, S.REJECTED, S.WITHDRAWN)
BEFORE_APPROVAL = (S.RECEIVED, S.CHECKED, S.VERIFIED, S.OBJECTED, S.ANSWERED, S.RETURNED)
# While the document is with the university, its owner may say where it shall go and to whom.
AT_THE_UNIVERSITY = (*BEFORE_APPROVAL, S.APPROVED, S.PRINTED, S.SIGNED, S.UNDELIVERED)
