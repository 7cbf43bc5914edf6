"""A file taken for one move: locked, with all that the move decides on, in one go with PostgreSQL.

What is out of the ordinary (in somebody's hands, an open objection, a newer contact) is only noticed
here, and read where it is needed, as everywhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import models

from degreetrack.accounts.models import Actor, User
from degreetrack.applicants.contacts import confirmed_in_sql
from degreetrack.applications import holds, queries
from degreetrack.applications.effects import PLAIN
from degreetrack.applications.lifecycle import Move
from degreetrack.applications.models import Application, Hold
from degreetrack.catalogue.models import Programme
from degreetrack.journal.services import head_in_sql
from degreetrack.kit.holding import held_in_sql
from degreetrack.kit.prepared import asked_in_turn, direct
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.addresses import any_known_in_sql
from degreetrack.notifications.services import Read, keys_in_sql
from degreetrack.records.models import Result, Student


@dataclass(frozen=True)
class Taken:
    """A file locked for a move: in whose hands besides, whether in any, what its news need not ask again."""

    application: Application
    held: Hold | None
    in_hand: bool = True
    read: Read | None = None


def take(tracking_id: str, line: Move, *, by: User | Actor, at: datetime) -> Taken:
    """The file, if this person may see it, held until the transaction ends; else Refused."""
    if not (direct() and queries.sees_all(by) and PLAIN.issuperset(line.effects)):
        application = queries.locked(tracking_id, by=by)
        return Taken(application, holds.of_another(application, by, at))
    _locked, rows = asked_in_turn((_LOCK, [tracking_id]), (_ask(tells=line.tells), [tracking_id]))
    if not rows:
        raise Refused(queries.not_yours())
    columns, holder, head, unusual, keys, *about = rows[0]
    application = _built(Application, columns)
    if about:
        student, programme = about
        application.result = _built(Result, [application.result_id])
        application.result.student = _built(Student, student)
        application.result.programme = _built(Programme, programme)
    held = holds.of_another(application, by, at) if holder not in (None, by.pk) else None
    read = None if unusual else Read({application.stream: (head[0], head[1])} if head else {}, keys)
    return Taken(application, held, holder is not None, read)


# The second statement begins once both locks are held, and so sees what those wrote who held them before.
_LOCK = f"""
SELECT {held_in_sql("'application/' || a.id")}
  FROM (SELECT id FROM applications_application WHERE tracking_id = %s FOR UPDATE) a
"""  # noqa: S608 - our names  # nosec B608
_NAMES: dict[type[models.Model], tuple[str, ...]] = {
    Application: tuple(field.attname for field in Application._meta.concrete_fields),
    Result: ("id",),
    Student: ("id", "name_en", "name_ur"),
    Programme: ("code", "title_en", "title_ur"),
}


@cache
def _ask(*, tells: bool) -> str:
    """The statement for what a move decides on; of what concerns its news alone only where it has any."""
    news = f"""EXISTS (SELECT FROM applications_objection WHERE application_id = a.id AND cleared_at IS NULL)
           OR {confirmed_in_sql("r.student_id", "a.received_at")}
           OR {any_known_in_sql("a.mobile", "a.email")}, {keys_in_sql()},
           {_columns(Student, "s")}, {_columns(Programme, "p")}"""  # nosec B608
    joins = """
      JOIN records_result r ON r.id = a.result_id
      JOIN records_student s ON s.id = r.student_id
      JOIN catalogue_programme p ON p.code = r.programme_id"""
    return f"""
    SELECT json_build_array({_columns(Application, "a")},
           (SELECT user_id FROM applications_hold WHERE application_id = a.id),
           {head_in_sql("'application/' || a.id")}, {news if tells else "false, json_build_array()"})
      FROM applications_application a {joins if tells else ""}
     WHERE a.tracking_id = %s"""  # noqa: S608 - our names  # nosec B608


def _columns(model: type[models.Model], alias: str) -> str:
    """Some columns of a row as one JSON array."""
    named = {field.attname: field.column for field in model._meta.concrete_fields}
    return f"json_build_array({', '.join(f'{alias}.{named[name]}' for name in _NAMES[model])})"


_READERS: dict[type, Callable[[str], Any]] = {
    models.DateTimeField: datetime.fromisoformat,
    models.DateField: date.fromisoformat,
}


@cache
def _dated(model: type[models.Model]) -> list[tuple[int, Callable[[str], Any]]]:
    """Where in a row dates stand, and how to read them."""
    kinds = [type(model._meta.get_field(name)) for name in _NAMES[model]]
    return [(place, _READERS[kind]) for place, kind in enumerate(kinds) if kind in _READERS]


def _built[Row: models.Model](model: type[Row], values: list[Any]) -> Row:
    """A row from its columns in JSON; those that it has not are read where somebody asks for them."""
    for place, read in _dated(model):
        if values[place] is not None:
            values[place] = read(values[place])
    return model.from_db("default", _NAMES[model], values)
