"""The whole table of addresses, somebody else's things to put into it, and what no answer may hold.

A page is crawled from the day it is born; one whose argument stands in no row here fails the crawl.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from django.contrib import admin
from django.db import models
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from degreetrack.accounts.factor_models import Factor, FactorKind
from degreetrack.accounts.models import Actor, Role, StaffSession
from degreetrack.applicants import contacts
from degreetrack.applicants.models import ApplicantSession, ContactClaim
from degreetrack.applications import batches, drafts, proposals
from degreetrack.applications.batch_models import SavedView
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.aside.models import Aside
from degreetrack.catalogue.models import Region, RequiredDocument
from degreetrack.documents.services import take_in
from degreetrack.documents.uploads import begin
from degreetrack.fees.challans import make_challan
from degreetrack.fees.models import Payment
from degreetrack.fees.payments import take_payment
from degreetrack.issuing import manifests, post_files, runs
from degreetrack.journal.services import timeline
from degreetrack.notifications.models import Notice
from degreetrack.oversight.escalation_models import Escalation, Level
from degreetrack.records.models import Result, Student
from degreetrack.web import captcha
from tests.documents.papers import photo

TEMPLATES = Path(__file__).parents[2] / "templates"
SECRETS = {
    "name_en": "Zubaidamark Qureshimark",
    "name_ur": "زبیدہنشان قریشینشان",
    "father_name_en": "Fazalmark Qureshimark",
    "father_name_ur": "فضلنشان قریشینشان",
    "cnic": "61198-7654321-9",
    "mobile": "+923219876543",
    "email": "zubaidamark@secret.example",
    "registration_no": "19-KHI-987654",
}
HOUSE = "House 917, Markerabad"
NEW_MOBILE, NEW_EMAIL = "+923337654321", "newmark@secret.example"
# Words of their own, so that no random token of a page is taken for them.
MARKS = re.compile(
    "|".join(
        [*map(re.escape, SECRETS.values()), "6119876543219", "0?3219876543", "Markerabad", "newmark@"]
        + ["0?3337654321", r"\b3917\b", "Zubaidamark", "Fazalmark"]
    )
)


@dataclass(frozen=True)
class Route:
    """One row of the table: its full name, what its address is made of, and its arguments."""

    name: str
    pattern: str
    arguments: tuple[str, ...]

    def path(self, values: dict[str, object]) -> str:
        """The address with its arguments filled in; a missing one is a KeyError with its name."""

        def value(found: re.Match) -> str:
            argument = found[1]
            return str(values[f"{self.name}.{argument}" if f"{self.name}.{argument}" in values else argument])

        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", value, self.pattern)


# After these nobody is signed in any more.
LAST = ("portal:sign-out", "desk:logout", "admin:logout", "desk:password-reset-confirm")


def routes() -> list[Route]:
    """Every address there is, by walking through the resolver."""
    return sorted(_walk(get_resolver().url_patterns, "", ""), key=lambda one: one.name in LAST)


def _walk(patterns: list, before: str, space: str) -> Iterator[Route]:
    for one in patterns:
        # Of an address by expression: a name for each group, and nothing for what may be left out.
        plain = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^)]*\))*\)", r"<\1>", str(one.pattern))
        whole = before + re.sub(r"\([^)]*\)\?|^\^|\$$", "", plain)
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, whole, space + (f"{one.namespace}:" if one.namespace else ""))
        else:
            yield Route(f"{space}{one.name}", whole, tuple(re.findall(r"<(?:\w+:)?(\w+)>", whole)))


# What no database knows, one for each sort of argument.
TYPED = "..%5C'%22%3Cb%3E%7B%7B7*7%7D%7D"
NONSENSE: dict[str, object] = {
    **dict.fromkeys(("tracking_id", "verb", "state", "token", "code", "number", "secret"), TYPED),
    **dict.fromkeys(("uidb64", "id", "url"), TYPED),
    **dict.fromkeys(("pk", "page_pk", "document_pk", "line_pk"), "9" * 25),
    **dict.fromkeys(("name", "form", "language", "channel", "decision", "part", "provider"), "no-such"),
    "object_id": "_0A_22no/such",
    "content_type_id": "99",
    "app_label": "auth",
    "desk:assign.state": "nonsense",
    "which": "next",
    "how": "stop",
}


def filled(route: Route, values: dict[str, object]) -> dict[str, object]:
    """The values for one route; of the administration's, a row of the very model."""
    found = re.match(r"admin/(\w+)/(\w+)/<(?:path:)?(?:object_id|id)>", route.pattern)
    if found and values is not NONSENSE:
        model = next(m for m in admin.site._registry if m._meta.label_lower == f"{found[1]}.{found[2]}")
        row = model._default_manager.order_by("pk").first()
        values = values | dict.fromkeys(("object_id", "id"), row.pk if row else 1)
    return values


