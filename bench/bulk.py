"""A move of many beside the same move one at a time: `python -m bench.bulk --files 20000 --alone 300`.

Against the database of DATABASE_URL, filled by bench.fill with more files than that in each state.
"""

import argparse
import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
django.setup()

from degreetrack.accounts.models import Section, User  # noqa: E402
from degreetrack.applications import batches, services  # noqa: E402
from degreetrack.applications.lifecycle import MOVES, State  # noqa: E402
from degreetrack.applications.models import Application  # noqa: E402

# One that tells nobody, and one that writes two notices for each file.
VERBS = [("check", "scrutiny"), ("approve", "approval")]


def main() -> None:
    """Print files per second of both ways, for a move that tells the applicant and one that does not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--alone", type=int, default=300)
    given = parser.parse_args()
    print("| move | one at a time, files/s | in bulk, files/s | times as fast |")
    print("|---|---|---|---|")
    for verb, section in VERBS:
        user, _new = User.objects.get_or_create(
            username=f"bench-{section}", section=Section.objects.get(code=section)
        )
        state: State = MOVES[verb].from_[0]
        waiting = Application.objects.filter(state=state).order_by("pk")
        waiting.update(mobile="+923001234567", email="somebody@example.org")
        began = time.perf_counter()
        for tracking_id in list(waiting.values_list("tracking_id", flat=True)[: given.alone]):
            services.move(tracking_id, verb, by=user)
        alone = given.alone / (time.perf_counter() - began)
        chosen = list(waiting.values_list("tracking_id", flat=True)[: given.files])
        began = time.perf_counter()
        batch = batches.begin(user, verb=verb, state=state, chosen=chosen)
        while batches.work(batch.pk):
            pass
        together = batches.progress(batch).done / (time.perf_counter() - began)
        print(f"| {verb} | {alone:,.0f} | {together:,.0f} | {together / alone:.1f} |")


if __name__ == "__main__":
    main()
