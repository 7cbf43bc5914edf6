"""The files of deploy/cluster, and reads from a real replica."""

import re
import shutil
import subprocess
from urllib.parse import urlsplit

import pytest
from django.conf import settings as live
from django.db import connection, connections

from degreetrack.kit import replicas
from degreetrack.kit.postgresql.base import DatabaseWrapper
from drills.cluster import FILES, ROOT
from tests.with_postgres import binaries

ON_POSTGRESQL = live.DATABASES["default"]["ENGINE"].endswith("postgresql")
needs_postgresql = pytest.mark.skipif(not ON_POSTGRESQL, reason="replicas need PostgreSQL")


def test_every_file_of_the_cluster_is_used_by_the_drill_and_told_of_in_its_page():
    drill = (ROOT / "drills" / "cluster.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "deploy-cluster.md").read_text(encoding="utf-8")

    for file in FILES.iterdir():
        assert re.sub("web|worker", "{what}", file.name) in drill or file.name in drill, file.name
        assert f"`{file.name}`" in page, file.name
        for placeholder in re.findall(r"{{(\w+)}}", file.read_text(encoding="utf-8")):
            assert f"`{placeholder}`" in page, placeholder


def test_without_a_replica_nothing_is_asked_twice(db):
    asked = []

    assert replicas.read(lambda: asked.append(replicas.source())) is None
    assert asked == ["default"]


@pytest.fixture
def standby(tmp_path_factory):
    """A replica of the tests' own server, and its process."""
    address = urlsplit(live.DATABASES["default"]["HOST"] and f"//{connection.settings_dict['HOST']}")
    port, where = int(connection.settings_dict["PORT"]), binaries()
    as_other = ["runuser", "-u", "postgres", "--"] if shutil.which("runuser") else []
    folder = tmp_path_factory.mktemp("standby")
    for up in (folder, *folder.parents[:3]):
        up.chmod(0o755)
    shutil.chown(folder, "postgres")
    data, free = folder / "data", port + 1
    from_ = f"host={address.hostname} port={port} user=degreetrack"
    copy = [where / "pg_basebackup", "-D", data, "-R", "-X", "stream", "-c", "fast", "-d", from_]
    subprocess.run([*as_other, *copy], check=True, cwd=folder)
    options = f"-p {free} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    start = [where / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start"]
    subprocess.run([*as_other, *start], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    yield free
    stop = [where / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
    subprocess.run([*as_other, *stop], stdout=subprocess.DEVNULL, cwd=folder)
