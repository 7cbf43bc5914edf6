"""Fill a database to N applications with journals: `python -m bench.fill 1000000`.

Deterministic, and honest in shape: every application has a student, a result, one to eight
journal entries chained as the product chains them, and one seal at the end. Rows go in by COPY
on PostgreSQL and by executemany on SQLite.
"""

import argparse
import hashlib
import json
import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "degreetrack.config.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from tqdm import tqdm  # noqa: E402

from bench.people import person  # noqa: E402
from degreetrack.applications.forecast_rows import Forecast  # noqa: E402
from degreetrack.applications.lifecycle import State  # noqa: E402
from degreetrack.catalogue.models import Kind, Programme, Region  # noqa: E402
from degreetrack.catalogue.services import load_institution  # noqa: E402
from degreetrack.journal.services import START  # noqa: E402
from degreetrack.kit.tracking_ids import ALPHABET, _check_character, _dashed  # noqa: E402
from degreetrack.kit.urdu import search_key  # noqa: E402
from degreetrack.records.names import learn  # noqa: E402

BATCH = 20_000
PATH = ["submit", "check", "verify", "approve", "print", "sign", "dispatch", "deliver"]
AFTER = ["received", "checked", "verified", "approved", "printed", "signed", "dispatched", "delivered"]
# Of five applications three are for a provisional certificate, one for a degree, one for a result card.
KINDS = [Kind.PC.value] * 3 + [Kind.DEGREE.value, Kind.DMC.value]
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
STUDENT = [
    "id",
    "registration_no",
    "name_en",
    "name_ur",
    "father_name_en",
    "father_name_ur",
    "gender",
    "date_of_birth",
    "cnic",
    "mobile",
    "email",
    "region_id",
    "name_key",
    "name_ur_key",
]
RESULT = [
    "id",
    "student_id",
    "roll_no",
    "programme_id",
    "semester_passed",
    "result_date",
    "total_marks",
    "obtained_marks",
    "result_codes",
]
APPLICATION = [
    "id",
    "tracking_id",
    "result_id",
    "kind",
    "issue",
    "urgent",
    "state",
    "state_since",
    "received_at",
    "route",
    "office",
    "language",
    "mobile",
    "email",
    "address",
    "challan_no",
    "fee_due",
    "fee_paid",
    "limit_on",
    "verified_by_id",
    "courier",
    "consignment_no",
    "handed_to",
    "closing_reason",
    "delivery",
    "collect_office",
    "correction",
    "objection_rounds",
    "paper_office",
    "paper_to_office",
]
ENTRY = ["stream", "sequence", "at", "actor_id", "actor_name", "verb", "reason", "data", "previous", "digest"]


