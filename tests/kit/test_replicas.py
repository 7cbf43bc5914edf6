"""Reads from a real replica of the tests' own server."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import pytest
from django.conf import settings as live
from django.db import connection, connections

from degreetrack.kit import replicas
from degreetrack.kit.postgresql.base import DatabaseWrapper
from tests.mail import free_port
from tests.with_postgres import binaries

pytestmark = [
    pytest.mark.skipif(
        not live.DATABASES["default"]["ENGINE"].endswith("postgresql"),
        reason="replicas need PostgreSQL: tests/with_postgres.py runs it",
    ),
    pytest.mark.django_db(transaction=True, databases="__all__"),
]


@pytest.fixture(scope="module", autouse=True)
def _alias(django_db_setup) -> Iterator[None]:
    """The replica's alias, which Django must know before the test begins."""
    told = connections.settings["default"]
    mirror = told["TEST"] | {"MIRROR": "default"}
    engine = "django.db.backends.postgresql"
    connections.settings["replica"] = told | {"PORT": free_port(), "ENGINE": engine, "TEST": mirror}
    yield
    del connections["replica"], connections.settings["replica"]


@pytest.fixture
def standby(tmp_path, settings) -> Iterator[Callable[[], None]]:
    """A replica behind the alias; ends it when called."""
    as_other: list[str] = []
    if os.geteuid() == 0:
        as_other = ["runuser", "-u", "postgres", "--"]
        shutil.chown(tmp_path, "postgres")
        for above in list(tmp_path.parents)[:2]:
            above.chmod(0o755)
    where, data, told = binaries(), tmp_path / "data", connection.settings_dict
    server = f"host={told['HOST']} port={told['PORT']} user={told['USER']}"
    port = connections.settings["replica"]["PORT"]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={tmp_path} -c fsync=off"

    def run(*words: object) -> None:
        subprocess.run([*as_other, *map(str, words)], check=True, cwd=tmp_path, stdout=subprocess.DEVNULL)

    def stop() -> None:
        if (data / "postmaster.pid").exists():
            run(where / "pg_ctl", "-D", data, "-m", "immediate", "stop")

    run(where / "pg_basebackup", "-N", "-D", data, "-R", "-X", "stream", "-c", "fast", "-d", server)
    run(where / "pg_ctl", "-D", data, "-l", tmp_path / "log", "-w", "-o", options, "start")
    connections["replica"].settings_dict["NAME"] = told["NAME"]
    settings.DATABASE_ROUTERS = ["degreetrack.kit.replicas.Router"]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "degreetrack.web.reads.remember_acts"]
    settings.REPLICA_LAG_SECONDS = 1
    yield stop
    connections["replica"].close()
    stop()


def _soon(read_from: Callable[[], list[str]], wanted: list[str]) -> None:
    """With beats going on, reads come from there once the replica is looked at anew."""
    stop, end = Event(), time.monotonic() + 120
    beating = Thread(target=replicas.beat, args=(stop,))
    beating.start()
    try:
        while (found := read_from()) != wanted and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        stop.set()
        beating.join()
    assert found == wanted


def test_the_public_reads_a_replica_that_keeps_up(client, in_state, standby, monkeypatch):
    address = f"/status/{in_state().tracking_id}/"

    def read_from() -> list[str]:
        """Which databases the status page asked for what it shows."""
        asked = set()

        def watch(alias: str) -> Callable[..., Any]:
            def note(execute: Callable[..., Any], sql: str, *more: Any) -> Any:
                if sql != replicas._LAG:
                    asked.add(alias)
                return execute(sql, *more)

            return note

        with (
            connections["default"].execute_wrapper(watch("default")),
            connections["replica"].execute_wrapper(watch("replica")),
        ):
            assert client.get(address).status_code == 200
        return sorted(asked)

    _soon(read_from, ["replica"])

    assert client.post("/my/sign-out/").cookies["acted"]["max-age"] == 6
    assert read_from() == ["default"]
    del client.cookies["acted"]

    with connections["replica"].cursor() as cursor:
        cursor.execute("SELECT pg_wal_replay_pause()")
    _soon(read_from, ["default"])

    with connections["replica"].cursor() as cursor:
        cursor.execute("SELECT pg_wal_replay_resume()")
    _soon(read_from, ["replica"])

    demoted = DatabaseWrapper(connections["replica"].settings_dict, "replica")
    demoted.ensure_connection()
    assert (demoted.is_usable(), connection.is_usable()) == (False, True)
    demoted.close()

    # However long it takes to stop: it was there a moment ago, and is given a rest then.
    monkeypatch.setattr(replicas._link, "until", float("inf"))
    monkeypatch.setitem(replicas._rest, "until", 0.0)
    monkeypatch.setattr(replicas, "REST", 3600)
    standby()
    assert read_from() == ["default", "replica"]
    assert read_from() == ["default"]
