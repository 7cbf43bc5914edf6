"""Files and blanks, ready to be printed and sent."""

from collections.abc import Callable
from itertools import count

import pytest

from degreetrack.accounts.models import Role
from degreetrack.applications import services as applications
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.credentials.lots import receive
from degreetrack.credentials.models import Lot
from degreetrack.issuing import manifests, queries, runs, signing
from degreetrack.issuing.models import Manifest, Run

HOUSE = "House 5, Street 9, Rawalpindi"


@pytest.fixture
def stock(clerks) -> Callable[..., Lot]:
    """Receive so many blanks of a kind."""
    first = count(1, 1000)

    def receive_some(number: int = 20, kind: str = "PC") -> Lot:
        begin = next(first)
        return receive(
            kind,
            prefix="PC-",
            first=f"{begin:05}",
            last=f"{begin + number - 1:05}",
            paper_no="Press, note 7",
            by=clerks(Role.PRINTING),
        )

    return receive_some


@pytest.fixture
def files(in_state) -> Callable[..., list[Application]]:
    """So many applications in a state, each with an address."""

    def make(number: int, state: State = State.APPROVED, **more) -> list[Application]:
        return [in_state(state, **({"address": HOUSE} | more)) for _ in range(number)]

    return make


@pytest.fixture
def a_run(stock, files, clerks) -> Callable[..., Run]:
    """A run over so many new files."""

    def start(number: int = 3, *, blanks: int | None = None, **more) -> Run:
        stock(blanks or number + 5)
        files(number, **more)
        return runs.start_run("PC", size=number, by=clerks(Role.PRINTING))

    return start


@pytest.fixture
def signed(a_run, clerks) -> Callable[..., list[Application]]:
    """So many files, printed and signed on one run."""

    def make(number: int = 3, **more) -> list[Application]:
        run = a_run(number, **more)
        runs.printed(run, lines_of(run), by=clerks(Role.PRINTING))
        told = signing.sign_sheet(run, signing.sheet(run), by=clerks(Role.SIGNATURE))
        assert told.refused == []
        runs.close_run(run, by=clerks(Role.PRINTING))
        return [line.application for line in lines_of(run)]

    return make


@pytest.fixture
def a_manifest(signed, clerks) -> Callable[..., Manifest]:
    """A manifest over so many new files."""

    def start(number: int = 3, *, courier: str = "TCS", **more) -> Manifest:
        signed(number, **more)
        return manifests.start_manifest(courier, by=clerks(Role.DISPATCH))

    return start


@pytest.fixture
def came_back(clerks) -> Callable[[Application], None]:
    """What was dispatched comes back."""

    def bring(application: Application) -> None:
        by = clerks(Role.DISPATCH)
        applications.move(application.tracking_id, "come_back", by=by, reason="House locked")

    return bring


def lines_of(run: Run) -> list:
    """A run's lines in order, fresh."""
    return list(run.lines.select_related("application", "blank").order_by("position"))


def numbers_of(run: Run) -> list[str]:
    """The numbers of the blanks beside a run's files; "" where there is none."""
    return [line.blank.number if line.blank else "" for line in lines_of(run)]


def outcomes(manifest: Manifest) -> list[str]:
    """The outcome of each line of a manifest, in order."""
    lines = queries.with_outcome(manifest.lines.order_by("position"))
    return list(lines.values_list("outcome", flat=True))
