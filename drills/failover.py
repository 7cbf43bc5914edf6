"""`make drill-failover`: the cluster of deploy/cluster on this machine, under load, four times broken.

Builds six machines as network namespaces (two of the web, three of databases, a witness), lets
applicants, clerks, workers and the public at them, then: a planned switchover, the primary's node dead,
a replica cut off, a web node dead. Counts at the clients, prints what was measured beside the bars, and
ends with 1 where one is missed. Needs to be root, since it makes namespaces.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drills.cluster import DATABASES, QUORUM, ROOT, WEBS, Cluster, missing, wait_for
from drills.load import Load

TTL, LAG = 20, 2
NO_WRITES = {"switchover": 3.0, "node death": TTL + 2.0}
NO_READS = 3.0
# So long a killed worker's notices are nobody else's.
LEASE = 180
# A replica is looked at once a second.
STALE = LAG + 1.0


@dataclass
class Spell:
    """A fault and the time until everything runs again."""

    what: str
    since: float
    until: float = 0.0


class Drill:
    """One run from the first machine to the last count."""

    def __init__(self, cluster: Cluster, *, applications: int) -> None:
        self.cluster = cluster
        self.applications = applications
        self.spells: list[Spell] = []
        self.load: Load | None = None
        self.missed = 0
        self.by_replicas = 0

    def build(self) -> None:
        """Machines, databases, a small university, web nodes."""
        c = self.cluster
        c.wire()
        c.certificate()
        (c.folder / "var").mkdir()
        for name in QUORUM:
            c.start_quorum(name)
        for name in DATABASES:
            c.start_database(name)
        took = wait_for("a primary with two replicas", c.healthy, seconds=90)
        say(f"three databases, one of them synchronous, after {took:.0f} s")
        c.make_database()
        for name in WEBS:
            c.start_doors(name)
        env = c.web_env("web1")
        django = [sys.executable, "-m", "django"]
        env["DJANGO_SETTINGS_MODULE"] = "degreetrack.config.settings"
        self._until_it_works(lambda: c.run("web1", [*django, "migrate", "-v0"], env=env))
        c.run("web1", [*django, "collectstatic", "--noinput", "-v0"], env=env)
        file = c.folder / "people.json"
        c.run(
            "web1",
            [sys.executable, "-m", "drills.crowd", "fill", str(file), str(self.applications)],
            env=env,
        )
        for name in WEBS:
            c.start_web(name)
        self.load = Load(json.loads(file.read_text(encoding="utf-8")))
        say(f"{self.applications:,} applications, two web nodes with a worker each")

    def break_it(self) -> None:
        """The four faults in turn, under load."""
        c, load = self.cluster, self.load
        load.start()
        told = load.counts.answered
        wait_for("answers", lambda: told["write"] and told["read"], seconds=30)
        time.sleep(3)
        before = self._answered_by_replicas()
        with self._spell("no fault"):
            time.sleep(8)
        self.by_replicas = self._answered_by_replicas() - before
        with self._spell("switchover"):
            primary, candidate = c.role("leader"), c.role("sync_standby")
            c.patronictl("switchover", "--master", primary, "--candidate", candidate, "--force")
            wait_for("everybody follows the new primary", c.healthy, seconds=60)
        with self._spell("node death"):
            primary = c.role("leader")
            c.unplug(primary)
            c.kill(primary)
            wait_for("another primary", lambda: c.role("leader") not in ("", primary), seconds=60)
            time.sleep(5)
        c.plug_in(primary)
        c.start_database(primary)
        wait_for("the dead node follows again", c.healthy, seconds=90)
        parted = c.role("replica")
        so_far = self._answered_by_replicas(parted)
        reads = lambda: self._answered_by_replicas(parted) > so_far + 20  # noqa: E731
        wait_for("the public reads the replica that is to be parted", reads, seconds=40)
        others = tuple(name for name in DATABASES if name != parted)
        with self._spell("replica parted"):
            # From its primary, not from the public: it must notice by itself that it is late.
            c.part(parted, others)
            time.sleep(14)
        c.part(parted, others, again=True)
        wait_for("the parted replica follows again", c.healthy, seconds=90)
        with self._spell("replica cut off"):
            cut = c.role("sync_standby")
            c.unplug(cut)
            time.sleep(14)
        c.plug_in(cut)
        wait_for("the replica follows again", c.healthy, seconds=90)
        with self._spell("web node death"):
            c.unplug("web2")
            c.kill("web2")
            time.sleep(10)
        load.stop()

    def _answered_by_replicas(self, *names: str) -> int:
        """How often these replicas, or all, so far looked for a tracking ID."""
        ask = (
            "SELECT sum(idx_scan) FROM pg_stat_user_indexes"
            " WHERE relname = 'applications_application' AND indexrelname LIKE '%tracking_id%'"
        )
        primary = self.cluster.role("leader")
        replicas = names or tuple(name for name in DATABASES if name != primary)
        return sum(int(self.cluster.on(name, ask, database="degreetrack") or 0) for name in replicas)

    def judge(self) -> int:
        """Let the workers finish, count, and print."""
        c, counts = self.cluster, self.load.counts
        env = c.web_env("web1") | {"DJANGO_SETTINGS_MODULE": "degreetrack.config.settings"}
        people = [sys.executable, "-m", "drills.crowd"]
        say(f"{len(counts.acts):,} writes acknowledged; what a killed worker had claimed waits for its lease")
        open_ones = "SELECT count(*) FROM notifications_notice WHERE fate IN ('queued', 'sending')"
        until = time.monotonic() + LEASE + 60
        while c.on(c.role("leader"), open_ones, database="degreetrack").strip() != "0":
            if time.monotonic() > until:
                say("some notices are still not sent, and count as lost")
                break
            time.sleep(2)
        acts = c.folder / "acts.json"
        acts.write_text(json.dumps(counts.acts), encoding="utf-8")
        sinks = [str(path) for path in sorted(c.folder.glob("web*-*.txt"))]
        found = json.loads(c.run("web1", [*people, "count", str(acts), *sinks], env=env))
        self._print(found)
        return int(self.missed > 0)

    def _print(self, found: dict[str, Any]) -> None:
        counts = self.load.counts
        print(
            f"\n{len(counts.acts):,} acknowledged writes, {len(counts.answered['read']):,} public reads,"
            f" {found['notices']:,} notices committed, {counts.faults:,} requests sent again\n"
        )
        print(f"| {'':37} | measured |   bar |")
        print(f"|{'-' * 39}|---------:|------:|")
        self._bar("acknowledged writes lost", len(found["lost"]), 0)
        self._bar("notices lost", len(found["missing"]), 0)
        self._bar("faults in the journal's chain", len(found["journal"]), 0)
        self._bar("who had acted and did not see it", len(counts.forgotten), 0)
        calm = self.spells[0]
        asked = sum(calm.since < at < calm.until for at in counts.by_id)
        self._bar("no fault: look-ups by tracking ID", asked)
        self._bar("no fault: of these at replicas", self.by_replicas)
        for spell in self.spells:
            told = (spell.since, spell.until)
            self._bar(f"{spell.what}: without writes, s", counts.longest("write", *told),
                      NO_WRITES.get(spell.what))  # fmt: skip
            self._bar(f"{spell.what}: without reads, s", counts.longest("read", *told), NO_READS)
            self._bar(f"{spell.what}: one write waited, s", counts.longest_wait("write", *told))
            self._bar(f"{spell.what}: one read waited, s", counts.longest_wait("read", *told))
            self._bar(f"{spell.what}: unseen by public, s", counts.stalest(*told),
                      None if spell.what in ("node death", "switchover") else STALE)  # fmt: skip
        print(f"\nThe journal has {found['entries']:,} entries. {found['doubled']} notices went twice.")
        for line in [*found["lost"], *found["missing"], *found["journal"], *counts.forgotten][:20]:
            print(f"  {line}")

    def _bar(self, what: str, measured: float, bar: float | None = None) -> None:
        missed = bar is not None and measured > bar
        self.missed += missed
        number = f"{measured:,}" if isinstance(measured, int) else f"{measured:.2f}"
        told = "" if bar is None else f"{bar:g}"
        print(f"| {what:37} | {number:>8} | {told:>5} |{' MISSED' if missed else ''}")

    @contextmanager
    def _spell(self, what: str):
        spell = Spell(what, time.monotonic())
        yield
        # Whatever follows at once belongs to it.
        time.sleep(3)
        spell.until = time.monotonic()
        self.spells.append(spell)
        counts = self.load.counts
        told = (spell.since, spell.until)
        say(f"{what}: {counts.longest('write', *told):.2f} s without writes, "
            f"{counts.longest('read', *told):.2f} s without reads")  # fmt: skip

    def _until_it_works(self, do: Callable[[], object]) -> None:
        """HAProxy needs a moment to find the primary."""
        for _attempt in range(10):
            try:
                do()
                return
            except SystemExit as fault:
                last = fault
                time.sleep(1)
        raise last


def say(words: str) -> None:
    """Tell how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)


def main() -> int:
    """Build, break, count; whatever happens, nothing stays behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applications", type=int, default=20_000)
    parser.add_argument("--keep", help="copy the machines' logs to this folder")
    given = parser.parse_args()
    if os.geteuid():
        sys.exit("The drill makes network namespaces: run it as root.")
    if missing():
        sys.exit(f"The drill needs more of Debian: apt-get install {' '.join(missing())}")
    signal.signal(signal.SIGTERM, lambda *_what: sys.exit("stopped"))
    os.chdir(ROOT)
    with Cluster() as cluster:
        drill = Drill(cluster, applications=given.applications)
        try:
            drill.build()
            drill.break_it()
            return drill.judge()
        finally:
            if given.keep:
                Path(given.keep).mkdir(parents=True, exist_ok=True)
                for log in cluster.folder.glob("*.log"):
                    (Path(given.keep) / log.name).write_bytes(log.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
