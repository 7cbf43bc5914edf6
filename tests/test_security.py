"""What holds in the whole house: exports that do not run, forms that set nothing else, hosts, proxies."""

import ast
import csv
import io
import re
from pathlib import Path

import pytest
from django.test import Client

from degreetrack.accounts.models import Role
from degreetrack.applications import services
from degreetrack.applications.models import Application
from degreetrack.journal.audit import Asked, table
from degreetrack.kit.spreadsheets import SafeWriter
from degreetrack.records.models import Student

ROOT = Path(__file__).parent.parent
CODE = [path for path in (ROOT / "degreetrack").rglob("*.py") if "migrations" not in path.parts]
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
]


@pytest.mark.parametrize("cell", HOSTILE)
def test_no_cell_runs_in_a_spreadsheet(cell):
    made = io.StringIO()

    SafeWriter(made).row([cell])

    [[read]] = csv.reader(io.StringIO(made.getvalue(), newline=""))
    assert read == f"'{cell}"


def test_every_csv_is_written_by_the_one_safe_writer_and_every_xlsx_as_text():
    writers = [path.name for path in CODE if re.search(r"csv\.(DictW|w)riter", path.read_text())]
    books = [path for path in CODE if "xlsxwriter" in path.read_text()]

    assert writers == ["spreadsheets.py"]
    for path in books:
        calls = {
            node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)
        }
        assert not calls & {"write", "write_formula", "write_array_formula", "write_url", "write_row"}, path


@pytest.mark.django_db
def test_a_hostile_reason_in_the_journal_does_not_run_in_its_export(in_state, clerks):
    by = clerks(Role.RECEIPT)
    application = in_state()
    services.move(application.tracking_id, "withdraw", by=by, reason='=HYPERLINK("http://evil.example")')
    lines = "".join(table(Asked(stream=application.stream), {}, by=by))

    for row in list(csv.reader(io.StringIO(lines.removeprefix("\ufeff"), newline="")))[1:]:
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_every_form_of_a_model_names_its_fields():
    """A field that comes to a model later is in no form until somebody puts it there."""
    for path in CODE:
        assert not re.search(r"fields\s*=\s*['\"]__all__|exclude\s*=\s*[\[(]", path.read_text()), path


@pytest.mark.django_db
def test_what_no_form_asks_for_changes_nothing(client, clerks, in_state):
    application = in_state()
    student = application.result.student
    extra = {
        "state": "approved", "urgent": "on", "office": "karachi", "fee": "0", "amount": "0", "student": "1",
        "received_at": "2001-01-01", "verified_by": "1", "is_superuser": "on", "is_staff": "on",
        "section": "controller", "roles": "controller", "cnic": "61101-0000000-1",
        "name_en": "Somebody Else", "obtained_marks": "4300",
    }  # fmt: skip
    clerk = clerks(Role.SCRUTINY)
    client.force_login(clerk)
    before = Student.objects.filter(pk=student.pk).values().get()

    client.post(f"/staff/case/{application.tracking_id}/check/", extra | {"all_the_same": "1"})

    row = Application.objects.get(pk=application.pk)
    assert (row.state, row.urgent, row.office, row.verified_by_id) == ("checked", False, "", None)
    assert row.received_at == application.received_at
    assert Student.objects.filter(pk=student.pk).values().get() == before
    clerk.refresh_from_db()
    assert (clerk.is_superuser, clerk.section_id) == (False, "only-scrutiny")


@pytest.mark.django_db
def test_a_foreign_host_is_refused(settings, aiou):
    settings.ALLOWED_HOSTS = ["tracking.uni.edu.pk"]

    for host in ("evil.example", "tracking.uni.edu.pk.evil.example", "tracking.uni.edu.pk@evil.example", ""):
        assert Client(headers={"Host": host}).get("/").status_code == 400, host
    told = Client(headers={"Host": "tracking.uni.edu.pk", "X-Forwarded-Host": "evil.example"}).get("/staff/")
    assert told["Location"] == "/staff/login/?next=/staff/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "away",
    [
        "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example",
        "javascript:alert(1)",
        "https:evil.example", " //evil.example", "http://testserver@evil.example/", "/%09/evil.example",
    ],
)  # fmt: skip
def test_no_next_leads_to_another_site(away, client, clerks, aiou):
    client.force_login(clerks(Role.SCRUTINY))

    for path in ("/staff/login/", "/language/ur/"):
        told = client.get(path, {"next": away})["Location"]
        assert told in ("/", "/staff/", "/%09/evil.example"), (path, told)


@pytest.mark.django_db
def test_what_is_refused_at_the_door_has_the_headers_too(client, aiou):
    answer = client.get("/in-process/", {"q": "a\0b"})

    told = ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy")
    assert (answer.status_code, [answer[name] for name in told]) == (400, ["DENY", "nosniff", "same-origin"])
