"""The auditor's desk, through real requests: who did or looked at what, and exports that prove themselves."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.urls import URLPattern
from django.utils import timezone, translation

from degreetrack.accounts.models import Role
from degreetrack.applications.lifecycle import MOVES, State
from degreetrack.applications.models import Application, Delivery, Draft
from degreetrack.journal.audit import Asked, found
from degreetrack.journal.proof import prove
from degreetrack.journal.services import record, seal_new, timeline
from degreetrack.notifications.models import Fate
from degreetrack.web.desk import urls
from degreetrack.web.desk.happenings import HAPPENINGS, words
from degreetrack.web.desk.said import FIELDS, in_words
from degreetrack.web.desk.wishes import WISHES

pytestmark = pytest.mark.django_db
CODE = Path(__file__).parents[2] / "degreetrack"
STAFF = [role for role in Role if role not in (Role.APPLICANT, Role.CLOCK, Role.LEDGER, Role.SUPERVISOR)]


def _whats(page: str) -> list[str]:
    """The happenings of a page's table, newest first."""
    cells = re.findall(r"</td><td>([^<]+)</td><td><a href=\"\?stream=", page)
    return [cell.strip() for cell in cells]


@pytest.mark.parametrize("path", ["/staff/audit/", "/staff/audit/export/"])
def test_only_auditors_and_the_controller_come_in(path, client, clerks, aiou):
    for role in STAFF:
        client.force_login(clerks(role))
        answer = client.post(path, {"case": "EBN-AGZ-2G33"})
        wanted = (422 if path == "/staff/audit/" else 200) if role in ("auditor", "controller") else 403
        assert answer.status_code == wanted, role
        linked = '<a href="/staff/audit/">' in client.get("/staff/", follow=True).content.decode()
        assert linked is (role in ("auditor", "controller")), role


def test_a_case_is_asked_for_by_its_tracking_id_and_shows_the_looks(desk, in_state):
    application = in_state(State.VERIFIED)
    desk(Role.SCRUTINY).get(f"/staff/case/{application.tracking_id}/")
    client = desk(Role.AUDITOR)

    answer = client.post("/staff/audit/", {"case": application.tracking_id.lower()})
    assert answer["Location"] == f"/staff/audit/?stream=application%2F{application.pk}"

    page = client.get(answer["Location"]).content.decode()
    newest_first = [str(words(entry.verb)) for entry in reversed(timeline(application.stream))]
    assert newest_first[0] == "Looked at"
    assert _whats(page) == newest_first
    assert f"Everything that happened to <bdi>{application.tracking_id}</bdi>" in page
    assert f'href="?stream=student/{application.result.student_id}"' in page


def test_a_person_is_asked_for_by_user_name_or_by_their_name(desk, in_state, person):
    sana = person(Role.SCRUTINY, username="sana", first_name="Sana", last_name="Khan")
    application = in_state()
    record(application.stream, "view", by=sana)
    record(application.stream, "verify", by=sana, reason="All is there")
    client = desk(Role.AUDITOR)

    for typed in ("SANA", "sana  khan"):
        answer = client.post("/staff/audit/", {"person": typed})
        assert answer["Location"] == f"/staff/audit/?actor={sana.pk}"
    page = client.get(answer["Location"]).content.decode()

    assert _whats(page) == [str(MOVES["verify"].label), "Looked at"]
    assert "Everything that Sana Khan did or looked at" in page
    assert (page.count("All is there"), page.count(f"<bdi>{application.tracking_id}</bdi>")) == (1, 2)


def test_who_or_what_is_not_found_is_told(desk, person, aiou):
    for name in ("one", "two"):
        person(Role.SCRUTINY, username=name, first_name="Ali", last_name="Raza")
    client = desk(Role.CONTROLLER)

    for typed, told in (
        ({"person": "nobody"}, "No member of staff has this name."),
        ({"person": "Ali Raza"}, "Several people have this name; write the user name: one, two"),
        ({"case": "EBN-AGZ-2G33"}, "No application has this tracking ID."),
        ({"case": "x"}, "No application has this tracking ID."),
        ({"since": "soon"}, "Enter a valid date."),
    ):
        answer = client.post("/staff/audit/", typed)
        assert (answer.status_code, answer.content.decode().count(told)) == (422, 2)


def test_days_and_happenings_narrow_what_is_shown(desk, person):
    clerk = person(Role.SCRUTINY)
    for day, verb in ((1, "view"), (2, "view"), (2, "verify"), (3, "view")):
        record("application/1", verb, by=clerk, at=datetime(2026, 3, day, 7, tzinfo=UTC))
    client = desk(Role.AUDITOR)

    answer = client.post("/staff/audit/", {"verb": "view", "since": "2026-03-02", "until": "2026-03-02"})
    page = client.get(answer["Location"]).content.decode()

    assert re.findall(r"<bdi>(2026-03-\d\d \d\d:\d\d:\d\d)</bdi>", page) == ["2026-03-02 12:00:00"]
    for end in ("since=soon", "actor=x", "actor=²", "verb=rumour", "stream=Nowhere"):
        assert client.get(f"/staff/audit/?{end}").status_code == 404, end


