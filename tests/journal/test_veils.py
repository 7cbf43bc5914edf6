"""Words about a person can go, nothing can come in their place, and the chain is proven."""

import pytest
from django.db import Error, transaction

from degreetrack.accounts.models import Actor
from degreetrack.journal import audit
from degreetrack.journal.audit import Asked
from degreetrack.journal.erasure import erase
from degreetrack.journal.models import Entry
from degreetrack.journal.proof import prove
from degreetrack.journal.services import record, record_many, seal_new, timeline
from degreetrack.journal.verification import verify
from tests.journal.test_journal import _tamper

pytestmark = pytest.mark.django_db
CLERK = Actor("a clerk")
SAID = {"handed_to": "Nadia Bibi", "state": "delivered"}


def _told() -> Entry:
    return record("application/1", "hand_over", by=CLERK, reason="She came herself", after=SAID)


def test_each_value_has_a_salt_of_its_own_and_what_is_no_word_has_none():
    first, second = _told(), _told()
    record_many([("application/2", "sent", {"problem": ""})], by=CLERK, at=first.at)

    assert first.veil.keys() == {"reason", "after.handed_to"}
    assert len({cover["salt"] for row in (first, second) for cover in row.veil.values()}) == 4
    assert timeline("application/2")[0].veil is None


def test_what_is_erased_is_gone_and_the_export_proves_itself_before_and_after():
    entry = _told()
    seal_new()
    proven = [prove(audit.export(Asked(), by=CLERK))]

    assert (erase(["application/1"]), erase(["application/1"])) == (1, 0)

    left = timeline("application/1")[0]
    assert (left.reason, left.data["after"], left.digest) == ("", {"state": "delivered"}, entry.digest)
    assert "Nadia" not in str(left.veil)
    proven.append(prove(audit.export(Asked(stream="application/1"), by=CLERK)))
    assert [one.unsealed for one in proven] == [1, 0]
    assert verify() == []


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "approve"},
        {"reason": "forged"},
        {"veil": {"reason": {"salt": "0"}}},
        {"veil": None},
    ],
)
def test_the_database_lets_a_value_go_and_nothing_else(change):
    gone = {"veil": {"reason": {"erased": "0" * 64}}, "reason": ""}
    entry = _told()

    with pytest.raises(Error, match="append-only"), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(**(gone | change))

    assert Entry.objects.filter(pk=entry.pk).update(**gone) == 1
    assert verify() == ["application/1 #1: changed after it was written"]


def test_an_entry_without_a_veil_does_not_change_at_all():
    entry = record("application/1", "submit", by=CLERK, after={"state": "received"})

    with pytest.raises(Error, match="append-only"), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(reason="", data={})


def test_a_value_that_was_never_veiled_cannot_be_made_to_look_erased():
    record("application/1", "submit", by=CLERK, after={"state": "received"})
    forged = '{"after.state": {"erased": "received"}}', '{"before": {}, "after": {}}'

    _tamper("UPDATE journal_entry SET veil = %s, data = %s", *forged)

    assert verify() == ["application/1 #1: changed after it was written"]
