"""Every notice in both languages at the longest plausible values."""

import pytest
from django.template.loader import render_to_string

from degreetrack.applications.lifecycle import MOVES
from degreetrack.notifications.sms_text import parts

TELLING = [move.verb for move in MOVES.values() if move.tells] + ["reminder", "bearer", "reply"]
LONGEST = {
    "tracking_id": "WWW-WWW-WWWW",
    "kind": "Provisional certificate",
    "programme": "Higher Secondary School Certificate (FA)",
    "name": "SECRET-NAME",
    "institution": "AIOU",
    "help_phone": "051-111-112-468",
    "status_url": "https://degrees.aiou.edu.pk/status/WWW-WWW-WWWW/",
    "courier": "Pakistan Post",
    "consignment_no": "RGL600095774000000",
    "reason": "SECRET-REASON",
    "objections": ["SECRET-OBJECTION"],
    "days_left": 29,
    "bearer": "SECRET-BEARER",
    "code": "000000",
}


@pytest.mark.parametrize("verb", TELLING)
@pytest.mark.parametrize(
    ("language", "limit_on", "most"), [("en", "September 30, 2026", 1), ("ur", "ستمبر 30, 2026", 2)]
)
def test_an_sms_fits_and_tells_nothing_that_a_shared_phone_should_not_show(verb, language, limit_on, most):
    values = LONGEST | {"limit_on": limit_on}

    text = " ".join(render_to_string(f"notices/{verb}.{language}.sms.txt", values).split())

    assert parts(text) <= most, f"{parts(text)} parts, {len(text)} letters: {text}"
    assert "SECRET" not in text
    assert values["tracking_id"] in text


@pytest.mark.parametrize("verb", TELLING)
@pytest.mark.parametrize("language", ["en", "ur"])
def test_an_email_has_a_subject_a_greeting_and_the_way_to_the_status(verb, language):
    text = render_to_string(f"notices/{verb}.{language}.email.txt", LONGEST | {"limit_on": "X"})
    subject, _, body = text.partition("\n")

    assert subject.strip().endswith("WWW-WWW-WWWW")
    for value in ("SECRET-NAME", LONGEST["status_url"], LONGEST["help_phone"]):
        assert value in body
    assert ("SECRET-OBJECTION" in body) is (verb in ("object", "return", "reminder"))


@pytest.mark.parametrize("template", ["sign_in_code", "contact_confirmed", "fee_short"])
@pytest.mark.parametrize(("language", "most"), [("en", 1), ("ur", 2)])
def test_what_is_sent_beside_moves_fits_too(template, language, most):
    values = LONGEST | {
        "code": "123456",
        "rest": 12000,
        "challan_no": "123456789012",
        "portal_url": "https://degrees.aiou.edu.pk/my/",
        "site": "https://degrees.aiou.edu.pk",
    }
    if language == "ur":
        values |= {"institution": "اے آئی او یو"}

    text = " ".join(render_to_string(f"notices/{template}.{language}.sms.txt", values).split())
    mail = render_to_string(f"notices/{template}.{language}.email.txt", values)

    assert parts(text) <= most, f"{parts(text)} parts, {len(text)} letters: {text}"
    assert "SECRET" not in text
    assert "SECRET-NAME" in mail
