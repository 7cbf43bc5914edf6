"""The sample university: staff, and applications of the last year made by real moves at past times."""

import random
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count

from django.db import transaction
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from degreetrack.accounts import factors, totp
from degreetrack.accounts.models import CLOCK, Role, Section, User
from degreetrack.applications import custody, services
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Route
from degreetrack.catalogue.models import Kind, ObjectionReason
from degreetrack.credentials.lots import receive
from degreetrack.credentials.models import Blank
from degreetrack.credentials.models import Fate as Stored
from degreetrack.issuing import runs
from degreetrack.issuing.manifests import start_manifest
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import Fate, Notice
from degreetrack.records.models import Result

# Public as well: the demo's people who must have a second factor share one app, whose code /demo/ shows.
APP_SECRET = "DEGREETRACKDEMOONLYDEGREETRACKDE"  # noqa: S105  # nosec B105
PASSWORD = "demo-of-degreetrack"  # noqa: S105 - the demo's, public, refused outside it  # nosec B105
# How an application goes where nothing stops it, and how many of a hundred go that way; today stops many.
WAYS: list[tuple[int, list[str]]] = [
    (58, ["check", "verify", "approve", "print", "sign", "dispatch", "deliver"]),
    (4, ["check", "verify", "approve", "print", "sign", "dispatch", "come_back"]),
    (11, ["object", "answer", "check", "verify", "approve", "print", "sign", "dispatch", "deliver"]),
    (3, ["object", "answer", "object", "answer", "check", "verify", "approve", "print", "sign", "dispatch"]),
    (7, ["object", "answer", "check", "verify", "approve", "print", "spoil", "print", "sign", "hand_over"]),
    (4, ["object", "return", "revive", "check", "verify", "approve", "print", "sign", "dispatch", "deliver"]),
    (5, ["object", "return"]),
    (4, ["reject"]),
    (4, ["withdraw"]),
]
# At least and at most so many hours until a step; the others take the middle way.
HOURS = {
    "check": (72, 360),
    "verify": (24, 120),
    "object": (72, 480),
    "answer": (24, 600),
    "approve": (24, 240),
}
# The steps before which a section has the paper in its hands.
DESK_STEPS = ("check", "object", "verify", "approve", "print", "sign", "dispatch")
PAPER = (Route.COUNTER, Route.POST)
ROLES = {
    "check": "scrutiny",
    "verify": "verification",
    "object": "scrutiny",
    "answer": "receipt",
    "revive": "receipt",
    "withdraw": "receipt",
    "hand_over": "receipt",
    "approve": "approval",
    "reject": "approval",
    "print": "printing",
    "spoil": "printing",
    "sign": "signature",
    "dispatch": "dispatch",
    "deliver": "dispatch",
    "come_back": "dispatch",
}
REASONS = {
    "spoil": "Ink ran on the second line",
    "reject": "The result was cancelled by the examination department",
    "withdraw": "Withdrawn as asked for in a letter",
    "come_back": "House locked on three visits",
}


def make_staff() -> list[User]:
    """For each section a member of staff and who heads it, all with the demo's password; an administrator."""
    staff = []
    for section in Section.objects.all():
        office = "lahore" if section.rights.filter(role=Role.REGIONAL).exists() else ""
        staff.append(_member(section.code, section, section.name_en, office=office))
        if section.code not in ("controller", "audit"):
            name = f"{section.name_en} (head)"
            staff.append(_member(f"{section.code}-head", section, name, office=office, supervisor=True))
    receipt = Section.objects.get(code="receipt")
    staff.append(_member("admin", receipt, "Administrator", is_superuser=True))
    for user in staff:
        if factors.must_have(user) and not factors.has_any(user):
            code = totp.code_of(APP_SECRET, totp.step_at(timezone.now()) - 1)
            factors.add_app(user, secret=APP_SECRET, code=code, name="The demo's app")
    return staff


def code_now() -> tuple[str, int]:
    """What the demo's app shows, and for how many more seconds."""
    now = timezone.now()
    return totp.code_of(APP_SECRET, totp.step_at(now)), totp.STEP - int(now.timestamp()) % totp.STEP


def _member(username: str, section: Section, name: str, **more: object) -> User:
    user, new = User.objects.get_or_create(
        username=username,
        defaults={
            "section": section,
            "first_name": name,
            "email": f"{username}@degreetrack.example",
            "is_staff": True,
            **more,
        },
    )
    if new:
        user.set_password(PASSWORD)
        user.save()
    return user