def test_pages_follow_each_other_by_key(desk, person):
    clerk = person(Role.SCRUTINY)
    for number in range(51):
        record(f"application/{number}", "view", by=clerk)
    client = desk(Role.AUDITOR)

    first = client.get(f"/staff/audit/?actor={clerk.pk}").content.decode()
    onward = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = client.get(f"/staff/audit/{onward}").content.decode()

    assert (len(_whats(first)), len(_whats(second))) == (50, 1)
    assert "<bdi>application/0</bdi>" in second
    assert 'rel="next"' not in second


def test_a_page_asks_as_much_for_one_row_as_for_three(desk, in_state, django_assert_num_queries, person):
    clerk = person(Role.SCRUTINY)
    client = desk(Role.AUDITOR)
    for rows in (1, 2):
        for _ in range(rows):
            record(in_state().stream, "view", by=clerk)
        with django_assert_num_queries(9):
            page = client.get(f"/staff/audit/?actor={clerk.pk}").content.decode()

    assert len(_whats(page)) == 3


def test_an_export_from_the_page_proves_itself_and_is_journalled(desk, in_state, clerks):
    application = in_state(State.APPROVED)
    seal = seal_new()
    client = desk(Role.AUDITOR)

    answer = client.post("/staff/audit/export/", {"stream": application.stream, "as": "jsonl"})
    lines = b"".join(answer.streaming_content).decode().splitlines()

    proven = prove(lines)
    assert (proven.entries, proven.asked) == (len(timeline(application.stream)),) * 2
    assert proven.roots == {seal.pk: seal.root}
    assert re.fullmatch(r'attachment; filename="journal-\d{8}-\d{6}\.jsonl"', answer["Content-Disposition"])
    assert answer["Cache-Control"] == "no-store, private"
    entry = timeline("audit/exports")[-1]
    assert (entry.actor_id, entry.verb) == (clerks(Role.AUDITOR).pk, "export")
    assert entry.data["after"] == {"asked": {"stream": application.stream}, "as": "jsonl"}
    assert client.get("/staff/audit/export/").status_code == 405


def test_a_table_tells_in_words_what_happened(desk, in_state):
    application = in_state(State.VERIFIED)

    answer = desk(Role.AUDITOR).post(
        "/staff/audit/export/", {"stream": application.stream, "verb": "verify", "as": "csv"}
    )

    rows = b"".join(answer.streaming_content).decode().splitlines()
    assert len(rows) == 2
    assert rows[1].split(",")[2:6] == [
        "verify",
        str(MOVES["verify"].label),
        application.stream,
        str(_sequence(application, "verify")),
    ]


def _sequence(application: Application, verb: str) -> int:
    return next(entry.sequence for entry in timeline(application.stream) if entry.verb == verb)


def test_looking_at_the_audit_writes_nothing(desk, in_state):
    in_state()
    client = desk(Role.AUDITOR)
    before = found(Asked()).rows

    client.get("/staff/audit/")

    assert found(Asked()).rows == before


def test_a_search_is_journalled_with_how_many_were_shown_and_never_what_was_typed(desk, in_state, clerks):
    one = in_state()
    in_state()
    client = desk(Role.RECEIPT)

    for text in (one.result.student.cnic, "Ayesha", "zz top"):
        client.post("/staff/search/", {"text": text})
    client.get("/staff/search/")

    entries = timeline(f"user/{clerks(Role.RECEIPT).pk}")
    assert [(entry.verb, entry.data, entry.reason) for entry in entries if entry.verb == "search"] == [
        ("search", {"before": {}, "after": {"shown": shown}}, "") for shown in (1, 2, 0)
    ]


def test_a_slip_and_a_refused_step_are_looks_as_well(desk, in_state):
    application = in_state()
    case = f"/staff/case/{application.tracking_id}/"
    client = desk(Role.AUDITOR)
    before = [entry.verb for entry in timeline(application.stream)]

    client.get(f"{case}slip/")
    client.post(f"{case}approve/")

    assert [entry.verb for entry in timeline(application.stream)] == [*before, "view", "view"]


# What an auditor may post: it reads, or it is about their own sign-in.
READING = {"login", "logout", "password-reset", "password-reset-confirm", "session-end"} | {
    "search", "audit", "audit-export",
    # One's own account is one's own to look after.
    "sessions-end-others", "password", "second-passkey",
}  # fmt: skip


def _wanted(pattern: URLPattern, application: Application) -> dict[str, str | int]:
    texts = {"tracking_id": application.tracking_id, "state": application.state, "verb": "verify"}
    texts |= {"name": "address", "decision": "attend", "which": "chosen", "how": "stop"}
    return {name: texts.get(name, 1) for name in pattern.pattern.regex.groupindex}


