"""All that is kept of one person, to hand over: a ZIP of JSON, headed in both languages, and papers."""

import json
import zipfile
from collections.abc import Iterable
from datetime import date, datetime
from typing import IO, Any

from django.db.models import Model, QuerySet
from django.utils import timezone

from degreetrack.applicants.models import ApplicantSession, ContactClaim
from degreetrack.applications.models import Application, Bearer, Draft, Message, Objection
from degreetrack.documents.models import Document, Page, store
from degreetrack.fees.models import Challan, Payment
from degreetrack.journal.services import ByWhom, record, timeline
from degreetrack.keeping.persons import streams_of
from degreetrack.notifications.models import SECRET, Notice
from degreetrack.records.models import Result, Student

# Of no use to the person, or nobody's to read: keys within the system, keyed digests, sorting keys.
LEFT_OUT = {"id", "student", "code_hash", "session_key", "name_key", "name_ur_key", "file", "verified_by"}


def write(student: Student, file: IO[bytes], *, by: ByWhom, at: datetime | None = None) -> None:
    """Write the ZIP, and say in the journal that it was handed over."""
    at = at or timezone.now()
    record(f"student/{student.pk}", "exported", by=by, at=at)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        text = json.dumps(told(student), ensure_ascii=False, indent=1, default=_plain)
        packed.writestr("data.json", text)
        for page in Page.objects.filter(document__student=student).select_related("document"):
            suffix = str(page.file).rpartition(".")[2]
            name = f"papers/{page.document_id}-{page.order}.{suffix}"
            with store().open(str(page.file)) as content:
                packed.writestr(name, content.read())


def told(student: Student) -> dict[str, Any]:
    """By heading in English and Urdu: rows of field and value; what is empty is left out."""
    cases = Application.objects.filter(result__student=student)
    streams = streams_of(student)
    notices = Notice.objects.filter(stream__in=streams).exclude(template__in=SECRET)
    parts: list[tuple[str, str, QuerySet[Any]]] = [
        ("Person", "کوائف", Student.objects.filter(pk=student.pk)),
        ("Results", "نتائج", Result.objects.filter(student=student)),
        ("Applications", "درخواستیں", cases),
        ("Objections and answers", "اعتراضات اور جوابات", Objection.objects.filter(application__in=cases)),
        ("Messages", "پیغامات", Message.objects.filter(application__in=cases)),
        ("Bearers", "دستاویز لینے والے", Bearer.objects.filter(application__in=cases)),
        ("Unfinished applications", "نامکمل درخواستیں", Draft.objects.filter(student=student)),
        ("Papers", "کاغذات", Document.objects.filter(student=student)),
        ("Challans", "چالان", Challan.objects.filter(student=student)),
        ("Payments", "ادائیگیاں", Payment.objects.filter(challan__student=student)),
        ("Notices", "اطلاعات", notices),
        ("Contacts given", "دیے گئے رابطے", ContactClaim.objects.filter(student=student)),
        ("Signed-in browsers", "سائن اِن براؤزر", ApplicantSession.objects.filter(student=student)),
    ]
    said = {
        f"{english} / {urdu}": [_row(row) for row in rows.order_by("pk")] for english, urdu, rows in parts
    }
    return said | {"What happened / کیا ہوا": list(_history(streams))}


def _row(row: Model) -> dict[str, Any]:
    values = {field.name: field.value_from_object(row) for field in row._meta.concrete_fields}
    return {name: value for name, value in values.items() if name not in LEFT_OUT and value not in ("", None)}


def _history(streams: Iterable[str]) -> Iterable[dict[str, Any]]:
    """Who looked at or did what; members of staff stand there as the university."""
    for stream in streams:
        for entry in timeline(stream):
            by = "the university" if entry.actor_id else entry.actor_name
            said = {"about": stream, "at": entry.at, "what": entry.verb, "by": by, "reason": entry.reason}
            yield said | {"said": {name: value for name, value in entry.data["after"].items() if value != ""}}


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
