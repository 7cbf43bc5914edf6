"""Where the paper file lies: received, handed over, and the trail that its applicant reads."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Right, Role, Section, User
from degreetrack.applications import queries
from degreetrack.applications.lifecycle import ENDED, State
from degreetrack.applications.models import Application, Delivery, Route
from degreetrack.catalogue.models import Region
from degreetrack.journal.services import record, timeline
from degreetrack.kit.refusals import Refused

_ONLY_READ = {Role.CONTROLLER, Role.AUDITOR}
_PAPER = (Route.COUNTER, Route.POST)
# A weekday says enough for so many days; beyond them stands the date.
_WEEK = 6


class Already(Refused):
    """It is so already; nothing was changed."""


class Ended(Refused):
    """The case is closed, and its paper moves no more."""


def may_carry(by: User | Actor) -> bool:
    """Whether somebody works with paper: every section but those that only read."""
    return bool(by.roles - _ONLY_READ - {Role.SUPERVISOR}) and getattr(by, "section_id", None) is not None


def begin(application: Application, *, by: User | Actor, at: datetime) -> dict[str, Any]:
    """A paper application lies where it was received; what the journal says of it. Online there is none."""
    if application.route not in _PAPER or not isinstance(by, User) or by.section is None:
        return {}
    _lay(application, by.section, by.office, at)
    return {"paper": _place(by.section, by.office)}


def receive_paper(tracking_id: str, *, by: User, at: datetime | None = None) -> Application:
    """The paper has arrived in this person's section; Already where it lay there before."""
    at = at or timezone.now()
    with _paper(tracking_id, by=by) as (application, section):
        if is_here(application, by) and application.paper_to_id is None:
            raise Already(
                _("It is here already, since %(when)s.") % {"when": when(application.paper_since, now=at)}
            )
        before = _standing(application)
        _lay(application, section, by.office, at)
        after = {"paper": _place(section, by.office)}
        _write(application, "paper_received", by=by, before=before, after=after, at=at)
    return application


def hand_over(
    tracking_id: str, *, to: Section, by: User, office: str = "", at: datetime | None = None
) -> Application:
    """Send the paper on its way; it is with the other section once they have received it."""
    at = at or timezone.now()
    with _paper(tracking_id, by=by) as (application, section):
        place = _place(to, office)
        if not is_here(application, by):
            told = where(application, now=at)
            raise Refused(_("It is not here: receive it first. %(where)s") % {"where": told})
        if (to.pk, office) == (section.pk, by.office):
            raise Refused(_("That is your own section."))
        if (application.paper_to_id, application.paper_to_office) == (to.pk, office):
            raise Already(
                _("It is on its way to %(place)s already, since %(when)s.")
                % {"place": named(place), "when": when(application.paper_since, now=at)}
            )
        if office and office not in (application.office, _collected_at(application)):
            raise Refused(_("That office has nothing to do with this file."))
        before = _standing(application)
        application.paper_to, application.paper_to_office, application.paper_since = to, office, at
        after = {"paper": _place(section, by.office), "to": place}
        _write(application, "paper_sent", by=by, before=before, after=after, at=at)
    return application


def undo(tracking_id: str, *, by: User, at: datetime | None = None) -> Application:
    """Take one's own last step with the paper back, by a new entry; Refused once it has gone on."""
    with _paper(tracking_id, by=by) as (application, _section):
        steps = _steps(timeline(application.stream))
        if not steps or steps[-1].verb == "submit" or steps[-1].actor_id != by.pk:
            raise Refused(_("Somebody else has had this file since; there is nothing of yours to undo."))
        back = steps[-1].data["before"]
        before = _standing(application)
        paper, to = back.get("paper") or {}, back.get("to") or {}
        application.paper_section_id, application.paper_office = paper.get("section"), paper.get("office", "")
        application.paper_to_id, application.paper_to_office = to.get("section"), to.get("office", "")
        application.paper_since = datetime.fromisoformat(back["since"]) if back.get("since") else None
        _write(application, "paper_undone", by=by, before=before, after=back, at=at or timezone.now())
    return application


@contextmanager
def _paper(tracking_id: str, *, by: User) -> Iterator[tuple[Application, Section]]:
    """Hold the case while its paper moves; Refused where it is not theirs to carry, Ended where closed."""
    section = by.section
    if not may_carry(by) or section is None:
        raise Refused(_("Your section does not carry paper files."))
    with transaction.atomic():
        application = queries.locked(tracking_id, by=by)
        if application.state in ENDED:
            raise Ended(
                _("This case is closed: %(state)s. Its paper belongs to the archive.")
                % {"state": State(application.state).label}
            )
        yield application, section


def is_here(application: Application, by: User) -> bool:
    """Whether the paper lies in this person's section, or has left it and not arrived yet."""
    place = (application.paper_section_id, application.paper_office)
    return application.paper_section_id is not None and place == (by.section_id, by.office)


