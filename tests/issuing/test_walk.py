"""Random walks over stock, runs, manifests and the post's files: after every step all adds up."""

from collections import Counter
from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from degreetrack.accounts.models import Role
from degreetrack.applications import services as applications
from degreetrack.applications import wishes
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.credentials import lots
from degreetrack.credentials.balance import booked, check_stock
from degreetrack.credentials.models import Blank, Fate, Lot
from degreetrack.issuing import manifests, post_files, queries, runs, signing
from degreetrack.issuing.models import Manifest, ManifestLine, Run, RunLine
from degreetrack.journal.verification import verify
from degreetrack.kit.refusals import Refused
from tests.shelves import HOUSE

HELD = {State.PRINTED, State.SIGNED, State.DISPATCHED, State.UNDELIVERED, State.DELIVERED}
ACTS = [
    "receive", "void", "start_run", "print_run", "print_one", "print_at_case", "spoil_line", "spoil_at_case",
    "next_blank", "sign", "close_run", "start_manifest", "numbers", "scan", "take_off", "close_manifest",
    "delivered", "returned", "old_file", "deliver_at_case", "back_at_case", "confirm", "hand_over",
]  # fmt: skip
# The straight way; a walk goes some of it first, so that walks reach the far end.
STRAIGHT = ["start_run", "print_run", "sign", "start_manifest", "numbers", "returned", "confirm"]
FAR = ["scan", "numbers", "start_manifest", "delivered", "returned", "take_off", "old_file"]
steps = st.lists(
    st.tuples(st.sampled_from(ACTS + STRAIGHT + FAR), st.integers(0, 9)), min_size=5, max_size=30
)


class _Undone(Exception):
    """Ends a walk so that the next begins afresh."""


