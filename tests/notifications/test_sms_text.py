import pytest

from degreetrack.notifications.sms_text import parts


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ا" * 70, 1),
        ("ا" * 71, 2),
        ("ا" * 134, 2),
        ("a" * 134 + "ا", 3),
        ("😀" * 36, 2),
    ],
)
def test_parts_are_counted_as_telephone_companies_do(text, number):
    assert parts(text) == number
