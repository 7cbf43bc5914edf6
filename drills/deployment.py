"""deploy/single in a drill: set up as docs/deploy.md tells, and each file asked whether it holds."""

import re
import time

from drills.machine import ROOT, Machine
from drills.report import Report

PASSWORD = "correct-horse-9-of-the-drill"


def set_up(machine: Machine) -> None:
    """From nothing to a university that is served, as docs/deploy.md tells."""
    if machine.postgresql:
        machine.make_postgresql()
        give_roles(machine, "degreetrack", new=True)
    machine.product("migrate", "-v0")
    machine.product("load-demo", "--applications", "150", DEMO="1")
    make = f"create_user('examiner', password={PASSWORD!r}, section_id='scrutiny', is_staff=True)"
    machine.product(
        "shell", "-v0", "-c", f"from degreetrack.accounts.models import User; User.objects.{make}"
    )
    machine.product("collectstatic", "--noinput", "-v0")
    if machine.postgresql:
        give_roles(machine, "degreetrack")
    machine.start("web")
    machine.start("worker")
    machine.serve()
    machine.wait_until_it_serves()


def give_roles(machine: Machine, database: str, *, new: bool = False) -> None:
    """deploy/roles.sql in a database, which is made before where it is new."""
    if new:
        machine.psql(f"CREATE DATABASE {database}", database="postgres")
    machine.psql((ROOT / "deploy" / "roles.sql").read_text(), database=database)


def check_units(machine: Machine, report: Report) -> None:
    """systemd reads the units, and says how much each is shut in."""
    report.title("Units (systemd-analyze)")
    units = sorted((machine.root / "units").iterdir())
    machine.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units])
    report.say("verify", f"{len(units)} units")
    for unit in units:
        if unit.suffix == ".service":
            said = machine.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit])
            exposure = re.search(r"exposure level for \S+ ([0-9.]+)", said)[1]
            report.say(f"exposure of {unit.stem}, at most 3.0", exposure, fits=float(exposure) <= 3)


def check_proxy(machine: Machine, report: Report, tracking_id: str) -> None:
    """nginx with deploy/single/nginx.conf."""
    report.title("nginx")
    code = ("-o", "/dev/null", "-w", "%{http_code}")
    big = machine.root / "big"
    big.write_bytes(bytes(7_000_000))
    post = ("--form", f"files=@{big}")
    version = machine.ask("/", "-o", "/dev/null", "-w", "%{http_code} %{http_version}")
    report.same("the home page, by HTTP/2 with TLS", version, "200 2")
    report.same("without TLS: sent on", machine.ask("/", *code, port=machine.http), "301")
    report.same("another host's name", machine.ask("/", *code, "-H", "Host: evil.example"), "421")
    report.same("/metrics from outside", machine.ask("/metrics", *code), "404")
    report.same("7 MB where no papers are given", machine.ask("/staff/login/", *post, *code), "413")
    report.same(
        "7 MB where papers are given: reaches the product", machine.ask("/my/documents/", *post, *code), "403"
    )
    cookies = machine.ask("/staff/login/", "-o", "/dev/null", "-D", "-")
    report.say("cookies are for HTTPS alone", "Secure", fits="Secure" in cookies and "HttpOnly" in cookies)
    machine.ask(f"/status/{tracking_id}/", *code)
    answers = machine.ask("/healthz?[1-400]", "--parallel", "-o", "/dev/null", "-w", "%{http_code}\n").split()
    report.say(
        "400 requests at once: the outer wall", f"{answers.count('429')} refused", fits="429" in answers
    )
    log = (machine.root / "log" / "degreetrack.log").read_text()
    report.same(
        "its log tells no page and no address", (tracking_id in log, "127.0.0.1" in log), (False, False)
    )
    time.sleep(4)


def check_away(machine: Machine, report: Report) -> None:
    """The product is down, the proxy is not."""
    said = machine.ask("/in-process/", "-D", "-")
    found = (said.splitlines()[0].strip(), "retry-after: 60" in said, "Back in a moment" in said)
    report.same("the product is down", found, ("HTTP/2 503", True, True))


def check_roles(machine: Machine, report: Report) -> None:
    """What the database refuses to the roles that serve."""
    report.title("Roles of the database (deploy/roles.sql)")
    refused = "permission denied for table journal_entry"
    for role, query, why in (
        ("web", "UPDATE journal_entry SET reason = ''", refused),
        ("web", "DELETE FROM journal_entry", refused),
        ("web", "TRUNCATE journal_entry", refused),
        ("web", "ALTER TABLE journal_entry DISABLE TRIGGER ALL", "must be owner of table journal_entry"),
        ("web", "DROP TABLE journal_entry", "must be owner of table journal_entry"),
        ("web", "DELETE FROM fees_posting", "permission denied for table fees_posting"),
        ("web", "CREATE TABLE mine (id int)", "permission denied for schema public"),
        ("worker", "UPDATE journal_entry SET reason = ''", "the journal is append-only"),
        ("worker", "DELETE FROM journal_seal", "permission denied for table journal_seal"),
        ("backup", "DELETE FROM django_session", "permission denied for table django_session"),
    ):  # fmt: skip
        said = machine.psql(query, role=f"degreetrack_{role}", fails=True)
        report.say(f"{role}: {query}", why, fits=why in said)
    machine.psql("CREATE TABLE journal_of_a_month (id int)", role="degreetrack_owner")
    said = machine.psql("DELETE FROM journal_of_a_month", role="degreetrack_web", fails=True)
    machine.psql("INSERT INTO journal_of_a_month VALUES (1)", role="degreetrack_web")
    machine.psql("DROP TABLE journal_of_a_month", role="degreetrack_owner")
    report.say("web: a new table can be added to, not deleted from", "", fits="permission denied" in said)
