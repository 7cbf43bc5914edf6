"""What would be objected to, told before anything is received or paid."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from degreetrack.applications.lifecycle import ENDED
from degreetrack.applications.models import Application
from degreetrack.catalogue.models import ObjectionGroup, ResultCode
from degreetrack.fees.challans import rest
from degreetrack.fees.models import Challan
from degreetrack.records.models import Result


@dataclass(frozen=True)
class Finding:
    """One thing that stands in the way, and what to do about it."""

    group: ObjectionGroup
    text: str
    cure: str
    advice: str = ""
    blocks: bool = True
    code: str = ""

    @property
    def to_do(self) -> str:
        """What the applicant does about it."""
        return self.advice or self.cure


def preflight(result: Result, *, kind: str, issue: str) -> list[Finding]:
    """Everything a machine can know against an application for this result."""
    return [*_codes(result), *_open(result, kind, issue), *_dues(result), *_record(result)]


def _codes(result: Result) -> list[Finding]:
    meanings = {code.code: code for code in ResultCode.objects.filter(code__in=result.codes)}
    findings = []
    for code in dict.fromkeys(result.codes):
        known = meanings.get(code)
        if known is None:
            text = _("The result carries the code %(code)s, which the catalogue does not explain.") % {
                "code": code
            }
            findings.append(Finding(ObjectionGroup.RESULT, text, _("Ask the Result section.")))
        elif known.blocks:
            text = f"{code}: {known.meaning}"
            findings.append(Finding(ObjectionGroup.RESULT, text, known.cure, code="result_code"))
    return findings


def _open(result: Result, kind: str, issue: str) -> list[Finding]:
    same = Application.objects.filter(result=result, kind=kind, issue=issue).exclude(state__in=ENDED).first()
    if same is None:
        return []
    text = _("An application for this is open already: %(id)s.") % {"id": same.tracking_id}
    return [Finding(ObjectionGroup.FORM, text, _("Go on with that one, or withdraw it first."))]


def _dues(result: Result) -> list[Finding]:
    """What is still unpaid on an application that went ahead with a small shortage."""
    numbers = result.student.drafts.exclude(application=None).values_list("challan_no", flat=True)
    text = _("Rs. %(rest)s are still to be paid on challan %(number)s.")
    return [
        Finding(
            ObjectionGroup.FEE,
            text % {"rest": rest(row), "number": row.number},
            _("Pay them first."),
            code="fee_short",
        )
        for row in Challan.objects.filter(number__in=list(numbers), settled_at=None, cancelled_at=None)
    ]


def _record(result: Result) -> list[Finding]:
    student = result.student
    findings = []
    if not student.name_ur or not student.father_name_ur:
        text = _("The name in Urdu is missing on record.")
        findings.append(
            Finding(
                ObjectionGroup.IDENTITY,
                text,
                _("Take it from the CNIC and have it entered."),
                advice=_("Write it in the step “Names”; the desk enters it before anything is printed."),
                blocks=False,
                code="no_urdu_name",
            )
        )
    if not student.cnic:
        text = _("No CNIC is on record.")
        findings.append(
            Finding(
                ObjectionGroup.IDENTITY,
                text,
                _("Take an attested copy of the CNIC."),
                advice=_("Give a clear photo of your CNIC or B-form in the step “Papers”."),
                blocks=False,
                code="no_cnic",
            )
        )
    return findings
