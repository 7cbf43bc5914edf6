"""Numbers in any script's digits."""

import pytest

from degreetrack.applications.queries import number_in
from degreetrack.kit.cnics import to_cnic
from degreetrack.kit.digits import latin
from degreetrack.kit.phones import to_e164
from degreetrack.kit.tracking_ids import normalise


@pytest.mark.parametrize(
    ("typed", "read"),
    [("TQ۶۵۲۲۶۲", "TQ652262"), ("٠١٢٣", "0123"), ("\u200fMFN-۳TK-NZYX\u200e", "MFN-3TK-NZYX"), ("x²", "x²")],
)
def test_digits_of_every_script_are_read_and_marks_of_direction_passed_over(typed, read):
    assert latin(typed) == read


@pytest.mark.django_db
def test_every_number_that_a_person_types_may_be_in_urdu_digits(aiou):
    assert normalise("\u202bmfn-۳tk-nzyx\u202c") == "MFN-3TK-NZYX"
    assert number_in("tq ۶۵۲۲۶۲") == ("roll_no", "TQ652262")
    assert to_cnic("۳۵۲۰۲-۱۲۳۴۵۶۷-۱") == "35202-1234567-1"
    assert to_e164("۰۳۰۰ ۱۲۳۴۵۶۷") == "+923001234567"
