"""An application as the public may see it: the least that helps whoever holds the number.

What a page shows is taken apart into its shape (all that decides which sentences stand there) and its
texts (all that is written into them), so that a page of each shape is rendered once: see `moulds`.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import get_language

from degreetrack.applications import custody
from degreetrack.applications.clocks import clocks
from degreetrack.applications.forecasts import closed_days, expected
from degreetrack.applications.glances import Defect, Glance, ahead
from degreetrack.applications.lifecycle import ENDED, GROUPS, WAITS_ON_APPLICANT, Group, State
from degreetrack.applications.queries import WAY, status_of
from degreetrack.catalogue.models import Issue, Kind, ObjectionGroup
from degreetrack.kit.calendars import working_days_between


def masked_name(name: str) -> str:
    """The first letter of each word, so that its owner knows it and a stranger does not learn it."""
    return " ".join(word[0] + "•" * 5 for word in name.split())


class Shape(NamedTuple):
    """Which sentences a status page has; two pages of one shape differ in their texts alone."""

    state: State
    whole: bool
    elsewhere: bool
    too_late: bool
    stuck: bool
    overdue: bool
    expected: str
    ahead: str
    urgent: bool
    limited: bool
    sent: bool
    courier: bool
    closed_why: bool
    university_days: int
    applicant_days: int
    cures: tuple[bool, ...]
    stops: tuple[bool, ...]
    steps: tuple[tuple[int, str, bool], ...]

    @property
    def standing(self) -> str:
        """Who has to act now: you, the university or the courier; else done or shut."""
        if self.state in WAITS_ON_APPLICANT:
            return "you"
        if self.state in (State.DISPATCHED, State.DELIVERED):
            return "courier" if self.state is State.DISPATCHED else "done"
        return "shut" if GROUPS[self.state] is Group.CLOSED else "university"

    @property
    def ahead_form(self) -> int:
        """The plural form of the cases before it."""
        return 1 if self.ahead == "one" else 2

    @property
    def incomplete(self) -> bool:
        """Whether it stands in the list of incomplete and returned applications."""
        return GROUPS[self.state] in (Group.INCOMPLETE, Group.RETURNED)


Texts = dict[str, str]
Written = Callable[[date | datetime], str]


def taken_apart(glance: Glance, *, whole: bool, elsewhere: bool = False) -> tuple[Shape, Texts]:
    """The shape and the texts of what is shown of one: `whole` to the holder of its tracking ID."""
    now, language, state = timezone.now(), get_language(), glance.state
    urdu, day = language == "ur", _days(language)
    sides = clocks(glance, glance.past, at=now)
    texts: Texts = {
        "tracking_id": glance.tracking_id,
        "name": masked_name(_in_language(glance.names, urdu)),
        "kind": _label(Kind, glance.kind, language),
        "issue": _label(Issue, glance.issue, language),
        "programme": _in_language(glance.titles, urdu),
        "received": day(glance.received_at),
        "limit": day(glance.limit_on) if glance.limit_on else "",
        "courier": glance.courier,
        "consignment_no": glance.consignment_no,
        "closing_reason": glance.closing_reason,
        "university_days": str(sides.university_days),
        "applicant_days": str(sides.applicant_days),
    }
    defects = glance.defects
    if defects:
        texts |= _of_defects(defects, language, whole=whole)
    steps = []
    for place, (_step, status, at) in enumerate(status_of(glance, glance.past)):
        if at:
            texts[_STEPS[place]] = day(at)
        steps.append((place, status, at is not None))
    trail = custody.trail(glance.past, now=now) if whole and state not in ENDED else []
    if trail:
        texts |= _of_trail(trail, day)
    overdue, told = _expected(glance, now, texts, day)
    shape = Shape(
        state=state,
        whole=whole,
        elsewhere=elsewhere,
        too_late=glance.limit_on is not None and glance.limit_on < timezone.localdate(now),
        stuck=_is_stuck(glance, now),
        overdue=overdue,
        expected=told,
        ahead=_ahead(glance, texts),
        urgent=glance.urgent,
        limited=glance.limit_on is not None,
        sent=bool(glance.consignment_no),
        courier=bool(glance.courier),
        closed_why=bool(glance.closing_reason),
        university_days=_form(sides.university_days),
        applicant_days=_form(sides.applicant_days),
        cures=tuple([bool(texts[f"cure{place}"]) for place in range(len(defects))]),
        stops=tuple([bool(stop.to) for stop in trail]),
        steps=tuple(steps),
    )
    return shape, texts


def assembled(shape: Shape, text: Callable[[str], str]) -> SimpleNamespace:
    """What the template is given: the shape, and each text by its name."""
    ended = shape.steps[-1][1] == "shut"
    labels = [WAY[0], shape.state.label] if ended else WAY
    parts: dict[str, Any] = {
        "steps": [
            {"label": labels[place], "status": how, "at": text(f"step{place}") if dated else ""}
            for place, how, dated in shape.steps
        ],
        "objections": [
            {"text": text(f"defect{place}"), "cure": text(f"cure{place}") if cure else ""}
            for place, cure in enumerate(shape.cures)
        ],
    }
    parts["trail"] = [
        {"place": text(f"place{place}"), "to": text(f"to{place}") if way else "", "at": text(f"stop{place}")}
        for place, way in enumerate(shape.stops)
    ]
    for name in _TEXTS:
        parts[name] = text(name)
    return SimpleNamespace(shape=shape, state=shape.state, standing=shape.standing, **parts)


def whole_status(glance: Glance) -> SimpleNamespace:
    """What the template is given, for pages that are rendered each time."""
    shape, texts = taken_apart(glance, whole=True)
    return assembled(shape, lambda name: texts.get(name, ""))


_STEPS = [f"step{place}" for place in range(len(WAY))]
_TEXTS = (
    "tracking_id", "name", "kind", "issue", "programme", "received", "limit", "courier", "consignment_no",
    "closing_reason", "university_days", "applicant_days", "early", "late", "enquire_from", "ahead",
    "paper",
)  # fmt: skip


def _form(number: int) -> int:
    """Which plural form it takes: English and Urdu have one for 1 and one for the rest."""
    return 1 if number == 1 else 2


def _in_language(pair: tuple[str, str], urdu: bool) -> str:
    return pair[1] if urdu and pair[1] else pair[0]


def _of_defects(defects: Sequence[Defect], language: str | None, *, whole: bool) -> Texts:
    texts: Texts = {}
    urdu = language == "ur"
    for place, defect in enumerate(defects):
        texts[f"defect{place}"], texts[f"cure{place}"] = _words(defect, urdu) if whole else (
            _label(ObjectionGroup, defect.group, language), ""
        )  # fmt: skip
    return texts


def _of_trail(trail: list[custody.Stop], day: Written) -> Texts:
    """Where the paper has been, and in one sentence where it is."""
    texts: Texts = {"paper": trail[-1].sentence} if trail else {}
    for place, stop in enumerate(trail):
        texts |= {f"place{place}": stop.place, f"to{place}": stop.to, f"stop{place}": day(stop.at)}
    return texts


def _words(defect: Defect, urdu: bool) -> tuple[str, str]:
    return (
        (urdu and defect.text_ur) or defect.text_en,
        (urdu and defect.cure_ur) or defect.cure_en,
    )


def _expected(glance: Glance, now: datetime, texts: Texts, day: Written) -> tuple[bool, str]:
    """Whether it is time to enquire, and how the dates are told; the dates go to the texts."""
    found = expected(glance, at=now)
    if found is None:
        return False, ""
    texts["enquire_from"] = day(found.enquire_from)
    if found.early is None or found.late is None:
        return True, "past"
    texts |= {"early": day(found.early), "late": day(found.late)}
    return False, "day" if found.early == found.late else "range"


def _ahead(glance: Glance, texts: Texts) -> str:
    """How the cases before it are told: more than can be counted, none, one or several."""
    number = ahead(glance)
    texts["ahead"] = str(number)
    if number is None:
        return "many"
    return "none" if not number else "one" if number == 1 else "several"


def _days(language: str | None) -> Written:
    """How a day is written in a language; that of a moment is the day at the university."""
    zone = timezone.get_default_timezone()

    def written(value: date | datetime) -> str:
        day = value.astimezone(zone).date() if isinstance(value, datetime) else value
        return _written(day, language)

    return written


def _is_stuck(glance: Glance, now: datetime) -> bool:
    """Whether a parcel is under way for more working days than parcels usually are."""
    if glance.state != State.DISPATCHED:
        return False
    since, today = timezone.localdate(glance.state_since), timezone.localdate(now)
    closed, weekend = closed_days()
    days = working_days_between(since, today, holidays=closed, weekend=weekend)
    return days > settings.PARCEL_DAYS


@lru_cache(maxsize=20_000)
def _written(day: date, language: str | None) -> str:
    return formats.date_format(day, "j F Y")


@lru_cache(maxsize=100)
def _label(choices: Any, value: str, language: str | None) -> str:
    return str(choices(value).label)
