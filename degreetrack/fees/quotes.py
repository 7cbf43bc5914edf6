"""What an application costs, by the tariff of its day."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from degreetrack.catalogue.models import Issue, Kind, ResultCode, TariffRow
from degreetrack.kit.refusals import Refused
from degreetrack.records.models import Result


@dataclass(frozen=True)
class Quote:
    """A fee in PKR, line by line."""

    lines: list[tuple[str, int]]

    @property
    def amount(self) -> int:
        """The sum of the lines, in PKR."""
        return sum(amount for _label, amount in self.lines)


def quote(result: Result, *, kind: str, issue: str, urgent: bool, on: date) -> Quote:
    """The fee that held on a day, with the fee of each coded course; Refused where no tariff holds."""
    row = (
        TariffRow.objects.filter(
            level=result.programme.level_id, kind=kind, issue=issue, urgent=urgent, holds_from__lte=on
        )
        .order_by("-holds_from")
        .first()
    )
    if row is None:
        raise Refused(_("The tariff has no fee for this kind, level and date: ask the registrar to add it."))
    lines = [(f"{Kind(kind).label}, {Issue(issue).label}", row.amount)]
    fees = dict(ResultCode.objects.filter(code__in=result.codes).values_list("code", "fee"))
    lines += [(code, fees[code]) for code in result.codes if fees.get(code)]
    return Quote(lines)
