"""Results taken in, beside a bare COPY to a stage and an upsert: `python -m bench.imports --rows 1000000`.

Against the database of DATABASE_URL, a throw-away PostgreSQL whose results are emptied. Each round lets
the product take the file in, twice, and the rival write the rows, parsed before, into tables of the same
columns, indexes and keys, twice. One row in a hundred is at fault, and as many are there a second time.
"""

import argparse
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
django.setup()

from django.db import connection  # noqa: E402

from bench.lines import tell  # noqa: E402
from bench.people import person  # noqa: E402
from degreetrack.catalogue.models import Programme, Region  # noqa: E402
from degreetrack.catalogue.services import load_institution  # noqa: E402
from degreetrack.kit.urdu import search_key  # noqa: E402
from degreetrack.records.rows import COLUMNS  # noqa: E402
from degreetrack.records.services import import_results  # noqa: E402

ROOT = Path(__file__).parent.parent
STUDENT = (
    "registration_no, name_en, name_ur, father_name_en, father_name_ur, gender, date_of_birth, cnic, mobile,"
    " email, region_id, name_key, name_ur_key"
)
RESULT = "roll_no, programme_id, semester_passed, result_date, total_marks, obtained_marks, result_codes"
STAGE = f"""CREATE TEMP TABLE stage AS SELECT {STUDENT}, {RESULT}
    FROM records_student CROSS JOIN records_result WITH NO DATA"""
UPSERT_STUDENTS = f"""INSERT INTO bare.records_student ({STUDENT})
    SELECT DISTINCT ON (registration_no) {STUDENT} FROM stage
    ON CONFLICT (registration_no) DO UPDATE SET
    ({STUDENT}) = ROW({", ".join(f"EXCLUDED.{name.strip()}" for name in STUDENT.split(","))})"""
UPSERT_RESULTS = f"""INSERT INTO bare.records_result (student_id, {RESULT})
    SELECT DISTINCT ON (roll_no) student.id, {RESULT}
    FROM stage JOIN bare.records_student student USING (registration_no)
    ON CONFLICT (roll_no) DO UPDATE SET
    ({RESULT}) = ROW({", ".join(f"EXCLUDED.{name.strip()}" for name in RESULT.split(","))})"""


def cells(number: int, programmes: list[Programme], regions: list[Region]) -> list[str]:
    """The n-th row of the export: deterministic, and of the shape of a real one."""
    draw = random.Random(number)
    (name, urdu), (father, father_urdu) = person(draw), person(draw)
    programme = draw.choice(programmes)
    roll = f"{'ABCDEFGHJK'[number // 1_000_000 % 10]}Q{number % 1_000_000:06}"
    email = f"{name.split()[0].lower()}.{number}@example.org" if draw.random() < 0.4 else ""
    year = draw.randrange(2010, 2025)
    return [
        f"{draw.randrange(10, 25)}-{'ABCDEFGHJK'[number // 1_000_000 % 10]}UL-{number % 1_000_000:06}", roll,
        name, urdu, father, father_urdu, draw.choice("MF"),
        f"{draw.randrange(1965, 2004)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}",
        f"00{draw.randrange(1000):03}-{draw.randrange(10**7):07}-{draw.randrange(10)}",
        f"+923{draw.randrange(10**9):09}" if draw.random() < 0.9 else "", email,
        draw.choice(regions).name_en, programme.code, f"{draw.choice(['Spring', 'Autumn'])} {year}",
        f"{year}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}", f"{programme.total_marks}",
        f"{draw.randrange(programme.total_marks // 2, programme.total_marks)}",
        "R/E" if number % 97 == 0 else "",
    ]  # fmt: skip


def rows(upto: int) -> Iterator[list[str]]:
    """All rows of the export, faults and doubles among them."""
    programmes, regions = list(Programme.objects.all()), list(Region.objects.all())
    for number in range(upto):
        row = cells(number, programmes, regions)
        match number % 100:
            case 13:
                row[8] = "61101-12345-1"
            case 57:
                row = cells(number - 57, programmes, regions)
        yield row


def write(path: Path, upto: int) -> None:
    """Write the export."""
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(COLUMNS) + "\n")
        file.writelines(",".join(row) + "\n" for row in rows(upto))


