"""Whether an answer's time tells that somebody is known: `python -m bench.timing`, some minutes.

Known and unknown are asked in turn, in a new order each time, so that the machine's moods hit both. What
is timed is the processor's time of the process, which holds the database (SQLite) too: finer than what
anybody measures from outside, and the same on a busy machine. The difference of the medians is given with
the interval in which 99 of 100 resamplings (bootstrap) put it. An answer tells nothing where that interval
lies within the bound: a millisecond, or 5% of the answer where it takes longer than 20. It tells something
where it lies past the bound on one side; between the two the measurement is too coarse.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.timing_doors import doors

TRIES, RESAMPLED, BOUND, SHARE = 100, 2_000, 0.001, 0.05


@dataclass(frozen=True)
class Compared:
    """Of one door: medians in seconds, their difference, and its interval."""

    known: float
    unknown: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Whether the difference is surely within the bound, surely past it, or neither."""
        bound = max(BOUND, SHARE * min(self.known, self.unknown))
        if self.low > bound or self.high < -bound:
            return "YES"
        return "no" if -bound <= self.low <= self.high <= bound else "too coarse"


def compared(known: list[float], unknown: list[float], *, seed: int = 1) -> Compared:
    """The difference of the medians with its interval."""
    draw = random.Random(seed)
    apart = sorted(
        statistics.median(draw.choices(known, k=len(known)))
        - statistics.median(draw.choices(unknown, k=len(unknown)))
        for _ in range(RESAMPLED)
    )
    edge = RESAMPLED // 200
    return Compared(statistics.median(known), statistics.median(unknown), apart[edge], apart[-edge - 1])


def measured(door: Callable[[bool], None], *, tries: int = TRIES) -> Compared:
    """Ask for known and unknown in turn and compare; the first tries warm caches and do not count."""
    took: dict[bool, list[float]] = {True: [], False: []}
    order = random.Random(2)
    for place in range(tries + 5):
        pair = [True, False]
        order.shuffle(pair)
        for known in pair:
            begun = time.process_time()
            door(known)
            if place >= 5:
                took[known].append(time.process_time() - begun)
    return compared(took[True], took[False])


def main() -> int:
    """Print the table; 1 where an answer's time tells something."""
    print("| answer | known, ms | unknown, ms | difference, ms (99%) | tells |")
    print("|---|---|---|---|---|")
    telling = False
    with doors() as all_doors:
        for name, door in all_doors.items():
            found = measured(door)
            telling |= found.verdict == "YES"
            print(
                f"| {name} | {found.known * 1000:.2f} | {found.unknown * 1000:.2f} |"
                f" {found.low * 1000:+.2f} to {found.high * 1000:+.2f} | {found.verdict} |",
                flush=True,
            )
    return int(telling)


if __name__ == "__main__":
    sys.exit(main())
