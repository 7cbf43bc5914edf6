import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from degreetrack.accounts.models import Actor
from degreetrack.journal import audit, proof
from degreetrack.journal.audit import Asked
from degreetrack.journal.models import Seal
from degreetrack.journal.proof import Broken, prove
from degreetrack.journal.services import record, seal_new, timeline

pytestmark = pytest.mark.django_db
CLERK = Actor("a clerk")
DAYS = [datetime(2026, 3, n, 7, tzinfo=UTC) for n in range(1, 10)]


@pytest.fixture
def some_days(person):
    """Two people at work on two cases over five days."""
    ali, sana = (person("scrutiny", username=name) for name in ("ali", "sana"))
    for stream, verb, by, at in (
        ("application/1", "submit", CLERK, DAYS[0]),
        ("application/2", "submit", CLERK, DAYS[0]),
        ("application/1", "view", ali, DAYS[1]),
        ("application/1", "verify", ali, DAYS[1]),
        ("application/2", "view", sana, DAYS[2]),
        ("application/1", "view", sana, DAYS[3]),
        ("application/2", "verify", sana, DAYS[4]),
    ):
        record(stream, verb, by=by, reason="because", after={"ب": "پ", "n": 1.5}, at=at)
    return ali, sana


def _found(**asked) -> list[tuple[str, str, str]]:
    return [(row.stream, row.verb, row.actor_name) for row in audit.found(Asked(**asked)).rows]


def test_everything_that_somebody_did_or_looked_at_is_found_newest_first(some_days):
    _ali, sana = some_days

    assert _found(actor=sana.pk) == [
        ("application/2", "verify", "sana"),
        ("application/1", "view", "sana"),
        ("application/2", "view", "sana"),
    ]
    assert _found(actor=sana.pk, verb="view", until=date(2026, 3, 3)) == [("application/2", "view", "sana")]


def test_everything_of_a_case_is_found_with_the_looks(some_days):
    assert [verb for _stream, verb, _who in _found(stream="application/1")] == [
        "view",
        "verify",
        "view",
        "submit",
    ]


def test_days_are_the_universitys_and_both_are_included(some_days):
    record("application/3", "submit", by=CLERK, at=datetime(2026, 3, 7, 18, 59, tzinfo=UTC))
    record("application/4", "submit", by=CLERK, at=datetime(2026, 3, 7, 19, 0, tzinfo=UTC))

    assert _found(since=date(2026, 3, 7), until=date(2026, 3, 7)) == [("application/3", "submit", "a clerk")]
    assert _found(since=date(2026, 3, 8)) == [("application/4", "submit", "a clerk")]


@pytest.mark.parametrize("of", ["nothing", "stream", "actor", "verb", "days"])
def test_pages_follow_each_other_without_gap_or_double(some_days, of):
    ali, _sana = some_days
    for _ in range(3):
        record("application/1", "view", by=ali, at=DAYS[1])
    asked = {
        "nothing": Asked(),
        "stream": Asked(stream="application/1"),
        "actor": Asked(actor=ali.pk),
        "verb": Asked(verb="view"),
        "days": Asked(since=date(2026, 3, 1), until=date(2026, 3, 9)),
    }[of]
    whole = [row.pk for row in audit.found(asked).rows]

    paged, key = [], ""
    while True:
        page = audit.found(asked, after=key, size=2)
        paged += [row.pk for row in page.rows]
        key = page.next_key
        if not key:
            break

    assert (len(whole) > 4, paged) == (True, whole)


@pytest.mark.parametrize("key", ["x", "2026-03-01_1", "2026-03-01T00:00:00+00:00_x", "9" * 30, "_", "1_2_3"])
@pytest.mark.parametrize("asked", [Asked(verb="view"), Asked(stream="application/9")])
def test_a_key_that_is_none_gives_the_first_page(key, asked, some_days):
    assert audit.found(asked, after=key).rows == audit.found(asked).rows


def test_every_verb_is_told_once(some_days):
    assert audit.verbs() == ["submit", "verify", "view"]


