"""Figures of the whole system, read from the database when somebody asks: what an alarm may hang on."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from importlib.metadata import version

from django.db import Error, connection
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from degreetrack.applications.batch_models import Batch
from degreetrack.journal.services import last_sealed, unsealed_since
from degreetrack.notifications.models import OPEN, Channel, Fate, Line, Notice
from degreetrack.oversight.job_models import JobRun

DAY = timedelta(days=1)


class Watched(Collector):
    """Every figure of the database; where it is away, only that."""

    def collect(self) -> Iterable[Metric]:
        """The figures as they are now."""
        build = GaugeMetricFamily("degreetrack_build_info", "Which version runs.", labels=["version"])
        build.add_metric([version("degreetrack")], 1)
        now = timezone.now()
        try:
            figures = [figure for told in FIGURES for figure in told(now)]
        except Error:
            figures = []
        up = GaugeMetricFamily("degreetrack_database_up", "Whether the database answered.", bool(figures))
        return [build, up, *figures]


def _outbox(now: datetime) -> Iterator[Metric]:
    size = GaugeMetricFamily("degreetrack_outbox_notices", "Notices not sent yet.", labels=["channel"])
    oldest = GaugeMetricFamily(
        "degreetrack_outbox_oldest_seconds",
        "How long the oldest notice that may go has been due.",
        labels=["channel"],
    )
    shut = GaugeMetricFamily(
        "degreetrack_channel_shut", "Whether a channel's provider is away now.", labels=["channel"]
    )
    is_shut = set(Line.objects.filter(shut_until__gt=now).values_list("channel", flat=True))
    for channel in Channel:
        # One fate at a time: each has an index of its own among millions of notices that are done.
        rows = [
            Notice.objects.filter(channel=channel, fate=fate).aggregate(size=Count("pk"), due=Min("due_at"))
            for fate in OPEN
        ]
        size.add_metric([channel], sum(row["size"] for row in rows))
        oldest.add_metric(
            [channel], max((_seconds(now - row["due"]) for row in rows if row["due"]), default=0)
        )
        shut.add_metric([channel], channel in is_shut)
    yield from (size, oldest, shut)


def _notices(now: datetime) -> Iterator[Metric]:
    fates = GaugeMetricFamily(
        "degreetrack_notices_last_day",
        "Notices queued within 24 hours, by what has become of them.",
        labels=["channel", "fate"],
    )
    rows = Notice.objects.filter(queued_at__gt=now - DAY).values("channel", "fate").annotate(rows=Count("pk"))
    found = {(row["channel"], row["fate"]): row["rows"] for row in rows.order_by()}
    for channel in Channel:
        for fate in Fate:
            fates.add_metric([channel, fate], found.get((channel, fate), 0))
    yield fates


def _jobs(now: datetime) -> Iterator[Metric]:
    success = GaugeMetricFamily(
        "degreetrack_job_success_timestamp_seconds", "When a worker's job last went well.", labels=["job"]
    )
    took = GaugeMetricFamily("degreetrack_job_seconds", "How long that took.", labels=["job"])
    failures = CounterMetricFamily("degreetrack_job_failures", "How often a job failed.", labels=["job"])
    for row in JobRun.objects.order_by("name"):
        if row.succeeded_at:
            success.add_metric([row.name], row.succeeded_at.timestamp())
            took.add_metric([row.name], row.seconds)
        failures.add_metric([row.name], row.failures)
    yield from (success, took, failures)


def _batches(now: datetime) -> Iterator[Metric]:
    under_way = Batch.objects.filter(finished_at=None, stopped_at=None)
    told = under_way.aggregate(rows=Count("pk"), oldest=Min("made_at"))
    age = _seconds(now - told["oldest"]) if told["oldest"] else 0
    yield GaugeMetricFamily("degreetrack_batches_open", "Moves in bulk under way.", told["rows"])
    yield GaugeMetricFamily("degreetrack_batches_oldest_seconds", "Age of the oldest of them.", age)


def _journal(now: datetime) -> Iterator[Metric]:
    sealed, waiting = last_sealed(), unsealed_since()
    seal = GaugeMetricFamily("degreetrack_journal_seal_age_seconds", "Age of the journal's last seal.")
    if sealed:
        seal.add_metric([], _seconds(now - sealed))
    yield seal
    age = _seconds(now - waiting) if waiting else 0
    yield GaugeMetricFamily(
        "degreetrack_journal_unsealed_seconds", "Age of the oldest entry that no seal covers.", age
    )


def _clock(now: datetime) -> Iterator[Metric]:
    """SQLite has no clock but this machine's."""
    skew = 0.0
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            before = timezone.now()
            cursor.execute("SELECT clock_timestamp()")
            told = cursor.fetchone()[0]
            # Half of the way there and back is nobody's fault.
            skew = (told - (before + (timezone.now() - before) / 2)).total_seconds()
    yield GaugeMetricFamily(
        "degreetrack_clock_skew_seconds", "How far the database's clock is before this machine's.", skew
    )


def _seconds(span: timedelta) -> float:
    return max(0.0, span.total_seconds())


# Each gives figures of one kind as of a moment; whoever keeps rows worth watching adds theirs here.
FIGURES = (_outbox, _notices, _jobs, _batches, _journal, _clock)
