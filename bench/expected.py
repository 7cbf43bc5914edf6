"""How true the expected dates are: `python -m bench.expected --seeds 3`.

Lives through a year of each scenario (bench.university), writes its journal into a throw-away SQLite
file, makes the forecasts as of the first day of the month after it with the product's own function,
and counts how many of that month's cases were done by the dates that the product told them.
The naive rule beside it is the mean of last month's finished cases, one date for early and late.
"""

import argparse
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import mean

FOLDER = Path(tempfile.mkdtemp(prefix="bench-expected-"))
os.environ["DATABASE_URL"] = f"sqlite:///{FOLDER}/empty.sqlite3"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import fill  # noqa: E402
from bench.university import END, HELD_OUT, MONTH, SWING, Case, University  # noqa: E402
from degreetrack.accounts.models import Actor  # noqa: E402
from degreetrack.applications.forecasts import expected, refresh_forecasts, stays_of  # noqa: E402
from degreetrack.applications.models import Application  # noqa: E402
from degreetrack.catalogue.models import Programme, Region  # noqa: E402
from degreetrack.catalogue.services import holidays, institution, load_institution  # noqa: E402
from degreetrack.journal.models import Entry  # noqa: E402
from degreetrack.journal.services import chained  # noqa: E402
from degreetrack.kit.calendars import limit_date  # noqa: E402

CLERK = Actor("bench")
ORDER = ["received", "verified", "answered", "approved", "printed", "signed"]
FIRST_DAY = timezone.make_aware(datetime(HELD_OUT.year, HELD_OUT.month, HELD_OUT.day, 9))


@dataclass(frozen=True)
class Stood:
    """A case in a stage, and what became of it."""

    case: Case
    state: str
    entered: date
    ended: date | None
    done: bool

    @property
    def key(self) -> tuple[str, bool, str]:
        """What forecasts are made for."""
        return (self.case.kind, self.case.urgent, self.state)

    def done_by(self, day: date) -> bool:
        """Whether it was done by a day."""
        return self.done and self.ended is not None and self.ended <= day

    def told(self, at: datetime):
        """What the product tells of it at a moment."""
        since = timezone.make_aware(datetime(self.entered.year, self.entered.month, self.entered.day, 9))
        return expected(
            Application(kind=self.case.kind, urgent=self.case.urgent, state=self.state, state_since=since),
            at=max(at, since),
        )


@dataclass(frozen=True)
class Outcome:
    """Of one case told a range: done by its early date, by its late date, by the naive date."""

    state: str
    early: bool
    late: bool
    naive: bool


def prepare() -> None:
    """An empty database with the institution, once; every life begins with a copy of it."""
    call_command("migrate", verbosity=0)
    load_institution(Path(__file__).parent.parent / "institutions" / "aiou")
    connection.close()


def write(cases: list[Case]) -> None:
    """The cases with their students, results and chained journals, in bulk."""
    programmes, regions = list(Programme.objects.all()), list(Region.objects.all())
    batch: dict[str, list[tuple]] = {table: [] for table in fill.ORDER}
    for table, row in fill.rows(range(1, len(cases) + 1), programmes, regions):
        if table.startswith("records_"):
            batch[table].append(row)
    fill.write(batch)
    Application.objects.bulk_create((_application(case) for case in cases), batch_size=2000)
    Entry.objects.bulk_create((entry for case in cases for entry in _chain(case)), batch_size=5000)


def _application(case: Case) -> Application:
    at, _verb, state = case.moves[-1]
    return Application(
        pk=case.number,
        tracking_id=fill.tracking_id(case.number),
        result_id=case.number,
        kind=case.kind,
        urgent=case.urgent,
        state=state,
        state_since=at,
        received_at=case.moves[0][0],
    )


def _chain(case: Case) -> Iterator[Entry]:
    last = None
    for at, verb, state in case.moves:
        last = chained(f"application/{case.number}", verb, last, by=CLERK, after={"state": state}, at=at)
        yield last


