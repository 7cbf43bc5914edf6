"""What the paper route asks for: documents and fees as published, and how long it takes."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from degreetrack.applications.forecasts import usual_times
from degreetrack.catalogue.models import Issue, Kind, Level, RequiredDocument, TariffRow


@dataclass(frozen=True)
class FeeTable:
    """The fees of one issue for all the kinds that cost the same; rows are (level, ordinary, urgent)."""

    issue: str
    kinds: list[str]
    rows: list[tuple[str, str, str]]


def fee_tables(*, on: date) -> list[FeeTable]:
    """The tariff that holds on a day, original first."""
    amounts: dict[tuple[str, str], dict[str, dict[bool, int]]] = {}
    titles: dict[str, str] = {}
    holding = TariffRow.objects.filter(holds_from__lte=on).select_related("level")
    for row in holding.order_by("level__rank", "level_id", "holds_from"):
        titles[row.level_id] = row.level.title
        # A later row takes the place of the earlier one.
        amounts.setdefault((row.issue, row.kind), {}).setdefault(row.level_id, {})[row.urgent] = row.amount
    tables: list[FeeTable] = []
    for issue in Issue:
        alike: dict[tuple[tuple[str, str, str], ...], list[str]] = {}
        for kind in Kind:
            rows = tuple(
                (titles[level], _rupees(fees.get(False)), _rupees(fees.get(True)))
                for level, fees in amounts.get((issue, kind), {}).items()
            )
            if rows:
                alike.setdefault(rows, []).append(str(kind.label))
        tables += [FeeTable(str(issue.label), kinds, list(rows)) for rows, kinds in alike.items()]
    return tables


def _rupees(amount: int | None) -> str:
    return "-" if amount is None else f"{amount:,}"


@dataclass(frozen=True)
class Document:
    """A document and when it is needed; "" means always."""

    name: str
    needed: str


def documents() -> list[Document]:
    """Every document that some application needs, in order."""
    levels = list(Level.objects.order_by("rank"))
    return [Document(row.name, _needed(row, levels)) for row in RequiredDocument.objects.all()]


def _needed(row: RequiredDocument, levels: list[Level]) -> str:
    """For which applications, such as "Degree · Duplicate · from FA upward"."""
    needed = [str(Kind(row.kind).label)] if row.kind else []
    if row.issue:
        needed.append(str(Issue(row.issue).label))
    within = [level for level in levels if row.from_rank <= level.rank <= row.to_rank]
    if within and within[-1] != levels[-1]:
        needed.append(_("from %(first)s to %(last)s") % {"first": within[0].title, "last": within[-1].title})
    elif within and within[0] != levels[0]:
        needed.append(_("from %(level)s upward") % {"level": within[0].title})
    return " · ".join(needed)


@dataclass(frozen=True)
class UsualTime:
    """How long a kind takes from receipt: (half, 85 of 100) in days; None where too few were done of late."""

    kind: str
    ordinary: tuple[int, int] | None
    urgent: tuple[int, int] | None


def usual() -> list[UsualTime]:
    """The kinds of which it is known how long they take."""
    known = usual_times()
    rows = [UsualTime(str(k.label), known.get((k, False)), known.get((k, True))) for k in Kind]
    return [row for row in rows if row.ordinary or row.urgent]