class Walk:
    """The clerks at their work, and a second set of books of what they did."""

    def __init__(self, clerks) -> None:
        self.printer, self.sender = clerks(Role.PRINTING), clerks(Role.DISPATCH)
        self.signer, self.counter = clerks(Role.SIGNATURE), clerks(Role.RECEIPT)
        self.received, self.outcome, self.files = 0, {}, []
        self.number, self.lot_no = count(1001), count(1, 100)

    def pick(self, rows, which: int):
        """Any one of some rows; without one there is no step."""
        found = list(rows.order_by("pk"))
        if not found:
            raise Refused("Nothing there.")
        return found[which % len(found)]

    def receive(self, which: int) -> None:
        first = next(self.lot_no)
        last = first + which % 4
        lots.receive("PC", first=f"{first:04}", last=f"{last:04}", paper_no="Note 7", by=self.printer)
        self.received += last - first + 1

    def void(self, which: int) -> None:
        lot = self.pick(Lot.objects, which)
        first, last = f"{lot.first + which % 3:04}", f"{lot.last - which % 2:04}"
        lots.void(lot, first=first, last=last, reason="Damp", by=self.printer)

    def start_run(self, which: int) -> None:
        runs.start_run("PC", size=which % 3 + 1, by=self.printer)

    def print_run(self, which: int) -> None:
        run = self.pick(Run.objects, -which - 1)
        runs.printed(run, run.lines.select_related("application", "blank"), by=self.printer)

    def print_one(self, which: int) -> None:
        line = self.pick(RunLine.objects, which)
        runs.printed(line.run, [line], by=self.printer)

    def print_at_case(self, which: int) -> None:
        case, blank = self.pick(Application.objects, which), self.pick(Blank.objects, which)
        applications.move(case.tracking_id, "print", by=self.printer, stock_no=blank.number)

    def spoil_line(self, which: int) -> None:
        line = self.pick(RunLine.objects, which)
        runs.spoil(line.run, line, reason="Ink ran", by=self.printer)

    def spoil_at_case(self, which: int) -> None:
        case = self.pick(Application.objects.filter(state=State.PRINTED), which)
        applications.move(case.tracking_id, "spoil", by=self.printer, reason="Smudged")

    def next_blank(self, which: int) -> None:
        line = self.pick(RunLine.objects, which)
        runs.next_blank(line.run, line, by=self.printer)

    def sign(self, which: int) -> None:
        run = self.pick(Run.objects, which)
        signing.sign_sheet(run, list(signing.sheet(run)), by=self.signer)

    def close_run(self, which: int) -> None:
        runs.close_run(self.pick(Run.objects, which), by=self.printer)

    def start_manifest(self, which: int) -> None:
        manifest = manifests.start_manifest("TCS", size=which % 3 + 1, by=self.sender)
        self.outcome |= dict.fromkeys(manifest.lines.values_list("pk", flat=True), "waiting")

    def _follow(self, manifest: Manifest) -> None:
        """What the manifest's lines say of numbers goes into the second books."""
        for line in manifest.lines.exclude(consignment_no=""):
            if self.outcome[line.pk] == "waiting":
                self.outcome[line.pk] = "under_way"

    def numbers(self, which: int) -> None:
        manifest = self.pick(Manifest.objects, -which - 1)
        rows = [f"{place},TCS{next(self.number)}" for place in range(1, 4)]
        data = "\n".join(["position,consignment_no", *rows, rows[0]]).encode()
        once = post_files.take_consignments(manifest, data, name="n.csv", by=self.sender)
        again = post_files.take_consignments(manifest, data, name="n.csv", by=self.sender)
        # The last row tells the first line's number a second time.
        assert (again.new, again.known) == (0, once.new + once.known)
        self._follow(manifest)

    def scan(self, which: int) -> None:
        line = self.pick(ManifestLine.objects, which)
        number = f"TCS{1000 + which}"
        manifests.dispatch(line.manifest, line, consignment_no=number, by=self.sender)
        self._follow(line.manifest)

    def take_off(self, which: int) -> None:
        line = self.pick(ManifestLine.objects, which)
        manifests.take_off(line.manifest, line, reason="Torn", by=self.sender)
        self.outcome[line.pk] = "taken_off"

    def close_manifest(self, which: int) -> None:
        manifest = self.pick(Manifest.objects, which)
        manifests.close_manifest(manifest, by=self.sender)
        for pk in manifest.lines.values_list("pk", flat=True):
            if self.outcome[pk] == "waiting":
                self.outcome[pk] = "taken_off"

    def _post_tells(self, which: int, outcome: str) -> None:
        line = self.pick(ManifestLine.objects.exclude(consignment_no=""), which)
        data = f"consignment_no,outcome,reason\n{line.consignment_no},{outcome},Locked".encode()
        self.files.append(data)
        file = post_files.take_deliveries("TCS", data, name="d.csv", by=self.sender)
        was = self.outcome[line.pk]
        expected = (1, 0, 0) if was == "under_way" else (0, 1, 0) if was == outcome else (0, 0, 1)
        assert (file.new, file.known, file.rejected) == expected
        if file.new:
            self.outcome[line.pk] = outcome

    def delivered(self, which: int) -> None:
        self._post_tells(which, "delivered")

    def returned(self, which: int) -> None:
        self._post_tells(which, "returned")

    def old_file(self, which: int) -> None:
        if self.files:
            data = self.files[which % len(self.files)]
            assert post_files.take_deliveries("TCS", data, name="d.csv", by=self.sender).new == 0

    def _at_case(self, which: int, verb: str, outcome: str) -> None:
        case = self.pick(Application.objects.filter(state=State.DISPATCHED), which)
        applications.move(case.tracking_id, verb, by=self.sender, reason="Told by telephone")
        [line] = [row for row in case.manifest_lines.all() if self.outcome[row.pk] == "under_way"]
        self.outcome[line.pk] = outcome

    def deliver_at_case(self, which: int) -> None:
        self._at_case(which, "deliver", "delivered")

    def back_at_case(self, which: int) -> None:
        self._at_case(which, "come_back", "returned")

    def confirm(self, which: int) -> None:
        case = self.pick(Application.objects.filter(state=State.UNDELIVERED), which)
        wishes.change_address(case.tracking_id, by=self.counter, address=HOUSE)

    def hand_over(self, which: int) -> None:
        case = self.pick(Application.objects.filter(state__in=[State.SIGNED, State.UNDELIVERED]), which)
        facts = {"handed_to": "Gul", "cnic_seen": True}
        applications.move(case.tracking_id, "hand_over", by=self.counter, **facts)

    def all_adds_up(self) -> None:
        """The ledger, the rows, the cases and the second books tell the same."""
        assert list(check_stock()) == []
        said = Counter()
        for fates in booked(list(Lot.objects.all())).values():
            said.update(fates)
        assert said.total() == self.received == Blank.objects.count()
        cases = {case.stream: case for case in Application.objects.all()}
        good = Blank.objects.filter(fate=Fate.PRINTED).values_list("stream", flat=True)
        assert sorted(good) == sorted(s for s, case in cases.items() if case.state in HELD)
        beside = RunLine.objects.filter(ended_at=None, blank__fate=Fate.ISSUED).values_list(
            "blank", flat=True
        )
        issued = Blank.objects.filter(fate=Fate.ISSUED).values_list("pk", flat=True)
        assert sorted(beside) == sorted(issued)
        rows = queries.with_outcome(ManifestLine.objects.all())
        assert dict(rows.values_list("pk", "outcome")) == self.outcome
        under_way = rows.filter(outcome="under_way").values_list("application", flat=True)
        on_the_way = [case.pk for case in cases.values() if case.state == State.DISPATCHED]
        assert sorted(under_way) == sorted(on_the_way)
        self._manifests_balance()

    def _manifests_balance(self) -> None:
        listed = list(Manifest.objects.prefetch_related("lines"))
        balances = queries.balance(listed)
        for manifest in listed:
            lines = manifest.lines.all()
            counts = balances[manifest.pk]
            sent = sum(1 for line in lines if line.consignment_no)
            assert len(lines) == counts["waiting"] + sent + counts["taken_off"]
            assert sent == counts["under_way"] + counts["delivered"] + counts["returned"]
            assert not (manifest.closed_at and counts["waiting"])


@pytest.mark.django_db
@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(walk=steps, ahead=st.integers(0, len(STRAIGHT)))
def test_stock_runs_and_manifests_add_up_after_every_step(walk, ahead, clerks, files):
    with pytest.raises(_Undone), transaction.atomic():
        files(4)
        clerk = Walk(clerks)
        clerk.receive(3)
        for act, which in [(act, 2) for act in STRAIGHT[:ahead]] + walk:
            try:
                with transaction.atomic():
                    getattr(clerk, act)(which)
            except Refused:
                pass
            clerk.all_adds_up()
        assert verify() == []
        raise _Undone
