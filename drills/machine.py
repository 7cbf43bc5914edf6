"""One machine in a folder: the files of deploy/single, with other folders and ports, really run."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
SINGLE = ROOT / "deploy" / "single"
HOST = "degrees.example.edu"
PG = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/lib/postgresql/none/bin"))
AS_POSTGRES = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Machine:
    """A machine as docs/deploy.md sets it up; `pace` stands for the three minutes between archivings."""

    def __init__(self, *, postgresql: bool, pace: int) -> None:
        self.postgresql, self.pace = postgresql, pace
        self.root = Path(tempfile.mkdtemp(prefix="degreetrack-restore-drill-"))
        self.root.chmod(0o755)
        self.https, self.http, self.web, self.sql = (free_port() for _ in range(4))
        self.etc = self.root / "etc"
        self.running: dict[str, subprocess.Popen] = {}
        for name in ("etc/tls", "etc/conf.d", "log", "var", "backups", "wal", "nginx", "units"):
            (self.root / name).mkdir(parents=True)
        self._keys()
        for file in SINGLE.glob("env/*.env"):
            (self.etc / file.name).write_text(self.rendered(file))
        for file in [*SINGLE.glob("*.service"), *SINGLE.glob("*.timer")]:
            (self.root / "units" / file.name).write_text(self.rendered(file))
        self._fill_in()

    def rendered(self, file: Path) -> str:
        """A file of deploy/single with this folder's places in it."""
        text = file.read_text(encoding="utf-8")
        for told, meant in (
            ("/opt/degreetrack", str(ROOT)),
            ("/etc/degreetrack", str(self.etc)),
            ("/var/lib/degreetrack", str(self.root / "var")),
            ("/var/backups/degreetrack-wal", str(self.root / "wal")),
            ("/var/backups/degreetrack", str(self.root / "backups")),
            ("/var/log/nginx", str(self.root / "log")),
            ("/var/www/acme", str(self.root / "acme")),
            ("127.0.0.1:8000", f"127.0.0.1:{self.web}"),
            ("--port 8000", f"--port {self.web}"),
            ("listen 80 ", f"listen 127.0.0.1:{self.http} "),
            ("listen 443 ", f"listen 127.0.0.1:{self.https} "),
            ("%2Frun%2Fpostgresql", quote(str(self.root / "pg"), safe="")),
            (":5432/", f":{self.sql}/"),
            (":PASSWORD@", "@"),
            ("180s", f"{self.pace}s"),
        ):
            text = text.replace(told, meant)
        return text

    def _keys(self) -> None:
        """The backups' key pair, another key, and a certificate for the host."""
        for name in ("key", "other-key"):
            self.run(["age-keygen", "-o", self.root / name])
        public = self.run(["age-keygen", "-y", self.root / "key"])
        (self.etc / "recipients").write_text(public)
        for name in ("key", "other-key"):
            (self.root / name).chmod(0o644)
        subject = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST},IP:127.0.0.1"]
        files = ["-keyout", self.etc / "tls" / "privkey.pem", "-out", self.etc / "tls" / "fullchain.pem"]
        self.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files])

    def _fill_in(self) -> None:
        """What docs/deploy.md tells the operator to fill in; Redis is not part of the drill."""
        file = self.etc / "degreetrack.env"
        text = file.read_text().replace("SECRET_KEY=\n", f"SECRET_KEY={os.urandom(36).hex()}\n")
        file.write_text(re.sub(r"^REDIS_URL=.*\n", "", text, flags=re.M) + "QUIET_HOURS=none\n")
        if not self.postgresql:
            for name in ("web", "worker", "owner", "backup"):
                (self.etc / f"{name}.env").write_text("")

    # Commands and units

    def run(
        self, command: list, *, env: dict | None = None, text: str | None = None, fails: bool = False
    ) -> str:
        """Run a command to its end and give what it said; it must end well, or badly where it `fails`."""
        done = self.try_to(command, env=env, text=text)
        if (done.returncode != 0) != fails:
            raise SystemExit(f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        return done.stderr if fails else done.stdout

    def try_to(
        self, command: list, *, env: dict | None = None, text: str | None = None
    ) -> subprocess.CompletedProcess:
        """Run a command that may end well or badly."""
        words = [str(word) for word in command]
        return subprocess.run(words, env=env, input=text, cwd=self.root, capture_output=True, text=True)

    def environment(self, *names: str, **more: str) -> dict[str, str]:
        """What a process sees that reads these files of /etc/degreetrack."""
        env = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "degreetrack.config.settings"}
        for name in names:
            for line in (self.etc / f"{name}.env").read_text().splitlines():
                if line and not line.startswith("#"):
                    key, _equals, value = line.partition("=")
                    env[key] = value.strip('"')
        return env | more

    def product(self, *words: object, role: str = "owner", fails: bool = False, **more: str) -> str:
        """`degreetrack ...` with the rights of a role of the database."""
        env = self.environment("degreetrack", role, **more)
        return self.run([ROOT / ".venv/bin/degreetrack", *words], env=env, fails=fails)

    def unit(self, name: str) -> tuple[list[str], dict[str, str]]:
        """A unit's own command and environment."""
        text = (self.root / "units" / f"degreetrack-{name}.service").read_text()
        told = re.findall(r"^(\w+)=(.*)$", text, re.M)
        files = [Path(value).stem for key, value in told if key == "EnvironmentFile"]
        command = shlex.split(next(value for key, value in told if key == "ExecStart"))
        postgres = ("User", "postgres") in told
        more = {
            "PGHOST": str(self.root / "pg"),
            "PGPORT": str(self.sql),
            "WAL_ENV": str(self.etc / "wal.env"),
        }
        env = self.environment(*files, **(more if postgres else {}))
        return [*(AS_POSTGRES if postgres else []), *command], env

    def once(self, name: str) -> str:
        """Run a unit that ends."""
        command, env = self.unit(name)
        return self.run(command, env=env)

    def start(self, name: str, command: list[str] | None = None, **more: str) -> None:
        """Start a unit that stays."""
        own, env = self.unit(name) if command is None else (command, self.environment("degreetrack", "web"))
        with (self.root / "log" / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                own, env=env | more, cwd=self.root, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, *names: str, how: int = signal.SIGKILL) -> None:
        """End units, with all their processes."""
        for name in names:
            process = self.running.pop(name, None)
            if process:
                os.killpg(process.pid, how)
                process.wait()

    # nginx

    def serve(self) -> None:
        """Start nginx with deploy/single/nginx.conf alone."""
        site = self.root / "nginx" / "degreetrack.conf"
        site.write_text(self.rendered(SINGLE / "nginx.conf"))
        whole = self.root / "nginx" / "nginx.conf"
        places = "".join(
            f"{what}_temp_path {self.root}/nginx/{what};"
            for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        whole.write_text(
            f"user root;\npid {self.root}/nginx/pid;\nerror_log {self.root}/log/nginx.log crit;\n"
            "daemon off;\nevents {}\n"
            f"http {{ {places} include {site}; }}\n"
        )
        self.run(["/usr/sbin/nginx", "-t", "-q", "-c", whole])
        self.start("nginx", ["/usr/sbin/nginx", "-c", str(whole)])

    def ask(self, path: str, *options: str, port: int | None = None) -> str:
        """What curl gets of the machine's own host; `-w` and the like may follow."""
        whole = port or self.https
        scheme = "http" if port else "https"
        always = ["--silent", "--cacert", self.etc / "tls" / "fullchain.pem"]
        where = ["--resolve", f"{HOST}:{whole}:127.0.0.1", f"{scheme}://{HOST}:{whole}{path}"]
        return self.run(["curl", *always, *options, *where])

    def wait_until_it_serves(self) -> None:
        """Until the web answers, with its database, for a minute at most."""
        for _ in range(240):
            said = subprocess.run(
                ["curl", "--silent", "--header", f"Host: {HOST}", "--header", "X-Forwarded-Proto: https",
                 f"http://127.0.0.1:{self.web}/readyz"],
                capture_output=True, text=True,
            ).stdout  # fmt: skip
            if said == "ok\n":
                return
            time.sleep(0.25)
        raise SystemExit(f"the web does not answer: {(self.root / 'log' / 'web.log').read_text()[-3000:]}")

    # PostgreSQL, its configuration apart from its data as Debian has it

    def make_postgresql(self) -> Path:
        """A new, empty cluster of databases with deploy/single/postgresql.conf."""
        data, conf = self.root / "pg" / "data", self.root / "pg" / "conf"
        conf.mkdir(parents=True)
        for folder in (self.root / "pg", conf, self.root / "wal"):
            if AS_POSTGRES:
                shutil.chown(folder, "postgres")
        made = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        self.run([*AS_POSTGRES, PG / "initdb", "-D", data, *made])
        lines = [
            f"data_directory = '{data}'", f"hba_file = '{data}/pg_hba.conf'",
            f"ident_file = '{data}/pg_ident.conf'", f"port = {self.sql}", "listen_addresses = '127.0.0.1'",
            f"unix_socket_directories = '{self.root / 'pg'}'",
            "log_timezone = 'UTC'", f"include_dir = '{self.etc / 'conf.d'}'",
        ]  # fmt: skip
        (conf / "postgresql.conf").write_text("\n".join(lines) + "\n")
        (self.etc / "conf.d" / "degreetrack.conf").write_text(self.rendered(SINGLE / "postgresql.conf"))
        self.start_postgresql()
        return data

    def start_postgresql(self) -> None:
        """Start it and wait until it takes connections."""
        env = self.environment(WAL_ENV=str(self.etc / "wal.env"))
        log = self.root / "pg" / "log"
        start = [PG / "pg_ctl", "-D", self.root / "pg" / "conf", "-l", log, "-w", "-t", "120", "start"]
        with Path(os.devnull).open("w") as nothing:
            done = subprocess.run(
                [*AS_POSTGRES, *map(str, start)], env=env, cwd="/", stdout=nothing, stderr=nothing
            )
        if done.returncode:
            raise SystemExit(log.read_text()[-4000:])

    def kill_postgresql(self) -> None:
        """As if the power went."""
        pid = int((self.root / "pg" / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)
        for _ in range(100):
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.1)

    def psql(
        self, text: str, *, database: str = "degreetrack", role: str = "postgres", fails: bool = False
    ) -> str:
        """What psql says to a script, with a role's rights."""
        options = [
            "-XAtq",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            self.sql,
            "-U",
            role,
            "-d",
            database,
        ]
        return self.run(["psql", *options], text=text, fails=fails, env=self.environment()).strip()

    def end(self) -> None:
        """Stop everything and delete the folder."""
        self.kill(*list(self.running), how=signal.SIGTERM)
        if (self.root / "pg" / "data" / "postmaster.pid").exists():
            stop = [PG / "pg_ctl", "-D", self.root / "pg" / "conf", "-m", "immediate", "stop"]
            subprocess.run([*AS_POSTGRES, *map(str, stop)], stdout=subprocess.DEVNULL, cwd="/")
        shutil.rmtree(self.root, ignore_errors=True)