def _export(tmp_path, **asked) -> Path:
    path = tmp_path / "export.jsonl"
    path.write_text("".join(audit.export(Asked(**asked), by=CLERK)), encoding="utf-8")
    return path


def test_an_export_proves_itself_without_the_database(some_days, tmp_path, capsys):
    seal = seal_new()
    path = _export(tmp_path, actor=some_days[0].pk)

    call_command("verify_export", str(path))

    words = f"Whole: 4 entries, 2 of them asked for, 1 seals.\nseal {seal.pk}: {seal.root}\n"
    assert capsys.readouterr().out == words
    plain = subprocess.run([sys.executable, "-I", proof.__file__, path], capture_output=True, text=True)
    assert (plain.stdout, plain.returncode) == (words, 0)


def test_an_export_tells_what_no_seal_covers_yet(some_days, tmp_path):
    first = seal_new()
    record("application/1", "approve", by=CLERK)

    proven = prove(_export(tmp_path, stream="application/1").read_text().splitlines())

    assert (proven.entries, proven.asked, proven.unsealed) == (5, 5, 1)
    assert proven.roots == {first.pk: first.root}


def test_every_export_is_journalled_before_its_first_line(some_days):
    _ali, sana = some_days
    lines = audit.export(Asked(actor=sana.pk, since=date(2026, 3, 1)), by=sana)

    entry = timeline("audit/exports")[-1]

    assert (entry.verb, entry.actor_id) == ("export", sana.pk)
    assert entry.data["after"] == {"asked": {"actor": str(sana.pk), "since": "2026-03-01"}, "as": "jsonl"}
    assert json.loads(next(lines))["by"] == "sana"


def test_an_export_of_everything_holds_every_stream_and_every_seal(some_days, tmp_path):
    seals = [seal_new()]
    record("student/4", "view_document", by=CLERK)
    seals.append(seal_new())

    proven = prove(_export(tmp_path).read_text().splitlines())

    assert (proven.entries, proven.asked, proven.unsealed) == (9, 9, 1)
    assert proven.roots == {seal.pk: seal.root for seal in Seal.objects.all()}


def test_a_seal_over_streams_of_many_names_is_proven_in_any_database(tmp_path):
    for stream in ("application/10", "application/9", "application/1", "draft/1", "admin/user", "Zed/1"):
        record(stream, "submit", by=CLERK)
    seal = seal_new()

    proven = prove(_export(tmp_path, stream="application/9").read_text().splitlines())

    assert proven.roots == {seal.pk: seal.root}


def _spoilt(lines: list[str], number: int, **changes) -> list[str]:
    row = json.loads(lines[number - 1]) | changes
    return [*lines[: number - 1], json.dumps(row), *lines[number:]]


@pytest.mark.parametrize(
    ("number", "changes", "why"),
    [
        (1, {"format": 3}, "line 1: the format is 3; this program knows 2"),
        (2, {"reason": "other"}, "line 2: application/1 #1: changed after it was written"),
        (3, {"actor": 77}, "line 3: application/1 #2: changed after it was written"),
        (3, {"data": []}, "line 3: application/1 #2: changed after it was written"),
        (3, {"previous": "0" * 64}, "line 3: application/1 #2: does not follow the entry before it"),
        (3, {"sequence": 3}, "line 3: application/1 #3: #2 is missing before it"),
        (3, {"sequence": "2"}, "line 3: application/1 #2: #2 is missing before it"),
        (3, {"line": "end"}, "line 3: its fields must be asked, entries, line, seals"),
        (3, {"line": "rumour"}, "line 3: a line of the kind 'rumour' may not stand here"),
        (6, {"root": "f" * 64}, "line 8: seal {seal}: its streams do not make its root"),
        (6, {"streams": "2"}, "line 6: a value is of the wrong kind: '<' not supported between"),
        (7, {"digest": "f" * 64}, "line 7: application/1 #4: differs from what was sealed"),
        (7, {"sequence": 9}, "line 7: application/1 #9: sealed, but missing in this file"),
        (8, {"digest": "f" * 64}, "line 8: seal {seal}: its streams do not make its root"),
        (8, {"stream": "application/0"}, "line 8: application/0: out of order within seal {seal}"),
        (9, {"asked": 3}, "line 9: the counts of the last line are not those of the file"),
    ],
)
def test_the_first_line_that_does_not_fit_is_named(number, changes, why, some_days, tmp_path):
    seal = seal_new()
    lines = _export(tmp_path, stream="application/1").read_text().splitlines()
    assert len(lines) == 9

    with pytest.raises(Broken) as caught:
        prove(_spoilt(lines, number, **changes))

    assert str(caught.value).startswith(why.format(seal=seal.pk))


