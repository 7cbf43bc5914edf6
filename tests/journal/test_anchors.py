"""Where the journal stands is signed each day with a key that the web does not have."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from degreetrack.accounts.models import Actor
from degreetrack.journal import anchors
from degreetrack.journal.models import Seal
from degreetrack.journal.services import record, seal_new, timeline
from tests.journal.test_journal import _tamper

pytestmark = pytest.mark.django_db
CLERK = Actor("a clerk")
DAY = datetime(2026, 3, 1, 7, tzinfo=UTC)


@pytest.fixture
def signer(tmp_path, settings):
    """A machine that signs; gives the first public key."""
    settings.ANCHOR_KEY_FILE, settings.ANCHOR_FILE = tmp_path / "key.pem", tmp_path / "anchors.jsonl"
    settings.ANCHOR_TO = ["auditor@example.org"]
    return anchors.make_key(settings.ANCHOR_KEY_FILE)


def _days(settings, number: int) -> None:
    key = anchors.read_key(settings.ANCHOR_KEY_FILE)
    for days in range(number):
        record("application/1", "view", by=CLERK, at=DAY + timedelta(days=days))
        seal_new(at=DAY + timedelta(days=days))
        anchors.anchor(settings.ANCHOR_FILE, key, at=DAY + timedelta(days=days))


def _broken(settings, key: str) -> list[str]:
    return list(anchors.broken(settings.ANCHOR_FILE.read_text().splitlines(), key))


def test_each_day_is_signed_sent_to_outsiders_and_proven(signer, settings, capsys):
    record("application/1", "view", by=CLERK)
    call_command("anchor_journal")
    call_command("anchor_journal", if_due=True)
    [line] = capsys.readouterr().out.splitlines()

    call_command("verify_journal", anchors=settings.ANCHOR_FILE, public_key=signer)

    assert capsys.readouterr().out == "Whole: 2 entries, 1 seals, 1 anchors.\n"
    assert settings.ANCHOR_FILE.read_text() == line + "\n"
    assert [(letter.to, letter.body) for letter in mail.outbox] == [(["auditor@example.org"], line)]
    assert timeline("anchors")[0].data["after"] == {"anchor": 1, "seal": Seal.objects.get().pk, "key": signer}


def test_history_that_was_written_anew_with_all_its_seals_is_denied_by_the_anchors(signer, settings):
    _days(settings, 2)
    assert _broken(settings, signer) == []

    for table in ("journal_sealedstream", "journal_seal", "journal_entry"):
        _tamper(f"DELETE FROM {table}")
    record("application/1", "approve", by=CLERK, at=DAY)
    seal_new(at=DAY)

    number = Seal.objects.get().pk
    assert _broken(settings, signer) == [
        f"anchor 1: seal {number - 2} is not the one that was signed on 2026-03-01",
        f"anchor 2: seal {number - 1} is not the one that was signed on 2026-03-02",
    ]
    with pytest.raises(CommandError, match="broken in 2 places"):
        call_command("verify_journal", anchors=settings.ANCHOR_FILE, public_key=signer)


def test_a_line_forged_left_out_or_signed_by_another_is_named(signer, settings, tmp_path):
    _days(settings, 3)
    lines = settings.ANCHOR_FILE.read_text().splitlines()
    other = anchors.make_key(tmp_path / "other.pem")

    assert list(anchors.broken([lines[0], lines[2]], signer)) == [
        "anchor 2: does not follow the anchor before it (one is missing or moved)"
    ]
    assert list(anchors.broken([lines[0].replace("2026-03-01", "2026-03-02"), *lines[1:]], signer)) == [
        f"anchor 1: not signed by the key {signer[:16]}"
    ]
    assert list(anchors.broken(lines, other)) == [f"anchor 1: not signed by the key {other[:16]}"]
    assert list(anchors.broken(["no json"], signer)) == [f"anchor 1: not signed by the key {signer[:16]}"]


def test_a_key_hands_over_to_the_next(signer, settings, tmp_path):
    _days(settings, 1)
    following = anchors.make_key(tmp_path / "next.pem")
    anchors.anchor(
        settings.ANCHOR_FILE, anchors.read_key(settings.ANCHOR_KEY_FILE), next_key=following, at=DAY
    )
    settings.ANCHOR_KEY_FILE = tmp_path / "next.pem"
    _days(settings, 1)

    assert (len(settings.ANCHOR_FILE.read_text().splitlines()), _broken(settings, signer)) == (3, [])


def test_no_machine_signs_without_its_own_key(signer, settings):
    with pytest.raises(CommandError, match="Nothing is sealed yet"):
        call_command("anchor_journal")
    settings.ANCHOR_KEY_FILE.chmod(0o640)
    with pytest.raises(CommandError, match="can be read by others"):
        call_command("anchor_journal")
    settings.ANCHOR_KEY_FILE = ""
    with pytest.raises(CommandError, match="this machine does not sign"):
        call_command("anchor_journal")
    with pytest.raises(CommandError, match="Give --public-key"):
        call_command("verify_journal", anchors=settings.ANCHOR_FILE)
