"""A university that lives day by day: cases come, wait at desks, are worked off, objected to, sent.

`University(scenario, seed).live()` makes the moves of every case, in order, for `bench.expected`.
Nothing happens on days of rest. A desk takes urgent cases first, then roughly the oldest; a case
moves one desk a day at most.
"""

import heapq
import math
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from degreetrack.applications.lifecycle import State

S = State
START = date(2025, 1, 1)
HELD_OUT = START + timedelta(days=365)
MONTH = timedelta(days=30)
END = HELD_OUT + timedelta(days=240)
A_DAY = 45
KINDS = {"PC": 0.6, "DMC": 0.2, "DEGREE": 0.2}
WEEK = [1.3, 1.1, 1.0, 0.9, 0.7]
# A desk: what it takes, what it makes of it, and how many days its order strays from the oldest first.
DESKS: list[tuple[str, tuple[State, ...], State, float]] = [
    ("dispatch", (S.SIGNED,), S.DISPATCHED, 1.5),
    ("sign", (S.PRINTED,), S.SIGNED, 2.0),
    ("print", (S.APPROVED,), S.PRINTED, 2.0),
    ("approve", (S.VERIFIED,), S.APPROVED, 3.0),
    ("verify", (S.RECEIVED, S.ANSWERED), S.VERIFIED, 5.0),
]
DESK_OF = {state: verb for verb, states, _to, _stray in DESKS for state in states}
STRAY = {verb: stray for verb, _states, _to, stray in DESKS}
# Days of work that wait at each desk on the first day; desks are staffed so as to keep them about there.
WAITING = {"verify": 10, "approve": 4, "print": 6, "sign": 4, "dispatch": 3}
GROWS_FROM = 2.5
SWING = {"steady": 0.05, "season": 0.25, "growing": 0.0}
# Printing and signing are done in batches, on some days of the week; the others every day.
BATCHES = {"print": (1, 3), "sign": (0, 2, 4)}


@dataclass
class Case:
    """One application and every move that it made: (moment, verb, state)."""

    number: int
    kind: str
    urgent: bool
    moves: list[tuple[datetime, str, State]] = field(default_factory=list)


class University:
    """Desks with queues, each kind its own."""

    def __init__(self, scenario: str, seed: int, closed: set[date]) -> None:
        self.scenario = scenario
        self.cases: list[Case] = []
        self._draw = random.Random(f"{scenario} {seed}")
        self._closed = closed
        self._queues: dict[tuple[str, str], list] = {(verb, kind): [] for verb in STRAY for kind in KINDS}
        self._later: list = []

    def live(self) -> list[Case]:
        """Live from the first day to the last and return every case."""
        day = START
        self._fill_desks(day)
        while day < END:
            if day.weekday() < 5 and day not in self._closed:
                for verb, _states, to, _stray in DESKS:
                    for kind in KINDS:
                        self._work(verb, kind, to, day)
                self._returns(day)
                self._arrive(day)
            day += timedelta(days=1)
        return self.cases

    def _fill_desks(self, day: date) -> None:
        for verb, states, _to, _stray in DESKS:
            days = self._wanted(verb, day)
            for kind, share in KINDS.items():
                for _ in range(round(days * A_DAY * share)):
                    self._enter(self._case(kind), "submit", states[0], day)

    def _case(self, kind: str) -> Case:
        case = Case(len(self.cases) + 1, kind, self._draw.random() < 0.15)
        self.cases.append(case)
        return case

    def _enter(self, case: Case, verb: str, state: State, day: date) -> None:
        minute = self._draw.randrange(9 * 60, 16 * 60)
        # Nine o'clock in Karachi is four in UTC.
        at = datetime.combine(day, time(4), UTC) + timedelta(minutes=minute - 9 * 60)
        case.moves.append((at, verb, state))
        if state in DESK_OF:
            desk = DESK_OF[state]
            stray = self._draw.expovariate(1 / STRAY[desk]) + (12 if self._draw.random() < 0.05 else 0)
            place = (not case.urgent, day.toordinal() + stray, case.number, len(case.moves))
            heapq.heappush(self._queues[desk, case.kind], (place, case))

    def _arrive(self, day: date) -> None:
        swing = 1 + SWING[self.scenario] * math.sin(2 * math.pi * (day - START).days / 365)
        for kind, share in KINDS.items():
            mean = A_DAY * share * swing * WEEK[day.weekday()]
            for _ in range(max(0, round(self._draw.gauss(mean, math.sqrt(mean))))):
                self._enter(self._case(kind), "submit", S.RECEIVED, day)

    def _wanted(self, verb: str, day: date) -> float:
        """The days of work that a desk is staffed to let wait."""
        if (self.scenario, verb) == ("growing", "verify"):
            return GROWS_FROM * 1.2 ** ((day - START).days / 30)
        return WAITING[verb]

    def _work(self, verb: str, kind: str, to: State, day: date) -> None:
        queue, inflow = self._queues[verb, kind], A_DAY * KINDS[kind] * (1.13 if verb == "verify" else 1.0)
        days = BATCHES.get(verb, range(5))
        if day.weekday() not in days:
            return
        wanted = self._wanted(verb, day) * inflow
        # What piles up brings overtime, slowly; at the checking desk more slowly still.
        slow = 40 if (verb, self.scenario) in (("verify", "steady"), ("verify", "season")) else 15
        capacity = inflow + (len(queue) - wanted) / slow
        capacity *= 5 / len(days)
        for _ in range(min(max(1, round(self._draw.gauss(capacity, capacity * 0.25))), len(queue))):
            _place, case = heapq.heappop(queue)
            self._decide(case, verb, to, day)

    def _decide(self, case: Case, verb: str, to: State, day: date) -> None:
        chance = self._draw.random()
        if verb == "verify" and chance < (0.12 if len(case.moves) < 2 else 0.05):
            self._object(case, day)
        elif verb == "verify" and chance > 0.985:
            self._enter(case, "reject", S.REJECTED, day)
        elif verb == "approve" and chance < 0.02:
            self._enter(case, "send_back", S.RECEIVED, day)
        elif verb == "sign" and chance < 0.02:
            self._enter(case, "spoil", S.APPROVED, day)
        elif verb == "dispatch" and chance < 0.1:
            self._enter(case, "hand_over", S.DELIVERED, day)
        else:
            self._enter(case, verb, to, day)

    def _object(self, case: Case, day: date) -> None:
        self._enter(case, "object", S.OBJECTED, day)
        after = 1 + round(self._draw.expovariate(1 / 12))
        if after <= 30:
            self._plan(day + timedelta(days=after), case, "answer", S.ANSWERED)
            return
        self._plan(day + timedelta(days=31), case, "return", S.RETURNED)
        if self._draw.random() < 0.4:
            self._plan(day + timedelta(days=31 + after), case, "revive", S.ANSWERED)

    def _plan(self, day: date, case: Case, verb: str, state: State) -> None:
        heapq.heappush(self._later, (day, len(self._later), case.number, verb, state))

    def _returns(self, day: date) -> None:
        while self._later and self._later[0][0] <= day:
            _day, _place, number, verb, state = heapq.heappop(self._later)
            self._enter(self.cases[number - 1], verb, state, day)
