"""Figures for Prometheus: the right ones, to the right readers, at next to no cost."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from degreetrack.journal.services import record
from degreetrack.notifications.models import Notice
from degreetrack.notifications.services import OUTBOX
from degreetrack.oversight import jobs
from degreetrack.oversight.jobs import run
from degreetrack.oversight.models import JobRun
from degreetrack.web import gauges

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-the-tests-0123456789-0123456789"


def told(text: str) -> dict[tuple[str, ...], float]:
    """Each figure by its name and the values of its labels, as Prometheus reads them."""
    families = text_string_to_metric_families(text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def read(client) -> dict[tuple[str, ...], float]:
    return told(client.get("/metrics").content.decode())


@pytest.mark.django_db(transaction=True)
def test_every_alarm_hangs_on_a_figure_that_is_told(client, aiou, in_state):
    in_state()
    # Jobs that went well a moment ago, in another test, are not noted again so soon.
    jobs._noted.clear()
    call_command("worker", "--once")
    client.get("/status/nobody/")
    gauges.DATABASE_ERRORS.labels("OperationalError")
    names = {name for name, *_labels in read(client)}

    rules = (ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8")

    assert set(re.findall(r"degreetrack_[a-z_]+", rules)) - names == set()
    assert len(re.findall(r"- alert:", rules)) == len(re.findall(r"^ +expr:", rules, re.M)) == 14


def test_requests_are_told_by_route_method_and_class_never_by_address(client, aiou):
    before = read(client)

    for path in ("/status/EBN-AGZ-2G3K/", "/in-process/?q=BO680724", "/BO680724/", "/BO680725/"):
        client.get(path)
    client.generic("BREW", "/")

    after = read(client)
    name = "degreetrack_request_seconds_count"
    more = {key[1:]: after[key] - before.get(key, 0) for key in after if key[0] == name}
    assert {key: value for key, value in more.items() if value} == {
        ("GET", "public:status", "4xx"): 1,
        ("GET", "public:in_process", "2xx"): 1,
        ("GET", "none", "4xx"): 2,
        ("other", "public:home", "4xx"): 1,
        ("GET", "public:metrics", "2xx"): 1,
    }
    assert "BO68" not in client.get("/metrics").content.decode()


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "10.9.1.1"}, 404),
        ({"REMOTE_ADDR": ""}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}, 404),
        ({"REMOTE_ADDR": "10.9.1.1", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, 200),
        ({"REMOTE_ADDR": "10.9.1.1", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}x"}, 404),
        ({"REMOTE_ADDR": "10.9.1.1", "HTTP_AUTHORIZATION": f"Basic {TOKEN}"}, 404),
    ],
)
def test_figures_are_for_this_machine_and_for_whoever_has_the_token(asked, status, client, aiou, settings):
    settings.METRICS_TOKENS = ["an-older-one-0123456789-0123456789-0123456789", TOKEN]

    assert client.get("/metrics", **asked).status_code == status


def test_behind_our_proxy_the_address_before_it_counts(client, aiou, settings):
    settings.TRUSTED_PROXIES = 1

    asked = [client.get("/metrics", headers={"X-Forwarded-For": who}) for who in ("127.0.0.1", "203.0.113.9")]

    assert [answer.status_code for answer in asked] == [200, 404]


def test_the_outbox_is_told_by_channel_with_the_age_of_its_oldest(client, in_state):
    in_state()
    Notice.objects.update(due_at=timezone.now() - timedelta(hours=1))
    [notice] = Notice.objects.all()
    notice.pk, notice.channel, notice.fate = None, "email", "failed"
    notice.save()

    figures = read(client)

    assert figures["degreetrack_outbox_notices", "sms"] == 1
    assert figures["degreetrack_outbox_notices", "email"] == 0
    assert 3600 <= figures["degreetrack_outbox_oldest_seconds", "sms"] < 3700
    assert figures["degreetrack_outbox_oldest_seconds", "email"] == 0
    assert figures["degreetrack_notices_last_day", "sms", "queued"] == 1
    assert figures["degreetrack_notices_last_day", "email", "failed"] == 1
    assert figures["degreetrack_notices_last_day", "email", "sent"] == 0


def test_a_job_tells_when_it_went_well_and_how_often_it_did_not(client, aiou, caplog):
    def well() -> None:
        """Do nothing."""

    def badly() -> None:
        raise DatabaseError("gone")

    began = datetime.now(UTC).timestamp()
    for job in (well, well, badly, badly):
        run(job)

    figures = read(client)
    assert (
        began <= figures["degreetrack_job_success_timestamp_seconds", "well"] <= datetime.now(UTC).timestamp()
    )
    assert figures["degreetrack_job_failures_total", "badly"] == 2
    assert ("degreetrack_job_seconds", "badly") not in figures
    assert JobRun.objects.count() == 2
    assert caplog.text.count("badly failed: DatabaseError, jobs.py") == 2


@pytest.mark.django_db(transaction=True)
def test_the_journal_tells_how_long_it_has_been_without_a_seal(client, aiou):
    call_command("worker", "--once")
    record("application/1", "open", by=OUTBOX, at=timezone.now() - timedelta(minutes=50))
    open_for = read(client)["degreetrack_journal_unsealed_seconds",]

    call_command("worker", "--once")

    figures = read(client)
    assert 3000 <= open_for < 3100
    assert figures["degreetrack_journal_unsealed_seconds",] == 0
    assert 0 <= figures["degreetrack_journal_seal_age_seconds",] < 60


def test_a_failing_database_is_counted_and_the_rest_is_told_without_it(served, tmp_path):
    ask = served(DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3", METRICS_DIR="")

    ask("/")
    status, _headers, text, _seconds = ask("/metrics")

    figures = told(text)
    assert status == 200
    assert figures["degreetrack_database_errors_total", "OperationalError"] == 1
    assert figures["degreetrack_database_up",] == 0
    assert ("degreetrack_outbox_notices", "sms") not in figures


def test_several_processes_of_the_server_tell_one_sum(served, tmp_path):
    ask = served(DATABASE_URL="", GRANIAN_WORKERS="2", METRICS_DIR=f"{tmp_path}/figures")

    for _ in range(24):
        assert ask("/healthz")[0] == 200

    assert told(ask("/metrics")[2])["degreetrack_request_seconds_count", "GET", "public:healthz", "2xx"] == 24
