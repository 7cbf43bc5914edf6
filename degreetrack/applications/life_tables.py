"""By which day so many of a hundred were done, from stays of which only a part was seen."""

from collections import defaultdict


class LifeTable:
    """The Kaplan-Meier estimate over whole days, for stays that come into sight late and go out of it early.

    Memory grows with the longest stay, never with how many there are.
    """

    def __init__(self) -> None:
        self.cases = 0
        self._came: defaultdict[int, float] = defaultdict(float)
        self._went: defaultdict[int, float] = defaultdict(float)
        self._done: defaultdict[int, float] = defaultdict(float)

    def add(self, first: int, last: int, *, done: bool, weight: float = 1.0) -> None:
        """Take in one stay: seen from its day `first` to its day `last`, done on the last or not."""
        self._came[first] += weight
        self._went[last + 1] += weight
        if done:
            self._done[last] += weight
            self.cases += 1

    def day_by_which(self, share: float) -> int | None:
        """The first day by which at least this share is done; None where no stay was seen long enough."""
        seen, waiting = 0.0, 1.0
        for day in range(max(self._went, default=0)):
            seen += self._came.get(day, 0.0) - self._went.get(day, 0.0)
            done = self._done.get(day, 0.0)
            if done:
                waiting *= max(0.0, 1 - done / seen)
            # Sums of fractions may end a hair short of the share.
            if 1 - waiting >= share - 1e-9:
                return day
        return None
