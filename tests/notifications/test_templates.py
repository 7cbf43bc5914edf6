"""Every notice in both languages at the longest plausible values."""

from pathlib import Path

import pytest
from django.template.loader import render_to_string

from degreetrack.applications import wordings
from degreetrack.applications.wordings import BY_MAIL, BY_SMS, BY_SMS_AND_MAIL
from degreetrack.notifications.sms_text import parts

OF_PERSONS = ["sign_in_code", "contact_confirmed", "fee_short", "breach"]
TELLING = [verb for verb in BY_SMS_AND_MAIL if verb not in OF_PERSONS]
LONGEST = wordings.LONGEST | {
    "name": "SECRET-NAME",
    "reason": "SECRET-REASON",
    "objections": ["SECRET-OBJECTION"],
    "bearer": "SECRET-BEARER",
    "institution": "AIOU",
    "help_phone": "051-111-112-468",
}


def test_every_notice_has_its_files_and_every_file_its_notice():
    found = {file.name for file in (Path(__file__).parents[2] / "templates/notices").glob("*.txt")}
    wanted = {
        f"{template}.{language}.{channel}.txt"
        for templates, channels in (
            (BY_SMS_AND_MAIL, ("sms", "email")),
            (BY_SMS, ("sms",)),
            (BY_MAIL, ("email",)),
        )
        for template in templates
        for channel in channels
        for language in ("en", "ur")
    }

    assert found == wanted


def test_english_takes_one_part_and_urdu_two_at_the_longest_plausible_values(aiou):
    long = [
        f"{sample.template}.{sample.language}: {sample.parts} parts, {len(sample.sms)} letters"
        for sample in wordings.samples()
        if sample.parts > (1 if sample.language == "en" else 2)
    ]

    assert long == []


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


@pytest.mark.parametrize("template", OF_PERSONS)
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