def test_an_auditor_reads_everything_and_changes_nothing(desk, in_state):
    """Every address of the desk, posted to as auditor with the words of every form at once."""
    application = in_state()
    client = desk(Role.AUDITOR)
    posted = {"reason": "because", "reply": "words", "address": "House 1", "confirm": "1", "note": "done"}
    before = found(Asked()).rows
    row = Application.objects.filter(pk=application.pk).values().get()
    answers = {}

    for pattern in urls.urlpatterns:
        if pattern.name in READING:
            continue
        values = _wanted(pattern, application)
        path = "/staff/" + re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<x:\1>", str(pattern.pattern)).strip("^$")
        for name, value in values.items():
            path = re.sub(rf"<\w+:{name}>", str(value), path)
        answers[pattern.name] = client.post(path, posted | {"roll_no": application.result.roll_no})

    assert len(answers) > 15
    assert 'name="reply"' not in client.get(f"/staff/case/{application.tracking_id}/").content.decode()
    new = [entry.verb for entry in found(Asked()).rows if entry not in before]
    assert set(new) <= {"view"}
    assert Application.objects.filter(pk=application.pk).values().get() == row
    assert Draft.objects.count() == 0
    refused = {name: answer.status_code for name, answer in answers.items() if answer.status_code == 200}
    assert refused == {}
    for name in WISHES:
        assert client.post(f"/staff/case/{application.tracking_id}/wish/{name}/", posted).status_code == 409
    for verb, move in MOVES.items():
        if move.from_:
            assert client.post(f"/staff/case/{application.tracking_id}/{verb}/", posted).status_code == 409


def _verbs_of(path: Path) -> set[str]:
    """Every verb that a module gives to the journal, as far as it stands there in plain letters."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) > 1:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("record", "_tell", "journalled"):
                told.append(node.args[1])
        elif isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "verb" for t in node.targets):
            told.append(node.value)
    return {
        leaf.value
        for given in told
        if isinstance(given, ast.Constant | ast.IfExp)
        for leaf in ([given] if isinstance(given, ast.Constant) else [given.body, given.orelse])
        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
    }


def test_every_verb_that_the_code_records_has_its_words():
    recorded = set().union(*(_verbs_of(path) for path in CODE.rglob("*.py")))
    by_table = set(MOVES) | {str(fate) for fate in Fate if fate not in (Fate.QUEUED, Fate.SENDING)}

    assert {"view", "challan_opened", "contact_refused", "payment_taken", "export"} <= recorded
    assert (recorded | by_table) - set(HAPPENINGS) == set()
    assert words("of a later version") == "of a later version"


def test_a_moment_reads_in_the_universitys_time(desk, person):
    record("application/1", "view", by=person(Role.SCRUTINY), at=datetime(2026, 3, 1, 20, 0, 5, tzinfo=UTC))

    page = desk(Role.AUDITOR).get("/staff/audit/?stream=application/1").content.decode()

    assert "<bdi>2026-03-02 01:00:05</bdi>" in page
    assert timezone.get_default_timezone_name() == "Asia/Karachi"


@pytest.mark.parametrize(
    "end", ["until=1999-12-31", "until=0001-01-01", "since=9999-12-31", "since=3000-01-01"]
)
def test_years_that_nobody_lived_in_give_an_empty_list_with_words(end, desk, person):
    record("application/1", "view", by=person(Role.SCRUTINY))

    answer = desk(Role.AUDITOR).get(f"/staff/audit/?{end}")

    assert (answer.status_code, "Nothing is found." in answer.content.decode()) == (200, True)


@pytest.mark.parametrize(
    ("stream", "data", "en"),
    [
        (
            "application/1",
            {"before": {"state": "received"}, "after": {"state": "checked", "urgent": True, "reason": ""}},
            [
                ("Stands at", State.RECEIVED.label, State.CHECKED.label),
                ("Urgent", "", "Yes"),
            ],
        ),
        (
            "application/1",
            {"after": {"delivery": "collect", "office": "x", "checked": {"cnic/1": False}, "to": ["a", "b"]}},
            [
                ("Delivery", "", Delivery.COLLECT.label),
                ("Office", "", "x"),
                ("Points looked at", "", "cnic/1: No"),
                ("To", "", "a, b"),
            ],
        ),
        ("admin/region", {"after": {"row": "x", "name_en": "Y"}}, [("Row", "", "x"), ("name en", "", "Y")]),
        ("challan/1", {"after": {"of_a_later_version": 3}}, [("of a later version", "", "3")]),
    ],
)
def test_what_the_journal_holds_is_told_in_words(stream, data, en):
    assert in_words(stream, data) == [tuple(map(str, row)) for row in en]


def test_what_the_journal_holds_is_told_in_urdu_too():
    with translation.override("ur"):
        changed = {"before": {"state": "received"}, "after": {"state": "checked"}}
        [(_name, was, became)] = in_words("application/1", changed)
        assert (was, became) == (str(State.RECEIVED.label), str(State.CHECKED.label))

    assert was != str(State.RECEIVED.label)


def test_every_field_that_is_written_down_has_its_words():
    """Of the calls that name their fields in place."""
    written = set()
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record":
                told = [word.value for word in node.keywords if word.arg in ("before", "after")]
                keys = [key for one in told if isinstance(one, ast.Dict) for key in one.keys]
                written |= {key.value for key in keys if isinstance(key, ast.Constant)}

    assert written - set(FIELDS) == set()
    assert len(written) > 15
