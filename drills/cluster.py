"""A cluster of six machines on this one: each a network namespace, run from the files of deploy/cluster."""

import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILES = ROOT / "deploy" / "cluster"
SITE = "degrees.example.edu"
MAIL, SMS = 18025, 18775
DATABASES = ("db1", "db2", "db3")
WEBS = ("web1", "web2")
QUORUM = (*WEBS, "witness")
ADDRESSES = {"outside": "10.77.0.1", "web1": "10.77.0.11", "web2": "10.77.0.12", "witness": "10.77.0.31"}
ADDRESSES |= {name: f"10.77.0.2{place}" for place, name in enumerate(DATABASES, start=1)}
# Applicants come from many addresses, as the limits on guessing expect.
PEOPLE = "10.78.0.0/16"
NEEDED = {
    "patroni": "patroni", "etcd": "etcd-server", "haproxy": "haproxy", "pgbouncer": "pgbouncer",
    "psql": "postgresql", "ip": "iproute2", "openssl": "openssl", "runuser": "util-linux", "sysctl": "procps",
}  # fmt: skip


def missing() -> list[str]:
    """The Debian packages that this machine lacks."""
    return sorted({package for program, package in NEEDED.items() if not shutil.which(program)})


class Cluster:
    """Starts, breaks and mends machines; on the way out it ends all that it started."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="degreetrack-failover-"))
        self.folder.chmod(0o755)
        self._prefix = f"dt{os.getpid()}-"
        self._running: list[subprocess.Popen[bytes]] = []
        self.secret_key = secrets.token_urlsafe(50)
        # The values of the sample's placeholders that are the same on all machines.
        self._values = {name.upper(): ADDRESSES[name] for name in (*DATABASES, *QUORUM)} | {
            "NETWORK": "10.77.0.0/24", "SITE": SITE, "APP": str(ROOT), "VAR": str(self.folder / "var"),
            "SECRET_KEY": self.secret_key, "CERTIFICATE": str(self.folder / "site.pem"),
            "SMTP_PORT": str(MAIL), "SMPP_HOST": "127.0.0.1", "SMPP_PORT": str(SMS),
            "SMPP_SYSTEM_ID": "us", "SMPP_PASSWORD": "x", "INTERFACE": "eth0",
        }  # fmt: skip
        for name in ("PASSWORD", "SUPERUSER_PASSWORD", "REPLICATION_PASSWORD"):
            self._values[name] = secrets.token_hex(16)

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *what: object) -> None:
        for name in ADDRESSES:
            if name != "outside":
                self.kill(name)
        for process in self._running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for name in (*ADDRESSES, "switch"):
            subprocess.run(["ip", "netns", "delete", self._prefix + name], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def wire(self) -> None:
        """Give each machine an address on one network, and this process one outside."""
        for name in ("switch", *ADDRESSES):
            _ip(f"netns add {self._prefix}{name}")
        switch = f"-n {self._prefix}switch"
        _ip(f"{switch} link add bridge type bridge")
        _ip(f"{switch} link set bridge up")
        for name, address in ADDRESSES.items():
            mine = f"-n {self._prefix}{name}"
            _ip(f"{mine} link set lo up")
            _ip(f"{mine} link add eth0 type veth peer name {name} netns {self._prefix}switch")
            _ip(f"{mine} address add {address}/24 dev eth0")
            _ip(f"{mine} link set eth0 up")
            _ip(f"{switch} link set {name} master bridge up")
            if name != "outside":
                _ip(f"{mine} route add {PEOPLE} via {ADDRESSES['outside']}")
        _ip(f"-n {self._prefix}outside route add local {PEOPLE} dev lo")
        with Path(f"/run/netns/{self._prefix}outside").open() as outside:
            os.setns(outside.fileno(), os.CLONE_NEWNET)

    def fill(self, name: str, machine: str, **more: str) -> Path:
        """Write a file of deploy/cluster for a machine, its placeholders filled in."""
        text = (FILES / name).read_text(encoding="utf-8")
        home = self.folder / machine
        values = self._values | {
            "NODE": machine, "ADDRESS": ADDRESSES[machine], "ETCD_DATA": f"{home}/etcd",
            "PG_DATA": f"{home}/data", "PG_RUN": str(home), "USERLIST": f"{home}/userlist.txt",
        } | more  # fmt: skip
        for placeholder, value in values.items():
            text = text.replace("{{" + placeholder + "}}", value)
        if "{{" in text:
            raise SystemExit(f"{name}: nobody fills in {text[text.index('{{') :][:40]}")

        home.mkdir(exist_ok=True)
        shutil.chown(home, "postgres")
        filled = home / name
        filled.write_text(text, encoding="utf-8")
        return filled

    def start(
        self, machine: str, what: str, words: list[str], *, user: str = "", env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Run a program on a machine; what it says goes to a file."""
        as_other = ["runuser", "-u", user, "--"] if user else []
        with (self.folder / f"{machine}-{what}.log").open("ab") as log:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self._prefix + machine, *as_other, *words],
                cwd=ROOT, env=(env or plain()), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        self._running.append(process)
        return process

    def run(self, machine: str, words: list[str], *, env: dict[str, str] | None = None) -> str:
        """Run a program on a machine to its end, and give what it printed."""
        done = subprocess.run(
            ["ip", "netns", "exec", self._prefix + machine, *words],
            cwd=ROOT, env=(env or plain()), capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{' '.join(words[:4])} failed on {machine}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def start_quorum(self, machine: str) -> None:
        """A member of etcd, which holds who is the primary."""
        options = read_env(self.fill("etcd.env", machine))
        self.start(machine, "etcd", ["etcd"], user="postgres", env=plain() | options)

    def start_database(self, machine: str) -> None:
        """Patroni with PostgreSQL, and PgBouncer, as the files say."""
        self.run(machine, ["sysctl", "-q", "-p", str(self.fill("sysctl.conf", machine))])
        patroni = ["patroni", str(self.fill("patroni.yml", machine))]
        self.start(machine, "patroni", patroni, user="postgres")
        self.fill("userlist.txt", machine)
        pooler = ["pgbouncer", str(self.fill("pgbouncer.ini", machine))]
        self.start(machine, "pgbouncer", pooler, user="postgres")

    def web_env(self, machine: str) -> dict[str, str]:
        """The settings of a web node."""
        # The drill may run by night.
        return plain() | read_env(self.fill("degreetrack.env", machine)) | {"QUIET_HOURS": "none"}

    def start_doors(self, machine: str) -> None:
        """HAProxy: the site, and the doors to the databases."""
        self.start(machine, "haproxy", ["haproxy", "-db", "-f", str(self.fill("haproxy.cfg", machine))])

    def start_web(self, machine: str) -> None:
        """Web server and worker by their units' own words, with a mail server and a centre beside them."""
        peers = {"mail_sink": MAIL, "smpp_centre": SMS}
        for module, port in peers.items():
            log = str(self.folder / f"{machine}-{module}.txt")
            words = [sys.executable, "-m", f"tests.notifications.{module}", str(port), log]
            self.start(machine, module, words)
        for what in ("web", "worker"):
            unit = self.fill(f"degreetrack-{what}.service", machine).read_text(encoding="utf-8")
            command = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
            words = shlex.split(command.removeprefix("ExecStart="))
            self.start(machine, what, words, env=self.web_env(machine))

    def kill(self, machine: str) -> None:
        """Kill at one blow every process of a machine."""
        found = subprocess.run(
            ["ip", "netns", "pids", self._prefix + machine], capture_output=True, text=True
        ).stdout
        for pid in found.split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)

    def unplug(self, machine: str) -> None:
        """Let nothing more in or out, not even that connections are closed."""
        _ip(f"-n {self._prefix}switch link set {machine} down")

    def plug_in(self, machine: str) -> None:
        """Undo that."""
        _ip(f"-n {self._prefix}switch link set {machine} up")

    def part(self, machine: str, others: tuple[str, ...], *, again: bool = False) -> None:
        """Lose what goes between a machine and some others, both ways; or undo that."""
        verb = "delete" if again else "add"
        for other in others:
            for here, there in ((machine, other), (other, machine)):
                _ip(f"-n {self._prefix}{here} route {verb} blackhole {ADDRESSES[there]}/32")

    def members(self) -> dict[str, dict]:
        """What Patroni knows of each database; empty where none answers."""
        for name in DATABASES:
            with suppress(OSError, ValueError, urllib.error.URLError):
                with urllib.request.urlopen(f"http://{ADDRESSES[name]}:8008/cluster", timeout=1) as answer:
                    found = json.load(answer)["members"]
                return {member["name"]: member for member in found}
        return {}

    def role(self, *names: str) -> str:
        """The database in the first of these roles that anybody has; empty where nobody has."""
        for member in self.members().values():
            if member["role"] in names and member["state"] in ("running", "streaming"):
                return str(member["name"])
        return ""

    def healthy(self, number: int = 3) -> bool:
        """Whether there is a primary, a synchronous replica, and every other follows."""
        found = self.members().values()
        roles = [member["role"] for member in found]
        lagging = [m for m in found if m["role"] != "leader" and m.get("lag") != 0]
        running = all(member["state"] in ("running", "streaming") for member in found)
        return (
            len(roles) == number and "leader" in roles and "sync_standby" in roles and running and not lagging
        )

    def on(self, machine: str, *statements: str, database: str = "postgres") -> str:
        """Run statements as the database's owner."""
        password = {"PGPASSWORD": self._values["SUPERUSER_PASSWORD"]}
        words = ["psql", "-qX", "-At", "-h", ADDRESSES[machine], "-U", "postgres", database]
        for statement in statements:
            words += ["-c", statement]
        return self.run(machine, words, env=plain() | password)

    def make_database(self) -> None:
        """The product's own role and database."""
        self.on(
            self.role("leader"),
            f"CREATE ROLE degreetrack LOGIN PASSWORD '{self._values['PASSWORD']}'",
            "ALTER ROLE degreetrack SET timezone = 'UTC'",
            "CREATE DATABASE degreetrack OWNER degreetrack",
        )

    def certificate(self) -> None:
        """A certificate of our own for the site."""
        pem, key = self.folder / "site.pem", self.folder / "site.key"
        words = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={SITE} -keyout {key} -out {pem}"
        subprocess.run(words.split(), check=True, stderr=subprocess.DEVNULL)
        pem.write_text(pem.read_text() + key.read_text())

    def patronictl(self, *words: str) -> str:
        """Tell Patroni something, as an administrator does."""
        config = str(self.folder / "db1" / "patroni.yml")
        return self.run("db1", ["patronictl", "-c", config, *words])


def wait_for(what: str, done: Callable[[], object], *, seconds: float) -> float:
    """Wait until something is so, and say how long it took; end the drill where it never is."""
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > seconds:
            raise SystemExit(f"In {seconds:.0f} s it did not come about: {what}")
        time.sleep(0.2)
    return time.monotonic() - began


def plain() -> dict[str, str]:
    """An environment without anything of whoever calls the drill."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def read_env(file: Path) -> dict[str, str]:
    """A file of settings as systemd reads it."""
    lines = [line.partition("=") for line in file.read_text(encoding="utf-8").splitlines()]
    return {name: value for name, _equals, value in lines if value and not name.startswith("#")}


def _ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True)