def test_lines_that_were_cut_out_moved_or_doubled_are_missed(some_days, tmp_path):
    seal_new()
    lines = _export(tmp_path, stream="application/1").read_text().splitlines()

    for spoilt, why in (
        (lines[:-1], "line 9: the file was cut off: its last line is missing"),
        ([], "line 1: the file was cut off: its last line is missing"),
        ([*lines[:4], *lines[5:]], "line 6: application/1 #4: sealed, but missing in this file"),
        ([*lines[:2], *lines[3:]], "line 3: application/1 #3: #2 is missing before it"),
        ([*lines[:5], *lines[8:]], "line 6: the counts of the last line are not those of the file"),
        ([*lines, lines[-1]], "line 10: a line of the kind 'end' may not stand here"),
        ([lines[0], "no json", *lines[2:]], "line 2: Expecting value: line 1 column 1 (char 0)"),
        (
            [lines[0], lines[1].replace('"verb":', '"verb":"x","verb":'), *lines[2:]],
            "line 2: a name stands twice in one object",
        ),
    ):
        with pytest.raises(Broken) as caught:
            prove(spoilt)
        assert str(caught.value) == why


def test_a_stream_told_in_two_places_and_seals_out_of_order_are_named(some_days, tmp_path):
    seal_new()
    record("application/1", "approve", by=CLERK)
    seal_new()
    lines = _export(tmp_path, verb="submit").read_text().splitlines()
    first = lines[1:6]
    second = lines[6:9]
    seals = lines[9:-1]
    turned = [lines[0], *first[:4], *second, first[4], *seals, lines[-1]]

    with pytest.raises(Broken, match="line 9: application/1 #5: stands apart from the rest of its stream"):
        prove(turned)
    with pytest.raises(Broken, match="stands after a later one"):
        prove([*lines[:9], *seals[3:], *seals[:3], lines[-1]])


def test_the_command_ends_with_an_error_and_names_the_line(some_days, tmp_path):
    path = _export(tmp_path, stream="application/1")
    path.write_text(path.read_text().replace("because", "for nothing", 1))

    with pytest.raises(CommandError, match="line 2: application/1 #1: changed after it was written"):
        call_command("verify_export", str(path))
    plain = subprocess.run([sys.executable, "-I", proof.__file__, path], capture_output=True, text=True)
    assert (plain.stderr, plain.returncode) == (
        "line 2: application/1 #1: changed after it was written\n",
        1,
    )
    with pytest.raises(CommandError, match="No such file"):
        call_command("verify_export", str(tmp_path / "nothing"))


def test_a_table_for_reading_runs_in_no_spreadsheet(some_days):
    record("application/9", "reject", by=CLERK, reason="=HYPERLINK(1)", at=DAYS[6])

    text = "".join(audit.table(Asked(verb="reject"), {"reject": "Reject"}, by=CLERK))

    head, row = text.removeprefix("\ufeff").splitlines()
    assert head == "at,who,verb,what,stream,sequence,reason,before,after,digest"
    digest = timeline("application/9")[0].digest
    assert row == (
        f"2026-03-07 12:00:00+05:00,a clerk,reject,Reject,application/9,1,'=HYPERLINK(1),,,{digest}"
    )
    assert timeline("audit/exports")[-1].data["after"] == {"asked": {"verb": "reject"}, "as": "csv"}