class SampleYear:
    """Make applications, each with a history that makes sense in time."""

    def __init__(self) -> None:
        self._draw = random.Random(2026)  # noqa: S311 - a sample, the same each time  # nosec B311
        self._staff = {user.username: user for user in User.objects.all()}
        self._reasons = list(ObjectionReason.objects.filter(retired=False))
        self._consignments = count(500001)
        self._now = timezone.now()

    def fill(self, number: int) -> None:
        """Make so many applications, oldest first, in one transaction."""
        results = list(
            Result.objects.filter(result_codes="").select_related("student", "programme").order_by("pk")
        )
        chosen = self._draw.sample(results, number)
        ways = self._draw.choices([way for _n, way in WAYS], [n for n, _way in WAYS], k=number)
        with transaction.atomic(), translation.override("en"):
            self._receive_stock(number)
            for result, way in zip(chosen, ways, strict=True):
                self._live(result, way)
            self._this_morning()
            sent = Notice.objects.filter(queued_at__lt=self._now - timedelta(minutes=5))
            sent.update(fate=Fate.SENT, attempts=1, sent_at=self._now)

    def _this_morning(self) -> None:
        """A run that is half printed and a manifest that waits for its numbers."""
        printing, dispatch = self._staff["printing"], self._staff["dispatch"]
        with suppress(Refused):
            run = runs.start_run(Kind.PC, size=12, by=printing)
            lines = list(run.lines.select_related("application", "blank").order_by("position"))
            runs.printed(run, lines[: len(lines) // 2], by=printing)
            runs.spoil(run, lines[-1], reason=REASONS["spoil"], by=printing)
        with suppress(Refused):
            start_manifest("TCS", size=15, by=dispatch)

    def _receive_stock(self, number: int) -> None:
        """Enough blanks of every kind for twice as many certificates, from the printer a year ago."""
        for kind in Kind.values:
            receive(
                kind,
                prefix=f"{kind}-",
                first="100001",
                last=str(100000 + 2 * number),
                paper_no="Security Printing Press, delivery note 2417",
                by=self._staff["printing"],
                at=self._now - timedelta(days=366),
            )

    def _live(self, result: Result, way: list[str]) -> None:
        at = self._begin()
        draw, student = self._draw, result.student
        application = services.submit(
            result,
            by=self._staff["receipt"],
            kind=draw.choice(["PC", "PC", "DEGREE", "DMC"]),
            urgent=draw.random() < 0.2,
            route=draw.choice(["counter", "post"]),
            language=draw.choice(["en", "ur"]),
            mobile=student.mobile,
            email=student.email,
            address=f"House {draw.randrange(1, 400)}, {student.region.name_en}",
            challan_no=str(draw.randrange(10**9, 10**10)),
            office="lahore" if student.region_id == "lahore" else "",
            at=at,
        )
        for verb in way:
            at = self._later(application, verb, at)
            if at >= self._now:
                break
            application = self._move(application, verb, at)

    def _begin(self) -> datetime:
        """Some moment of the last year."""
        return self._now - timedelta(days=self._draw.randrange(360), minutes=self._draw.randrange(1, 600))

    def _later(self, application: Application, verb: str, at: datetime) -> datetime:
        if verb == "return" and application.limit_on:
            days = (application.limit_on - timezone.localdate(at)).days + 1
            return at + timedelta(days=days)
        return at + timedelta(hours=self._draw.randrange(*HOURS.get(verb, (6, 120))))

    def _carry(self, application: Application, verb: str, at: datetime) -> None:
        """The paper is scanned at the desk that works on the file next."""
        if application.route not in PAPER or verb not in DESK_STEPS:
            return
        with suppress(custody.Already):
            custody.receive_paper(
                application.tracking_id, by=self._staff[ROLES[verb]], at=at - timedelta(minutes=30)
            )

    def _move(self, application: Application, verb: str, at: datetime) -> Application:
        facts: dict[str, object] = {}
        if verb == "object":
            chosen = self._draw.sample(self._reasons, self._draw.randrange(1, 4))
            facts["objections"] = [(reason.code, None) for reason in chosen]
        elif verb in ("answer", "revive"):
            waiting = application.objections.filter(cleared_at=None)
            facts["answers"] = {row.pk: "Handed in at the counter" for row in waiting}
        elif verb == "print":
            free = Blank.objects.filter(lot__kind=application.kind, fate=Stored.IN_STORE).order_by("pk")
            facts["stock_no"] = free.values_list("number", flat=True)[0]
        elif verb == "dispatch":
            facts |= {"courier": "TCS", "consignment_no": f"TCS{next(self._consignments)}"}
        elif verb == "hand_over":
            facts |= {"handed_to": application.result.student.name_en, "cnic_seen": True}
        self._carry(application, verb, at)
        # A second objection is the head's to raise.
        head = "-head" if verb == "object" and application.objection_rounds else ""
        by = CLOCK if verb == "return" else self._staff[ROLES[verb] + head]
        return services.move(
            application.tracking_id, verb, by=by, reason=REASONS.get(verb, ""), at=at, **facts
        )


def sample_ids() -> list[Application]:
    """One application in each of ten or more states, for whoever tries the demo."""
    found = []
    for state in State:
        newest = Application.objects.filter(state=state).exclude(route="register").order_by("-pk").first()
        if newest:
            found.append(newest)
    return found


def sample_applicants() -> list[tuple[Promise, str]]:
    """Roll numbers to sign in with in the portal, and what each is good to try."""
    fresh = Result.objects.filter(applications=None).exclude(student__mobile="").order_by("pk")
    fresh = fresh.filter(student__registration_no__regex="^(1[4-9]|2[0-3])-")
    tried = Application.objects.exclude(route="register").exclude(mobile="").order_by("-pk")
    waiting = tried.filter(state=State.OBJECTED).select_related("result").first()
    found = [
        (_("an application that waits on you"), waiting.result if waiting else None),
        (_("a clean result, to apply for"), fresh.filter(result_codes="").first()),
        (_("a result that cannot be applied for yet"), fresh.filter(result_codes__startswith="R/E").first()),
    ]
    return [(what, result.roll_no) for what, result in found if result]