def _collected_at(application: Application) -> str:
    return application.collect_office if application.delivery == Delivery.COLLECT else ""


def _lay(application: Application, section: Section, office: str, at: datetime) -> None:
    application.paper_section, application.paper_office, application.paper_since = section, office, at
    application.paper_to, application.paper_to_office = None, ""


def _write(application: Application, verb: str, *, by: User, before: Any, after: Any, at: datetime) -> None:
    application.save(
        update_fields=["paper_section", "paper_office", "paper_since", "paper_to", "paper_to_office"]
    )
    record(application.stream, verb, by=by, before=before, after=after, at=at)


def _place(section: Section, office: str) -> dict[str, str]:
    """A place as the journal keeps it: with its names, so that the status page asks nobody for them."""
    region = Region.objects.filter(pk=office).first() if office else None
    names = {"en": section.name_en, "ur": section.name_ur}
    if region:
        names = {"en": f"{names['en']}, {region.name_en}", "ur": f"{names['ur']}، {region.name_ur}"}
    return {"section": section.pk, "office": office, **names}


def _standing(application: Application) -> dict[str, Any]:
    """Where it is now, as the journal keeps it."""
    since, here, to = application.paper_since, application.paper_section, application.paper_to
    return {
        "paper": _place(here, application.paper_office) if here else None,
        "to": _place(to, application.paper_to_office) if to else None,
        "since": since.isoformat() if since else None,
    }


def named(place: dict[str, str]) -> str:
    """A place's name in the language of the reader."""
    return place["ur" if get_language() == "ur" else "en"]


def seat(by: User) -> str:
    """The name of the place where somebody sits, as the trail tells it."""
    return named(_place(by.section, by.office)) if by.section else ""


def when(at: datetime | None, *, now: datetime) -> str:
    """A day as people say it: today, a weekday of the last six days, or the date."""
    if at is None:
        return ""
    days = (timezone.localdate(now) - timezone.localdate(at)).days
    if days <= 0:
        return _("today")
    return date_format(timezone.localtime(at), "l" if days <= _WEEK else "j F Y")


def where(application: Application, *, now: datetime | None = None) -> str:
    """Where the paper is, in a sentence for the desk."""
    standing = _standing(application)
    if standing["paper"] is None:
        return _("No section has received a paper file for it.")
    day = when(application.paper_since, now=now or timezone.now())
    if standing["to"] is None:
        return _("It is with %(place)s since %(when)s.") % {"place": named(standing["paper"]), "when": day}
    return _("It is on its way from %(place)s to %(to)s since %(when)s, not yet received.") % {
        "place": named(standing["paper"]),
        "to": named(standing["to"]),
        "when": day,
    }


class Told(Protocol):
    """What the trail reads of an entry of the journal."""

    @property
    def verb(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def data(self) -> dict[str, Any]: ...


def _steps[Entry: Told](entries: Iterable[Entry]) -> list[Entry]:
    """The entries that moved the paper, without those that were undone."""
    steps: list[Entry] = []
    for entry in entries:
        if entry.verb == "paper_undone":
            del steps[-1:]
        elif "paper" in entry.data["after"]:
            steps.append(entry)
    return steps


@dataclass(frozen=True)
class Stop:
    """One place where the paper was, or one way between two."""

    at: datetime
    place: str
    to: str
    day: str

    @property
    def sentence(self) -> str:
        """Where the paper is, as its applicant reads it."""
        if self.to:
            return _("Your paper file is on its way from %(place)s to %(to)s since %(when)s.") % {
                "place": self.place,
                "to": self.to,
                "when": self.day,
            }
        return _("Your paper file is with %(place)s since %(when)s.") % {
            "place": self.place,
            "when": self.day,
        }


def trail(entries: Iterable[Told], *, now: datetime) -> list[Stop]:
    """Where the paper has been, oldest first, from the entries of its journal."""
    stops = []
    for entry in _steps(entries):
        after = entry.data["after"]
        to = named(after["to"]) if after.get("to") else ""
        stops.append(Stop(entry.at, named(after["paper"]), to, when(entry.at, now=now)))
    return stops


def destinations(by: User) -> list[tuple[str, str]]:
    """Where somebody may hand a paper over to: code of a section, or of section@office, and its name."""
    held = Right.objects.exclude(role__in=_ONLY_READ).values_list("section_id", "office").distinct()
    sections, regions = list(Section.objects.all()), list(Region.objects.all())
    places = set(held)
    found = [(section.pk, section.name) for section in sections if (section.pk, "") in places]
    found += [
        (f"{section.pk}@{region.pk}", f"{section.name}, {region.name}")
        for section in sections
        for region in regions
        if {(section.pk, Right.EVERYWHERE), (section.pk, region.pk)} & places
    ]
    here = f"{by.section_id}@{by.office}" if by.office else by.section_id
    return [(code, name) for code, name in found if code != here]