@pytest.fixture
def somebody_else(in_state, a_result, clerks, stock, signed_in) -> dict[str, object]:
    """A person of another office with one of everything, as the arguments of addresses."""
    result = a_result("KZ917355", **SECRETS, region=Region.objects.get(code="karachi"), obtained_marks=3917)
    student = result.student
    numbers = iter(range(917356, 917399))

    def case(state: State, kind: str = "PC") -> Application:
        """One more case of theirs, each with a roll number of its own."""
        fields = {
            f.name: getattr(result, f.name) for f in Result._meta.fields if f.name not in ("id", "roll_no")
        }
        more = Result.objects.create(roll_no=f"KZ{next(numbers)}", **fields)
        where = {"office": "karachi", "address": HOUSE, "mobile": student.mobile, "email": student.email}
        return in_state(state, result=more, kind=kind, **where)

    stock(20, "PC")
    case(State.APPROVED)
    run = runs.start_run("PC", size=5, by=clerks(Role.PRINTING))
    case(State.SIGNED)
    manifest = manifests.start_manifest("TCS", by=clerks(Role.DISPATCH))
    told = b"consignment_no,outcome,date,reason\r\nTCS1,NONSENSE,2026-01-01,Markerabad\r\n"
    post = post_files.take_deliveries("TCS", told, name="p.csv", by=clerks(Role.DISPATCH))
    case(State.VERIFIED)
    batch = batches.begin(clerks(Role.APPROVAL), verb="approve", state=State.VERIFIED)
    proposal = proposals.propose(
        case(State.CHECKED).tracking_id,
        by=clerks(Role.SCRUTINY),
        objections=[("cnic-copy", None)],
        why="Seen",
    )
    application = case(State.OBJECTED)
    document = take_in(
        student, [photo()], requirement=RequiredDocument.objects.get(pk="cnic"), by=Actor("applicant")
    )
    draft = drafts.begin(student, result.pk, kind="DEGREE", issue="ORIGINAL", urgent=False, language="en")
    challan = make_challan(student, subject=draft.stream, purpose="application", lines=[("Fee", "فیس", 917)])
    upload = begin(student, requirement=None, filename="Zubaidamark.pdf", size=917)
    contacts.claim(
        result.roll_no,
        cnic="6119876543219",
        date_of_birth=date(1995, 5, 1),
        father_name="Fazalmark Qureshimark",
        mobile=NEW_MOBILE,
        email=NEW_EMAIL,
        language="en",
    )
    take_payment(
        provider="bank",
        reference="917",
        challan_no="nonsense",
        amount=917,
        paid_on=timezone.localdate(),
        via="file",
    )
    late = Escalation.objects.create(
        application=application,
        state=application.state,
        since=application.state_since,
        due_on=timezone.localdate(),
        level=Level.CONTROLLER,
        officer=clerks(Role.CONTROLLER),
        at=timezone.now(),
    )
    view = SavedView.objects.create(user=clerks(Role.SCRUTINY), name="Markerabad", state="received")
    staff = StaffSession.objects.create(
        user=clerks(Role.SCRUTINY), session_key="markersession", browser="Markerabad", since=timezone.now()
    )
    factor = Factor.objects.create(
        user=staff.user, kind=FactorKind.PASSKEY, name="Markerabad", credential="mark", since=timezone.now()
    )
    waits = Aside.objects.create(
        job="remind_due", row=application.stream, fault="KeyError", tries=5, since=timezone.now(),
        again_at=timezone.now(), set_aside_at=timezone.now(),
    )  # fmt: skip
    browser = signed_in(student)
    notice = Notice.objects.filter(stream=application.stream).first()
    claim = ContactClaim.objects.get(student=student)
    return {
        "student": student,
        "application": application,
        "result": result,
        "browser": browser,
        "challan": challan,
        "tracking_id": application.tracking_id,
        "number": challan.number,
        "code": "ur",
        "token": f"{notice.pk}:AAAA",
        "captcha:image.token": captcha.new(),
        "captcha:sound.token": captcha.new(),
        "documents:upload.token": upload.token,
        "page_pk": document.pages.get().pk,
        "document_pk": document.pk,
        "portal:session-end.pk": ApplicantSession.objects.get(student=student).pk,
        "desk:session-end.pk": staff.pk,
        "portal:discard.pk": draft.pk,
        "portal:step.pk": draft.pk,
        "part": "delivery",
        "name": "address",
        "verb": "check",
        "state": "objected",
        "which": "chosen",
        "how": "stop",
        "desk:figures-file.name": "backlog",
        "form": "csv",
        "language": "en",
        "channel": "sms",
        "decision": "accept",
        "desk:wording.name": "approve",
        "desk:payment-decide.decision": "attend",
        "desk:stock-lot.pk": run.lines.get().blank.lot_id,
        "desk:stock-void.pk": run.lines.get().blank.lot_id,
        **{
            f"desk:run{what}.pk": run.pk
            for what in ("", "-printed", "-spoil", "-blank", "-close", "-signatures", "-sign")
        },
        "desk:run-spoil.line_pk": run.lines.get().pk,
        "desk:run-blank.line_pk": run.lines.get().pk,
        **{
            f"desk:manifest{what}.pk": manifest.pk
            for what in ("", "-csv", "-pdf", "-number", "-numbers", "-off", "-close")
        },
        "desk:manifest-off.line_pk": manifest.lines.get().pk,
        "desk:post-file-rejected.pk": post.pk,
        **{f"desk:batch{what}.pk": batch.pk for what in ("", "-refused", "-steer")},
        "desk:payment-decide.pk": Payment.objects.get().pk,
        "desk:late-acknowledge.pk": late.pk,
        "desk:proposal-decide.pk": proposal.pk,
        "desk:delete-view.pk": view.pk,
        "desk:contact-decide.pk": claim.pk,
        "desk:second-remove.pk": factor.pk,
        "desk:second-name.pk": factor.pk,
        "desk:aside-again.pk": waits.pk,
        "admin:accounts_user_security.pk": staff.user_id,
        "desk:notice-again.pk": notice.pk,
        "uidb64": "MQ",
        "provider": "bank",
        "secret": "not-the-secret",
        "content_type_id": 1,
        "object_id": 1,
        "app_label": "accounts",
        "url": "nowhere",
        "id": 1,
    }


