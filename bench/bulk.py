"""A move of many beside the same move one at a time: `python -m bench.bulk --files 100000 --alone 400`.

Against the database of DATABASE_URL, filled by bench.fill with more files than that in each state. Rounds
in turn: so many one at a time by the service itself and at the desk, where a clerk opens the case and posts
its form (in this process, without a network), then an equal share of the many in one batch, worked off by
one process.
"""

import argparse
import os
import statistics
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
django.setup()

from bench.browsers import browser_of  # noqa: E402
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


def at_the_desk(user: User, verb: str, ids: list[str]) -> float:
    """Files per second of a clerk who never pauses."""
    desk = browser_of(user)
    began = time.perf_counter()
    for tracking_id in ids:
        desk.get(f"/staff/case/{tracking_id}/")
        if desk.post(f"/staff/case/{tracking_id}/{verb}/").status_code != 302:
            raise SystemExit(f"{tracking_id} was not moved.")
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
    print("| move | by the service, files/s | at the desk, files/s | in bulk, files/s |\n|---|---|---|---|")
    for verb, section in VERBS:
        user = User.objects.get_or_create(
            username=f"bench-{section}", section=Section.objects.get(code=section)
        )[0]
        state: State = MOVES[verb].from_[0]
        waiting = Application.objects.filter(state=state).order_by("pk")
        waiting.update(mobile="+923001234567", email="somebody@example.org")
        rates, share, few = [], given.files // given.rounds, given.alone
        for _round in range(given.rounds):
            ids = list(waiting.values_list("tracking_id", flat=True)[: 2 * few + share])
            one, clerk = alone(user, verb, ids[:few]), at_the_desk(user, verb, ids[few : 2 * few])
            rates.append((one, clerk, together(user, verb, state, ids[2 * few :])))
        one, clerk, many = (statistics.median(column) for column in zip(*rates, strict=True))
        print(f"| {verb} | {one:,.0f} | {clerk:,.0f} | {many:,.0f} |")
        for way, rate in (("by the service", one), ("at the desk", clerk)):
            figure = round(many / rate, 1)
            what = f"{verb}: bulk move of {given.files:,}, of one at a time {way}"
            tell(7, what, figure, "times", ">= 20", figure >= 20)


if __name__ == "__main__":
    main()
