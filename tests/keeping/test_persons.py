"""One person's data: handed over, erased, and what stays."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from degreetrack.accounts.models import Role
from degreetrack.applications import wishes
from degreetrack.applications.drafts import applicant
from degreetrack.applications.lifecycle import State
from degreetrack.applications.messages import ask
from degreetrack.applications.models import Application, Bearer
from degreetrack.applications.services import move
from degreetrack.documents.models import Document, Page, store
from degreetrack.documents.services import take_in
from degreetrack.journal.erasure import erase_of
from degreetrack.journal.models import Entry
from degreetrack.journal.services import record, seal_new, timeline
from degreetrack.journal.verification import verify
from degreetrack.keeping import export, persons
from degreetrack.kit.refusals import Refused
from degreetrack.notifications.models import Fate, Notice
from degreetrack.records.models import Student
from tests.documents.papers import photo
from tests.life import facts_for

pytestmark = pytest.mark.django_db
HOME = "House 12, Street 4, Gulgasht Colony, Multan"
WORDS = [
    "Gulgasht",
    "923001234567",
    "ayesha@example.org",
    "Nadia Bibi",
    "61101-7654321-9",
    "My roll number is",
]


@pytest.fixture
def delivered(in_state, clerks):
    """A case with all that a person may leave behind, handed over to a bearer."""
    case = in_state(State.RECEIVED, email="ayesha@example.org", address=HOME)
    student = case.result.student
    take_in(student, [photo("cnic.jpg")], title="CNIC", by=applicant(student))
    ask(case.tracking_id, by=applicant(student), text="My roll number is wrong on the letter of 5 May.")
    code = wishes.authorise_bearer(
        case.tracking_id, by=applicant(student), name="Nadia Bibi", cnic="61101-7654321-9"
    )
    for verb, role, facts in (
        ("check", Role.SCRUTINY, {}),
        ("verify", Role.VERIFICATION, {}),
        ("approve", Role.APPROVAL, {}),
        ("print", Role.PRINTING, {"stock_no": "new"}),
        ("sign", Role.SIGNATURE, {}),
        ("hand_over", Role.DISPATCH, {"handed_to": "Nadia Bibi", "bearer_code": code}),
    ):
        move(case.tracking_id, verb, by=clerks(role), **facts_for(case, facts))
    Notice.objects.update(fate=Fate.SENT)
    seal_new()
    return Application.objects.get(pk=case.pk)


def _everything_said() -> str:
    """All that the tables hold, as text, but for the staff's own accounts."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name != "accounts_user"]
        rows = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    return str(rows)


def test_nothing_that_was_erased_is_left_anywhere_and_the_chain_is_whole(
    delivered, person, django_capture_on_commit_callbacks
):
    student = delivered.result.student
    files = list(Page.objects.values_list("file", flat=True))
    before = _everything_said()
    assert [word for word in WORDS if word not in before] == []
    digests = [entry.digest for entry in timeline(delivered.stream)]
    by = person(Role.CONTROLLER)

    with django_capture_on_commit_callbacks(execute=True):
        told = persons.erase(student, by=by, reason="Asked for in writing, diary 17")

    after = _everything_said()
    assert [word for word in WORDS if word in after] == ["Nadia Bibi"]
    assert Application.objects.get(pk=delivered.pk).handed_to == "Nadia Bibi"
    assert after.count("Nadia Bibi") == 1
    assert [store().exists(name) for name in files] == [False]
    assert [entry.digest for entry in timeline(delivered.stream)][: len(digests)] == digests
    assert verify() == []
    last = timeline(f"student/{student.pk}")[-1]
    assert (last.verb, last.actor_id, last.data["after"]) == ("erased", by.pk, told)
    kept = Student.objects.get(pk=student.pk)
    assert (kept.name_en, kept.cnic, kept.mobile, kept.date_of_birth) == ("Ayesha Siddiqa", "", "", None)


def test_who_forges_words_over_erased_ones_is_named(delivered, person):
    persons.erase(delivered.result.student, by=person(Role.CONTROLLER), reason="Asked for in writing")
    entry = Entry.objects.get(stream=delivered.stream, verb="hand_over")
    entry.data["after"]["handed_to"] = "Somebody Else"
    entry.save()

    assert verify() == [f"{entry.stream} #{entry.sequence}: changed after it was written"]


