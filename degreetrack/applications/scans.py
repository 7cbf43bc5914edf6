"""One scan at the desk: what was read, what was done with it, and the verdict in words."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Section, User
from degreetrack.applications import custody, queries
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.kit import codes, tracking_ids
from degreetrack.kit.refusals import Refused


class Mode(StrEnum):
    """What a scan does, chosen once for a session."""

    RECEIVE = "receive"
    HAND_OVER = "hand-over"
    FIND = "find"


class Sort(StrEnum):
    """The kinds of verdict."""

    DONE = "done"
    FOUND = "found"
    DOUBLE = "double"
    ALREADY = "already"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    FOREIGN = "foreign"
    CLOSED = "closed"
    REFUSED = "refused"
    UNDONE = "undone"


@dataclass(frozen=True)
class Verdict:
    """What became of a scan; the tracking ID only where this person may see the case."""

    sort: Sort
    words: str
    tracking_id: str = ""


def scan(
    typed: str,
    *,
    by: User,
    mode: Mode,
    to: str = "",
    last: str = "",
    hosts: Collection[str] = (),
    at: datetime | None = None,
) -> Verdict:
    """Read a code and receive, hand over or find its file; `to` is a destination's code.

    `last` is the tracking ID of the scan before: the same again is told as double and not done twice.
    """
    at = at or timezone.now()
    code = codes.read(typed, hosts=hosts)
    if code.sort is not codes.Sort.OURS:
        return Verdict(*_not_ours(code.sort))
    visible = queries.visible_to(by).select_related("paper_section", "paper_to")
    application = visible.filter(tracking_id=code.tracking_id).first()
    if application is None:
        return _unknown(code.tracking_id, by=by)
    if code.tracking_id == last and mode is not Mode.FIND:
        return Verdict(Sort.DOUBLE, _("Scanned twice in a row: it was done once."), code.tracking_id)
    return _act(application, by=by, mode=mode, to=to, at=at)


def _not_ours(sort: codes.Sort) -> tuple[Sort, str]:
    match sort:
        case codes.Sort.DAMAGED:
            return Sort.WRONG, _("Characters are missing or too many. Scan it again, or type the ID.")
        case codes.Sort.KEYBOARD:
            return Sort.FOREIGN, _("The keyboard writes Urdu. Switch it to English and scan again.")
        case codes.Sort.EMPTY:
            return Sort.FOREIGN, _("Nothing was read. Scan again.")
        case _:
            return Sort.FOREIGN, _("This is no code of a file here. Scan the code on the cover.")


def _unknown(tracking_id: str, *, by: User) -> Verdict:
    """Another office's file and none at all read alike; of a misread code it is told what looks wrong."""
    if tracking_ids.is_sound(tracking_id):
        return Verdict(Sort.UNKNOWN, _("There is no such application, or it is not yours to see."))
    near = tracking_ids.near(tracking_id)
    meant = list(
        queries.visible_to(by).filter(tracking_id__in=near).values_list("tracking_id", flat=True)[:2]
    )
    if len(meant) == 1:
        words = _("Character %(place)s looks wrong: is it %(id)s? Scan it again.")
        return Verdict(Sort.WRONG, words % {"place": near[meant[0]], "id": meant[0]})
    places = tracking_ids.wrong_places(tracking_id)
    if places:
        words = _("Character %(place)s cannot be right: no ID has a “%(character)s”. Scan it again.")
        character = tracking_id.replace("-", "")[places[0] - 1]
        return Verdict(Sort.WRONG, words % {"place": places[0], "character": character})
    return Verdict(
        Sort.WRONG,
        _("The last character does not fit the others: one was misread, or it is no code of this system."),
    )


def _act(application: Application, *, by: User, mode: Mode, to: str, at: datetime) -> Verdict:
    tracking_id = application.tracking_id
    try:
        if mode is Mode.FIND:
            words = f"{State(application.state).label} · {custody.where(application, now=at)}"
            return Verdict(Sort.FOUND, words, tracking_id)
        if mode is Mode.RECEIVE:
            custody.receive_paper(tracking_id, by=by, at=at)
            return Verdict(Sort.DONE, _("Received here."), tracking_id)
        code, _sign, office = to.partition("@")
        section = Section.objects.filter(pk=code).first()
        if section is None or to not in dict(custody.destinations(by)):
            raise Refused(_("Choose the section to hand over to first."))
        custody.hand_over(tracking_id, to=section, office=office, by=by, at=at)
        name = dict(custody.destinations(by))[to]
        return Verdict(Sort.DONE, _("Handed over to %(place)s.") % {"place": name}, tracking_id)
    except custody.Already as already:
        return Verdict(Sort.ALREADY, str(already), tracking_id)
    except custody.Ended as ended:
        return Verdict(Sort.CLOSED, str(ended), tracking_id)
    except Refused as refusal:
        return Verdict(Sort.REFUSED, str(refusal), tracking_id)