def tracking_id(number: int) -> str:
    """The n-th sample tracking ID: sound, and scattered as random ones are."""
    value, body = (number * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 29**9, ""
    for _ in range(9):
        value, place = divmod(value, 29)
        body += ALPHABET[place]
    return _dashed(body + _check_character(body))


def roll_no(number: int) -> str:
    """The n-th sample roll number: two letters, six digits."""
    first, rest = divmod(number, 24 * 1_000_000)
    second, digits = divmod(rest, 1_000_000)
    return f"{LETTERS[first]}{LETTERS[second]}{digits:06}"


def rows(numbers: range, programmes: list[Programme], regions: list[Region]) -> Iterator[tuple[str, tuple]]:
    """The rows of some applications, each with its table's name."""
    now = datetime.now(UTC).replace(microsecond=0)
    for n in numbers:
        draw = random.Random(n)
        name, urdu = person(draw)
        programme, region = programmes[n % len(programmes)], regions[n % len(regions)]
        received = now - timedelta(minutes=draw.randrange(525_600))
        steps = draw.randrange(1, len(PATH) + 1)
        yield (
            "records_student",
            (
                n, f"X{n:09}", name, urdu, "Imran Khan", "عمران خان", "F", date(1990, 1, 1),
                f"00{n % 1000:03}-{n % 10**7:07}-{n % 10}", "+923000000000", "", region.pk,
                search_key(name), search_key(urdu),
            ),
        )  # fmt: skip
        yield (
            "records_result",
            (n, n, roll_no(n), programme.pk, "Spring 2024", date(2025, 3, 1), programme.total_marks, 500, ""),
        )
        at, previous, stream = received, START, f"application/{n}"
        for sequence, verb in enumerate(PATH[:steps], start=1):
            at = received + timedelta(hours=30 * (sequence - 1))
            before = {"state": AFTER[sequence - 2]} if sequence > 1 else {}
            data = {"after": {"state": AFTER[sequence - 1]}, "before": before}
            said = [
                previous,
                stream,
                sequence,
                at.isoformat(timespec="microseconds"),
                None,
                "bench",
                verb,
                "",
                data,
            ]
            text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            digest = hashlib.sha256(text.encode()).hexdigest()
            yield (
                "journal_entry",
                (stream, sequence, at, None, "bench", verb, "", json.dumps(data), previous, digest),
            )
            previous = digest
        sent = steps >= PATH.index("dispatch") + 1
        yield (
            "applications_application",
            (
                n, tracking_id(n), n, KINDS[n % 20 // 4], "DUPLICATE" if n % 53 == 0 else "ORIGINAL",
                n % 7 == 0, State(AFTER[steps - 1]).value, at, received,
                "counter", region.code if n % 3 == 0 else "", "en", "", "", "", "", 500, 500, None, None,
                "TCS" if sent else "", f"TCS{n:09}" if sent else "", "", "", "post", "", "",
                0, "", "",
            ),
        )  # fmt: skip


COLUMNS = {
    "records_student": STUDENT,
    "records_result": RESULT,
    "journal_entry": ENTRY,
    "applications_application": APPLICATION,
}
ORDER = ["records_student", "records_result", "applications_application", "journal_entry"]


def write(batch: dict[str, list[tuple]]) -> None:
    """Write one batch in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        learn(key for row in batch["records_student"] for key in row[-2:])
        for table in ORDER:
            columns = ", ".join(COLUMNS[table])
            if connection.vendor == "postgresql":
                with cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in batch[table]:
                        copy.write_row(row)
            else:
                places = ", ".join(["%s"] * len(COLUMNS[table]))
                plain = ([str(c) if isinstance(c, date) else c for c in row] for row in batch[table])
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", plain)


@contextmanager
def unindexed(many: int) -> Iterator[None]:
    """On PostgreSQL the indexes of very many new rows are made once, at the end; one cut short has none."""
    if connection.vendor != "postgresql" or many < 500_000:
        yield
        return
    with connection.cursor() as cursor:
        # Rows that refer to each other come in one batch: nobody need look for what they refer to.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), i.indrelid::regclass::text,"
            " c.conname, pg_get_constraintdef(c.oid) FROM pg_index i"
            " LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid"
            " WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisprimary",
            [ORDER],
        )
        found = cursor.fetchall()
        for index, _made, table, name, _rule in found:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}" if name else f"DROP INDEX {index}")
        yield
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for _index, made, table, name, rule in found:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}" if name else made)
        cursor.execute("SET session_replication_role = DEFAULT")


def foretell() -> None:
    """Forecasts for every stage, so that pages have dates to tell."""
    stages = [(kind, urgent, state) for kind in Kind for urgent in (False, True) for state in State]
    rows = [Forecast(kind=k, urgent=u, state=s, cases=1000, early=120, late=200) for k, u, s in stages]
    Forecast.objects.bulk_create(rows, ignore_conflicts=True)


def fill(upto: int) -> None:
    """Add applications until there are `upto`; what is there already stays."""
    load_institution(Path(__file__).parent.parent / "institutions" / "aiou")
    programmes, regions = list(Programme.objects.all()), list(Region.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM applications_application")
        start = cursor.fetchone()[0] + 1
    shown = tqdm(total=upto, initial=start - 1, unit=" applications", disable=not sys.stderr.isatty())
    with shown as bar, unindexed(upto - start):
        for first in range(start, upto + 1, BATCH):
            numbers = range(first, min(first + BATCH, upto + 1))
            batch: dict[str, list[tuple]] = {table: [] for table in ORDER}
            for table, row in rows(numbers, programmes, regions):
                batch[table].append(row)
            write(batch)
            bar.update(len(numbers))
    foretell()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("applications", type=int)
    fill(parser.parse_args().applications)
