"""A move of many beside the same move one at a time: `python -m bench.bulk --files 100000 --alone 400`.

Against the database of DATABASE_URL, filled by bench.fill with more files than that in each state. Rounds
in turn: so many one at a time, then an equal share of the many in one batch, worked off by one process.
"""

import argparse
import os
import statistics
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
django.setup()

from bench.lines import tell  # noqa: E402
from degreetrack.accounts.models import Section, User  # noqa: E402
from degreetrack.applications import batches, services  # noqa: E402
from degreetrack.applications.lifecycle import MOVES, State  # noqa: E402
from degreetrack.applications.models import Application  # noqa: E402

# One that tells nobody, and one that writes two notices for each file.
VERBS = [("check", "scrutiny"), ("approve", "approval")]


def alone(user: User, verb: str, ids: list[str]) -> float:
    """Files per second, one move after the other."""
    began = time.perf_counter()
    for tracking_id in ids:
        services.move(tracking_id, verb, by=user)
    return len(ids) / (time.perf_counter() - began)


def together(user: User, verb: str, state: State, ids: list[str]) -> float:
    """Files per second of one batch."""
    began = time.perf_counter()
    batch = batches.begin(user, verb=verb, state=state, chosen=ids)
    while batches.work(batch.pk):
        pass
    return batches.progress(batch).done / (time.perf_counter() - began)


def main() -> None:
    """Print files per second of both ways, for a move that tells the applicant and one that does not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--alone", type=int, default=100, help="in each round")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print("| move | one at a time, files/s | in bulk, files/s | times as fast |\n|---|---|---|---|")
    for verb, section in VERBS:
        user = User.objects.get_or_create(
            username=f"bench-{section}", section=Section.objects.get(code=section)
        )[0]
        state: State = MOVES[verb].from_[0]
        waiting = Application.objects.filter(state=state).order_by("pk")
        waiting.update(mobile="+923001234567", email="somebody@example.org")
        rates, share = [], given.files // given.rounds
        for _round in range(given.rounds):
            ids = list(waiting.values_list("tracking_id", flat=True)[: given.alone + share])
            one, many = alone(user, verb, ids[: given.alone]), together(user, verb, state, ids[given.alone :])
            rates.append((one, many, many / one))
        one, many, figure = (round(statistics.median(column), 1) for column in zip(*rates, strict=True))
        print(f"| {verb} | {one:,.0f} | {many:,.0f} | {figure} |")
        what = f"{verb}: bulk move of {given.files:,}, of one at a time"
        tell(7, what, figure, "times", ">= 20", figure >= 20)


if __name__ == "__main__":
    main()
