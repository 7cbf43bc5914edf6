"""An application at a glance: all that a status page shows, in one statement."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import connection

from degreetrack.applications.lifecycle import GROUPS, Group, State
from degreetrack.applications.models import Application
from degreetrack.applications.queries import number_in
from degreetrack.journal.services import told_in_sql
from degreetrack.kit import tracking_ids
from degreetrack.kit.prepared import asked
from degreetrack.kit.remembering import remembered

MOST_AHEAD = 1000


class Past(NamedTuple):
    """What happened to it or to its paper."""

    verb: str
    at: datetime
    data: dict[str, Any]


class Defect(NamedTuple):
    """An open objection."""

    group: str
    text_en: str
    text_ur: str
    cure_en: str
    cure_ur: str


class Glance(NamedTuple):
    """One application as the public may come to see it, and its past."""

    pk: int
    tracking_id: str
    kind: str
    issue: str
    urgent: bool
    state: State
    state_since: datetime
    received_at: datetime
    limit_on: date | None
    courier: str
    consignment_no: str
    closing_reason: str
    names: tuple[str, str]
    titles: tuple[str, str]
    past: Sequence[Past]
    defects: Sequence[Defect]


@dataclass(frozen=True)
class Seen:
    """What a look-up came upon, and by which number."""

    glances: list[Glance]
    by: str
    mistyped: bool


_ASK = """
SELECT {array}(a.id, a.tracking_id, a.kind, a.issue, a.urgent, a.state, a.state_since, a.received_at,
       a.limit_on, a.courier, a.consignment_no, a.closing_reason, s.name_en, s.name_ur,
       p.title_en, p.title_ur, {past},
       CASE WHEN a.state IN ('objected', 'returned') THEN {defects} END)
  FROM applications_application a
  JOIN records_result r ON r.id = a.result_id
  JOIN records_student s ON s.id = r.student_id
  JOIN catalogue_programme p ON p.code = r.programme_id
 WHERE {where}
"""
_STATES = {state.value: state for state in State}
_ARRAY = {"postgresql": "json_build_array", "sqlite": "json_array"}
_DEFECTS = {
    "postgresql": """(SELECT json_agg(json_build_array(o."group", o.text_en, o.text_ur, o.cure_en, o.cure_ur)
        ORDER BY o.id) FROM applications_objection o
        WHERE o.application_id = a.id AND o.cleared_at IS NULL)""",
    "sqlite": """(SELECT json_group_array(json_array(d."group", d.text_en, d.text_ur, d.cure_en, d.cure_ur))
        FROM (SELECT * FROM applications_objection o WHERE o.application_id = a.id AND o.cleared_at IS NULL
              ORDER BY o.id) d)""",
}
_WHERE = {
    "tracking_id": "a.tracking_id = %s",
    "roll_no": "r.roll_no = %s ORDER BY a.received_at DESC LIMIT 20",
    "pk": "a.id = %s",
}


@cache
def _statement(by: str) -> str:
    vendor = connection.vendor
    past = told_in_sql("'application/' || CAST(a.id AS text)", "state", "paper", vendor=vendor)
    return _ASK.format(array=_ARRAY[vendor], past=past, defects=_DEFECTS[vendor], where=_WHERE[by])


def look_up(typed: str) -> Seen:
    """Look up a tracking ID or roll number as a person types it."""
    by, number = number_in(typed)
    if not by:
        return Seen([], "", False)
    found = _ask(by, number)
    return Seen(found, by, by == "tracking_id" and not found and not tracking_ids.is_sound(number))


def glance_at(application: Application) -> Glance:
    """The glance of one that is already known."""
    return _ask("pk", application.pk)[0]


def _ask(by: str, value: str | int) -> list[Glance]:
    return [_glance(row) for row in asked(_statement(by), value)]


def _glance(row: list[Any]) -> Glance:
    (pk, tracking_id, kind, issue, urgent, state, since, received, limit_on, courier, consignment_no, closing,
     name_en, name_ur, title_en, title_ur, past, defects) = row  # fmt: skip
    return Glance(
        pk, tracking_id, kind, issue, bool(urgent), _STATES[state], _moment(since), _moment(received),
        date.fromisoformat(limit_on) if limit_on else None,
        courier, consignment_no, closing, (name_en, name_ur), (title_en, title_ur),
        [Past(verb, _moment(at), {"after": after}) for verb, at, after in past or ()],
        [Defect(*words) for words in defects or ()],
    )  # fmt: skip


def _moment(written: str) -> datetime:
    found = datetime.fromisoformat(written)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@remembered
def _front(state: State) -> list[tuple[bool, datetime, int]]:
    """The keys of those that come first at a desk: urgent ones, then the oldest."""
    rows = Application.objects.filter(state=state).order_by("-urgent", "received_at", "pk")
    keys = rows.values_list("urgent", "received_at", "pk")[: MOST_AHEAD + 1]
    return [(not urgent, received, pk) for urgent, received, pk in keys]


def ahead(case: Glance | Application, *, most: int = MOST_AHEAD) -> int | None:
    """How many stand before it at its desk, urgent first, then oldest; None past `most` or off a desk.

    Counted among the first at the desk, which are read again every REMEMBER_SECONDS.
    """
    state = State(case.state)
    if GROUPS[state] is not Group.IN_PROCESS:
        return None
    place = bisect_left(_front(state), (not case.urgent, case.received_at, case.pk))
    return place if place <= most else None