def parsed(path: Path) -> Iterator[str]:
    """The good rows as lines of COPY, in the stage's order."""
    with path.open(encoding="utf-8") as file:
        next(file)
        for line in file:
            c = line.rstrip("\n").split(",")
            if c[8] != "61101-12345-1":
                keys = [search_key(c[2]), search_key(c[3])]
                student = [c[0], *c[2:7], c[7] or r"\N", c[8], c[9], c[10], c[11], *keys]
                yield "\t".join([*student, c[1], *c[12:]]) + "\n"


def rival(lines: list[bytes]) -> float:
    """Seconds of a bare COPY into a stage and the two upserts from it, in one transaction."""
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(STAGE)
        with cursor.cursor.copy("COPY stage FROM STDIN") as copy:
            for block in lines:
                copy.write(block)
        cursor.execute(UPSERT_STUDENTS)
        cursor.execute(UPSERT_RESULTS)
        cursor.execute("DROP TABLE stage")
        cursor.execute("COMMIT")
    return time.perf_counter() - began


def blocks(path: Path) -> list[bytes]:
    """The rival's rows, ready to be sent."""
    regions = {region.name_en: region.pk for region in Region.objects.all()}
    made, block = [], []
    for line in parsed(path):
        c = line.split("\t")
        c[10] = regions[c[10]]
        block.append("\t".join(c))
        if len(block) == 1000:
            made.append("".join(block).encode())
            block = []
    return [*made, "".join(block).encode()]


def main() -> None:
    """Print seconds and ratios, first and second time, and the memory at its highest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    load_institution(ROOT / "institutions" / "aiou")
    times: dict[str, list[float]] = {}

    def timed(what: str, run: Callable[..., object], *given: object) -> None:
        began = time.perf_counter()
        run(*given)
        times.setdefault(what, []).append(time.perf_counter() - began)
        print(f"{what}: {times[what][-1]:.1f} s", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.csv"
        write(path, given.rows)
        early = Path(folder) / "early.csv"
        early.write_text(
            "".join(path.open(encoding="utf-8").readlines()[: given.rows // 10]), encoding="utf-8"
        )
        for _round in range(given.rounds):
            empty()
            if not times:
                import_results(early)
                small = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                empty()
            timed("ours, first time", import_results, path)
            timed("ours, second time", import_results, path)
            if len(times["ours, first time"]) == 1:
                whole = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                lines = blocks(path)
            timed("bare, first time", rival, lines)
            timed("bare, second time", rival, lines)
    for nth in ("first", "second"):
        pairs = zip(times[f"bare, {nth} time"], times[f"ours, {nth} time"], strict=True)
        figure = round(statistics.median(bare / ours for bare, ours in pairs), 2)
        what = f"import of {given.rows:,} rows, {nth} time, of a bare COPY and upsert"
        tell(5, what, figure, "ratio", ">= 0.50", figure >= 0.5)
    figure = round(whole / small, 2)
    tell(5, f"memory of {given.rows:,} rows, of that of a tenth", figure, "ratio", "<= 1.20", figure <= 1.2)
    print(f"memory at its highest: {whole:.0f} MB")


def empty() -> None:
    """Both begin with empty tables, the rival's with the same columns, keys and indexes."""
    with connection.cursor() as cursor:
        # The tables that only grow forbid to be emptied; this database is for the benchmark alone.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DROP SCHEMA IF EXISTS bare CASCADE")
        cursor.execute("CREATE SCHEMA bare")
        cursor.execute("TRUNCATE records_student, records_result, records_name, records_sound CASCADE")
        cursor.execute("TRUNCATE records_namepart, records_soundform")
        for table in ("records_student", "records_result"):
            cursor.execute(f"CREATE TABLE bare.{table} (LIKE {table} INCLUDING ALL)")
        for table, column, other in (
            ("records_student", "region_id", "catalogue_region (code)"),
            ("records_result", "programme_id", "catalogue_programme (code)"),
            ("records_result", "student_id", "bare.records_student (id)"),
        ):
            cursor.execute(
                f"ALTER TABLE bare.{table} ADD FOREIGN KEY ({column}) REFERENCES {other}"
                " DEFERRABLE INITIALLY DEFERRED"
            )
        cursor.execute("CHECKPOINT")
    connection.close()


if __name__ == "__main__":
    main()
