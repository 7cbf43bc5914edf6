"""Search by name among N people: `python -m bench.names --searches 500`.

Against the database of DATABASE_URL, filled by bench.fill. People are drawn from it and sought as people
seek: by the name as it is written, in the other spelling, in Urdu, mistyped, by a part. Milliseconds of
queries.search() in this process with its statements, and how often somebody of that very name is on the
first page.
"""

import argparse
import os
import random
import statistics
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
django.setup()

from django.db import connection  # noqa: E402

from bench.lines import tell  # noqa: E402
from bench.people import COMMON  # noqa: E402
from degreetrack.accounts.models import Section, User  # noqa: E402
from degreetrack.applications import queries  # noqa: E402
from degreetrack.records.models import Student  # noqa: E402

SPELLINGS = {way: ways.split() for _urdu, ways in COMMON for way in ways.split()}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def otherwise(name: str, draw: random.Random) -> str:
    """The name in other spellings where it has any."""
    return " ".join(draw.choice(SPELLINGS.get(word, [word])) for word in name.split())


def mistyped(name: str, draw: random.Random) -> str:
    """One letter of the longest word left out, doubled, changed or swapped."""
    words = name.split()
    longest = max(range(len(words)), key=lambda place: len(words[place]))
    word = words[longest]
    at = draw.randrange(1, len(word) - 1)
    words[longest] = draw.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + draw.choice(LETTERS) + word[at + 1 :],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
        ]
    )
    return " ".join(words)


def part(name: str, draw: random.Random) -> str:
    """One word of the name, or all but one."""
    words = name.split()
    words.pop(draw.randrange(len(words)))
    return " ".join(words)


WAYS = {
    "as written": lambda student, draw: student.name_en,
    "in Urdu": lambda student, draw: student.name_ur,
    "other spelling": lambda student, draw: otherwise(student.name_en, draw),
    "mistyped": lambda student, draw: mistyped(student.name_en, draw),
    "part of it": lambda student, draw: part(student.name_en, draw),
}


def is_found(student: Student, typed: str, rows: list) -> bool:
    """Whether somebody of the name is there; of a part, somebody who has that part."""
    words = set(typed.split())
    for row in rows:
        other = row.result.student
        if student.name_en == other.name_en or student.name_ur == other.name_ur:
            return True
        if len(words) < len(student.name_en.split()) and words <= set(other.name_en.split()):
            return True
    return False


def main() -> None:
    """Print median and p95 in ms for each way and for all, and how often the person was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--searches", type=int, default=500)
    given = parser.parse_args()
    draw = random.Random(4)
    user = User.objects.get_or_create(username="bench-names", section=Section.objects.get(code="scrutiny"))[0]
    most = Student.objects.order_by("-pk").values_list("pk", flat=True)[0]
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    found: dict[str, int] = dict.fromkeys(WAYS, 0)
    # The first few fill the caches of the database and of this process.
    for number in range(-20, given.searches):
        student = Student.objects.get(pk=draw.randrange(1, most + 1))
        way = list(WAYS)[number % len(WAYS)]
        typed = WAYS[way](student, draw)
        began = time.perf_counter()
        rows = queries.search(user, typed)
        if number >= 0:
            times[way].append((time.perf_counter() - began) * 1000)
            found[way] += is_found(student, typed, rows)
    print(f"| {most:,} people | median ms | p95 ms | found |\n|---|---|---|---|")
    for way, took in times.items():
        p95 = statistics.quantiles(took, n=20)[18]
        print(f"| {way} | {statistics.median(took):.0f} | {p95:.0f} | {found[way] / len(took):.0%} |")
    every = [ms for took in times.values() for ms in took]
    median, share = round(statistics.median(every), 1), round(sum(found.values()) / len(every), 3)
    tell(4, f"search by name among {most:,}, median", median, "ms", "<= 100", median <= 100)
    tell(4, f"search by name among {most:,}, on the first page", share, "share", ">= 0.90", share >= 0.9)
    connection.close()


if __name__ == "__main__":
    main()
