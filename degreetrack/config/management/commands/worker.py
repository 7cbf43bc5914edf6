"""degreetrack worker: send what is due, work by the clock, seal, count, forecast, tidy."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import FrameType

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections, connections

from degreetrack.applicants.codes import forget_old_codes
from degreetrack.applications.asking import answer_texts
from degreetrack.applications.batches import carry_on
from degreetrack.applications.forecasts import refresh_daily
from degreetrack.applications.intake import follow_payments
from degreetrack.applications.reminders import remind_due
from degreetrack.applications.services import return_overdue
from degreetrack.applications.targets import redue_changed
from degreetrack.documents.uploads import forget_old_uploads
from degreetrack.journal.services import seal_new
from degreetrack.keeping.retention import forget_old
from degreetrack.kit.clock import compare_clocks
from degreetrack.kit.replicas import REPLICA, beat
from degreetrack.notifications.delivery import Delivery, deliver_due
from degreetrack.notifications.models import Channel
from degreetrack.notifications.receipts import forget_old_texts
from degreetrack.oversight.digests import forget_old_digests, send_digests
from degreetrack.oversight.escalations import escalate_late
from degreetrack.oversight.jobs import run
from degreetrack.oversight.rollups import refresh_figures
from degreetrack.records.names import learn_noted

Job = tuple[Callable[[], object], float]


class Command(BaseCommand):
    help = "Deliver notices, work by the clock, seal, count, forecast. Run as many as you like."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer one round, and the pauses."""
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")
        parser.add_argument("--pause", type=float, default=1.0, help="seconds between looks at the outbox")
        parser.add_argument("--clock", type=float, default=60.0, help="seconds between the clock's rounds")
        parser.add_argument("--tidy", type=float, default=3600.0, help="seconds between tidyings")
        parser.add_argument("--seal", type=float, default=300.0, help="seconds between seals")

    def handle(self, *args: str, **options: float) -> None:
        """Work until told to stop; a stop finishes the round under way."""
        self.stop = Event()
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        jobs: list[Job] = [
            (follow_payments, options["pause"]),
            (answer_texts, options["pause"]),
            (carry_on, options["pause"]),
            (learn_noted, options["pause"]),
            (remind_due, options["clock"]),
            (return_overdue, options["clock"]),
            (redue_changed, options["clock"]),
            (escalate_late, options["clock"]),
            (send_digests, options["clock"]),
            (seal_new, options["seal"]),
            (refresh_daily, options["clock"]),
            (refresh_figures, options["clock"]),
            (compare_clocks, options["clock"]),
            (forget_old_codes, options["tidy"]),
            (forget_old_uploads, options["tidy"]),
            (forget_old_texts, options["tidy"]),
            (forget_old_digests, options["tidy"]),
            (forget_old, options["tidy"]),
        ]
        if options["once"]:
            self._round(jobs, [0.0] * len(jobs))
            deliver_due()
            return
        with self._carriers(options["pause"]):
            self._work(jobs)

    @contextmanager
    def _carriers(self, pause: float) -> Iterator[None]:
        """One thread for each channel, so that one that stalls holds up none of the others."""
        carriers = [Thread(target=Delivery(channel).run, args=(self.stop, pause)) for channel in Channel]
        if REPLICA in connections.settings:
            carriers.append(Thread(target=beat, args=(self.stop,)))
        for carrier in carriers:
            carrier.start()
        try:
            yield
        finally:
            self.stop.set()
            for carrier in carriers:
                carrier.join()

    def _work(self, jobs: list[Job]) -> None:
        due = [0.0] * len(jobs)
        while not self.stop.is_set():
            self._round(jobs, due)
            self.stop.wait(max(0.0, min(due) - time.monotonic()))

    def _round(self, jobs: list[Job], due: list[float]) -> None:
        """Do each job whose time has come, and note when it comes again."""
        for place, (job, pause) in enumerate(jobs):
            if time.monotonic() < due[place]:
                continue
            close_old_connections()
            run(job)
            due[place] = time.monotonic() + pause

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stop.set()