def stands(other: dict[str, object]) -> object:
    """All that stands about somebody else, so that two of it show whether anything was touched."""
    student = other["student"]
    mine: list[models.QuerySet] = [
        Student.objects.filter(pk=student.pk),
        Result.objects.filter(student=student),
        ContactClaim.objects.filter(student=student),
        ApplicantSession.objects.filter(student=student),
        student.drafts.all(),
        student.documents.all(),
        student.challans.all(),
    ]
    cases = Application.objects.filter(result__student=student).order_by("pk")
    streams = [case.stream for case in cases] + [f"student/{student.pk}"]
    return (
        [list(rows.order_by("pk").values()) for rows in mine],
        list(cases.values()),
        [[(entry.verb, entry.sequence) for entry in timeline(stream)] for stream in streams],
    )


def field_names() -> set[str]:
    """The name of every field that any page of ours shows."""
    texts = [path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")]
    return {name for text in texts for name in re.findall(r'\bname="([\w-]+)"', text)}


def forged(other: dict[str, object]) -> dict[str, object]:
    """A form that names somebody else's things in every field, and tries to set what no form has."""
    body: dict[str, object] = dict.fromkeys(field_names(), other["tracking_id"])
    rolls = dict.fromkeys(("roll_no", "number", "q"), other["result"].roll_no)
    extra = {
        "state": "approved",
        "is_superuser": "on",
        "is_staff": "on",
        "office": "karachi",
        "amount": "1",
        "student": other["student"].pk,
        "application": other["application"].pk,
        "id": "1",
        "pk": "1",
        "user": "1",
        "section": "controller",
        "role": "controller",
        "verdict": "matched",
        "urgent": "on",
        "objection": other["application"].objections.first().pk,
        "challan": other["challan"].number,
    }
    return body | rolls | extra | {"next": "//evil.example/", "csrfmiddlewaretoken": "x"}
