"""The ways out of the machine: each takes notices and tells the outcome of each."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from degreetrack.notifications.models import Notice


class Temporary(Exception):
    """This one did not go now; it may later."""


class Cut(Temporary):
    """The line broke while this one was under way: nobody knows whether it went."""


class Down(Temporary):
    """The provider is away, or wants no more for now: no notice is to blame."""


class Permanent(Exception):
    """It will never go: `bad_address` tells whether that is the address's fault or the message's."""

    def __init__(self, reason: str, *, bad_address: bool = True) -> None:
        super().__init__(reason)
        self.bad_address = bad_address


@dataclass(frozen=True)
class Outcome:
    """What came of one notice: the provider's ids of its parts, or the fault. Neither: not tried."""

    notice: Notice
    ids: list[str] = field(default_factory=list)
    fault: Exception | None = None


@dataclass(frozen=True)
class Receipt:
    """What a provider tells of a message later: delivered, expired or failed."""

    provider_id: str
    to: str
    fate: str
    problem: str = ""


@dataclass(frozen=True)
class Text:
    """An SMS that somebody sent to us."""

    sender: str
    text: str


@dataclass
class Heard:
    """What a provider said unasked; `settle` tells it that all is written down."""

    receipts: list[Receipt] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def settle(self) -> None:
        """Nothing to confirm."""


class Way(Protocol):
    """A channel's open connection; `window` messages are sent and not written down at most.

    `rate` parts go in a second, by all workers together; 0 is no limit.
    """

    window: int
    rate: int

    def send(self, notices: list[Notice], *, seconds: float) -> Iterator[list[Outcome]]:
        """Send as many as can be begun within so long, and tell the outcomes as they come.

        By the time that more are asked for, those told are written down. Down stops all that follow.
        """
        ...

    def hear(self) -> Heard:
        """What came in since."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class OneByOne:
    """What ways share that send one message after the other, and hear nothing on their line."""

    window = 1
    rate = 0

    def send_one(self, notice: Notice) -> list[str]:
        """Send one; return the provider's ids, or raise."""
        raise NotImplementedError

    def send(self, notices: list[Notice], *, seconds: float) -> Iterator[list[Outcome]]:
        """Send each; a broken line ends it, and what is left has not been tried."""
        end = time.monotonic() + seconds
        told: list[Outcome] = []
        for notice in notices:
            if time.monotonic() > end:
                break
            try:
                told.append(Outcome(notice, self.send_one(notice)))
            except Exception as fault:
                told.append(Outcome(notice, fault=fault))
                if isinstance(fault, (Cut, Down)):
                    break
            if len(told) >= self.window:
                yield told
                told = []
        yield told

    def hear(self) -> Heard:
        """Nothing: such providers call us."""
        return Heard()

    def close(self) -> None:
        """Nothing is open."""