def stood(cases: list[Case]) -> list[Stood]:
    """Every stay of every case in a stage, ended or not."""
    return [
        Stood(case, str(stay.state), stay.entered, stay.ended, stay.done)
        for case in cases
        for stay in stays_of((at, state) for at, _verb, state in case.moves)
    ]


def naive_days(stays: list[Stood]) -> dict[tuple, float]:
    """The mean days of what was done in the month before the held-out one."""
    took = defaultdict(list)
    for stay in stays:
        if stay.done and stay.ended and HELD_OUT - MONTH <= stay.ended < HELD_OUT:
            took[stay.key].append((stay.ended - stay.entered).days)
    return {key: mean(days) for key, days in took.items()}


def judge(stays: list[Stood], naive: dict[tuple, float], tally: dict[str, int]) -> list[Outcome]:
    """What became of each case that the product told a range; the others are tallied by why not."""
    closed, weekend, outcomes = holidays(), institution().weekend, []
    for stay in stays:
        if stay.ended and not stay.done:
            tally["rejected, withdrawn or returned"] += 1
            continue
        told = stay.told(FIRST_DAY)
        if told is None or stay.key not in naive:
            tally["no forecast"] += 1
        elif told.early is None:
            tally["late date already past"] += 1
        else:
            day = limit_date(stay.entered, round(naive[stay.key]), holidays=closed, weekend=weekend)
            by = (stay.done_by(told.early), stay.done_by(told.late), stay.done_by(day))
            outcomes.append(Outcome(stay.state, *by))
    return outcomes


def live(scenario: str, seed: int, tallies: dict) -> dict[str, list[Outcome]]:
    """One life: those who entered a stage in the month, and those who stood in one on its first day."""
    connection.close()
    copy = FOLDER / f"{scenario}-{seed}.sqlite3"
    shutil.copy(FOLDER / "empty.sqlite3", copy)
    connection.settings_dict["NAME"] = str(copy)
    cases = University(scenario, seed, holidays()).live()
    write(cases)
    refresh_forecasts(at=FIRST_DAY)
    stays = stood(cases)
    groups = {
        "entered": [stay for stay in stays if HELD_OUT <= stay.entered < HELD_OUT + MONTH],
        "standing": [s for s in stays if s.entered < HELD_OUT and (not s.ended or s.ended >= HELD_OUT)],
    }
    naive = naive_days(stays)
    judged = {who: judge(group, naive, tallies[who]) for who, group in groups.items()}
    connection.close()
    copy.unlink()
    return judged


def table(title: str, outcomes: list[Outcome], tally: dict[str, int]) -> None:
    """Print the shares by stage and in all; a share outside its target carries a star."""
    print(f"\n**{title}**\n\n| stage | cases | by early | by late | by last month's mean |")
    print("|---|---|---|---|---|")
    for state in [*ORDER, "all"]:
        some = [one for one in outcomes if state in ("all", one.state)]
        if some:
            early = _share([one.early for one in some], low=0.4, high=0.6)
            late = _share([one.late for one in some], low=0.8, high=0.9)
            naive = f"{mean(one.naive for one in some):.0%}"
            print(f"| {state.upper()} | {len(some):,} | {early} | {late} | {naive} |")
    print("\nNot in the table:", ", ".join(f"{n:,} {why}" for why, n in sorted(tally.items())) or "none")


def _share(which: list[bool], *, low: float, high: float) -> str:
    share = mean(which)
    return f"{share:.0%}" if low <= share <= high else f"{share:.0%} *"


def main() -> None:
    """Print two tables for each scenario."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--scenarios", nargs="+", default=list(SWING), choices=list(SWING))
    given = parser.parse_args()
    prepare()
    print(f"{given.seeds} seeds; held out {HELD_OUT} and 30 days; lived to {END}.")
    for scenario in given.scenarios:
        outcomes: dict[str, list[Outcome]] = defaultdict(list)
        tallies: dict[str, dict[str, int]] = {who: defaultdict(int) for who in ("entered", "standing")}
        for seed in range(1, given.seeds + 1):
            for who, found in live(scenario, seed, tallies).items():
                outcomes[who] += found
        for who, found in outcomes.items():
            table(f"{scenario}, {who}", found, tallies[who])


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
