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
    """A channel's open connection; `window` notices are under way at most, `rate` parts go in a second."""

    window: int
    rate: int

    def send(self, notices: list[Notice], *, seconds: float) -> Iterator[Outcome]:
        """Send as many as can be begun within so long; Down stops all that follow."""
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

    def send(self, notices: list[Notice], *, seconds: float) -> Iterator[Outcome]:
        """Send each; a broken line ends it, and what is left has not been tried."""
        end = time.monotonic() + seconds
        for notice in notices:
            if time.monotonic() > end:
                return
            try:
                yield Outcome(notice, self.send_one(notice))
            except (Cut, Down) as fault:
                yield Outcome(notice, fault=fault)
                return
            except Exception as fault:
                yield Outcome(notice, fault=fault)

    def hear(self) -> Heard:
        """Nothing: such providers call us."""
        return Heard()

    def close(self) -> None:
        """Nothing is open."""
