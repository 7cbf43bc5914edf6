"""What an application costs, by the tariff of its day."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from degreetrack.catalogue.models import Charge, Issue, Kind, ResultCode, TariffRow
from degreetrack.kit.refusals import Refused
from degreetrack.records.models import Result

OVERSEAS = "overseas"


@dataclass(frozen=True)
class Quote:
    """A fee in PKR, line by line in both languages, as a challan takes it: English, Urdu, amount."""

    in_both: list[tuple[str, str, int]]

    @property
    def lines(self) -> list[tuple[str, int]]:
        """Label and amount of each line, in the reader's language."""
        in_urdu = (get_language() or settings.LANGUAGE_CODE).startswith("ur")
        return [(urdu if in_urdu else english, amount) for english, urdu, amount in self.in_both]

    @property
    def amount(self) -> int:
        """The sum of the lines, in PKR."""
        return sum(amount for _english, _urdu, amount in self.in_both)


def quote(result: Result, *, kind: str, issue: str, urgent: bool, on: date, overseas: bool = False) -> Quote:
    """The fee that held on a day, with the fee of each coded course and of posting abroad.

    Refused where no tariff holds.
    """
    row = (
        TariffRow.objects.filter(
            level=result.programme.level_id, kind=kind, issue=issue, urgent=urgent, holds_from__lte=on
        )
        .order_by("-holds_from")
        .first()
    )
    if row is None:
        raise Refused(_("The tariff has no fee for this kind, level and date: ask the registrar to add it."))
    lines = [(_named(kind, issue, "en"), _named(kind, issue, "ur"), row.amount)]
    fees = dict(ResultCode.objects.filter(code__in=result.codes).values_list("code", "fee"))
    lines += [(code, code, fees[code]) for code in result.codes if fees.get(code)]
    if overseas:
        charge = _charge(OVERSEAS, on)
        lines.append((charge.name_en, charge.name_ur, charge.amount))
    return Quote(lines)


def _named(kind: str, issue: str, language: str) -> str:
    with override(language):
        return _("%(kind)s, %(issue)s") % {"kind": Kind(kind).label, "issue": Issue(issue).label}


def _charge(code: str, on: date) -> Charge:
    row = Charge.objects.filter(code=code, holds_from__lte=on).order_by("-holds_from").first()
    if row is None:
        raise Refused(
            _("The charges have no “%(code)s” for this date: ask the registrar to add it.") % {"code": code}
        )
    return row
