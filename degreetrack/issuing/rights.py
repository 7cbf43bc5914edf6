"""Who may do what in issuing, and whose runs and manifests somebody sees."""

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Actor, Role, User
from degreetrack.kit.refusals import Refused

# They read all of it and change nothing.
OVERSEERS = frozenset({Role.CONTROLLER, Role.AUDITOR})
STOCK_READERS = OVERSEERS | {Role.PRINTING}
RUN_READERS = OVERSEERS | {Role.PRINTING, Role.SIGNATURE}
MANIFEST_READERS = OVERSEERS | {Role.DISPATCH}


def must_be(role: Role, by: User | Actor) -> None:
    """Refuse whoever does not sit in the section of a role."""
    if role not in by.roles:
        raise Refused(_("Only this section does this: %(section)s.") % {"section": role.label})


def seen_by[Row: Model](rows: QuerySet[Row], by: User | Actor) -> QuerySet[Row]:
    """Of runs, manifests or files: a regional office's own, headquarters all."""
    if by.office:
        return rows.filter(office=by.office)
    return rows


def mine[Row: Model](rows: QuerySet[Row], pk: int, by: User | Actor) -> Row:
    """One row that somebody sees, held until the transaction ends; else Refused."""
    found = seen_by(rows.select_for_update(of=("self",)), by).filter(pk=pk).first()
    if found is None:
        raise Refused(_("There is no such list, or it is not yours to see."))
    return found