def test_a_person_with_something_under_way_is_not_erased(in_state, person):
    case = in_state(State.VERIFIED)

    with pytest.raises(Refused, match="A case of this person is open"):
        persons.erase(case.result.student, by=person(Role.CONTROLLER), reason="Asked for in writing")
    with pytest.raises(Refused, match="Write why"):
        persons.erase(case.result.student, by=person(Role.CONTROLLER), reason=" ")


def test_the_command_reads_the_number_from_its_input_alone(delivered, person, monkeypatch, capsys):
    number, by = delivered.result.student.cnic, person(Role.CONTROLLER, username="head")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{number}\n"))

    call_command("erase_person", by=by.username, reason="Asked for in writing")

    assert re.fullmatch(r"papers: 1, notices: \d+, contacts: 0, codes: 0, uploads: 0, entries: \d+\n",
                        capsys.readouterr().out)  # fmt: skip
    monkeypatch.setattr("sys.stdin", io.StringIO("nobody\n"))
    with pytest.raises(CommandError, match="Nobody, or more than one"):
        call_command("erase_person", by=by.username, reason="Asked for in writing")
    with pytest.raises(CommandError, match="No active member of staff"):
        call_command("erase_person", by="nobody", reason="Asked for in writing")


def test_a_person_gets_everything_in_one_file_with_headings_in_both_languages(
    delivered, person, monkeypatch, tmp_path
):
    student = delivered.result.student
    person(Role.CONTROLLER, username="head")
    monkeypatch.setattr("sys.stdin", io.StringIO(student.registration_no))

    call_command("export_person", tmp_path / "mine.zip", by="head")

    packed = zipfile.ZipFile(tmp_path / "mine.zip")
    said = json.loads(packed.read("data.json"))
    [paper] = Page.objects.all()
    assert packed.namelist() == ["data.json", f"papers/{paper.document_id}-1.jpg"]
    assert said["Person / کوائف"][0]["cnic"] == student.cnic
    assert said["Applications / درخواستیں"][0]["address"] == HOME
    assert [row["text"] for row in said["Messages / پیغامات"]] == [
        "My roll number is wrong on the letter of 5 May."
    ]
    text = json.dumps(said, ensure_ascii=False)
    assert ("handed_to" in text, "code_hash" in text, "receipt0" in text) == (True, False, False)
    assert "bearer" not in {row["template"] for row in said["Notices / اطلاعات"]}
    assert timeline(f"student/{student.pk}")[-1].verb == "exported"
    assert (tmp_path / "mine.zip").stat().st_mode & 0o777 == 0o600


def test_the_applicant_takes_their_own_data_from_the_portal(delivered, signed_in):
    client = signed_in(delivered.result.student)

    answer = client.post("/my/data/")

    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert packed.namelist()[0] == "data.json"
    assert answer["Content-Disposition"] == 'attachment; filename="my-data.zip"'
    assert timeline(f"student/{delivered.result.student_id}")[-1].actor_name == "applicant"
    assert client.get("/my/data/").status_code == 405


def test_sign_ins_lose_their_addresses_after_their_time(desk, person):
    user, then = person(Role.RECEIPT), timezone.now() - timedelta(days=400)
    for at in (then, timezone.now()):
        record(f"user/{user.pk}", "sign_in", by=user, after={"address": "10.1.2.3", "browser": "X"}, at=at)

    assert erase_of(["sign_in"], since=None, until=timezone.now() - timedelta(days=365)) == 1

    assert [entry.data["after"] for entry in timeline(f"user/{user.pk}")] == [
        {},
        {"address": "10.1.2.3", "browser": "X"},
    ]
    assert verify() == []


def test_papers_of_the_erased_count_no_more(delivered, person):
    persons.erase(delivered.result.student, by=person(Role.CONTROLLER), reason="Asked for in writing")

    assert Document.objects.filter(removed_at=None).count() == 0
    assert Bearer.objects.get().cnic == ""
    assert export.told(delivered.result.student)["Bearers / دستاویز لینے والے"][0].keys() == {
        "application", "made_at", "tries", "used_at",
    }  # fmt: skip
