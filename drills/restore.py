"""make drill-restore: a university is served, backed up, destroyed and restored; what differs ends with 1.

On SQLite and on PostgreSQL, with the files of deploy/single. Three minutes of production are PACE seconds.
"""

import json
import re
import shutil
import signal
import sys
import time
from hashlib import sha256
from pathlib import Path

import requests

from drills.deployment import (
    PASSWORD,
    check_away,
    check_proxy,
    check_roles,
    check_units,
    give_roles,
    set_up,
)
from drills.machine import AS_POSTGRES, HOST, ROOT, SINGLE, Machine
from drills.pacing import PACE, Load, Timer
from drills.report import Report

PRODUCTION = 180
SECOND = "postgres://degreetrack_owner@127.0.0.1:{}/second"


def status_page(machine: Machine, tracking_id: str) -> str:
    """The words of a status page."""
    main = re.search(r"<main.*</main>", machine.ask(f"/status/{tracking_id}/"), re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main[0])) if main else "no page"


def signs_in(machine: Machine) -> bool:
    """The staff's user signs in with name, password and captcha, and sees a page of the desk."""
    browser = requests.Session()
    browser.trust_env = False
    browser.verify = str(machine.etc / "tls" / "fullchain.pem")
    browser.headers.update({"Host": HOST, "Referer": f"https://{HOST}/staff/login/"})
    site = f"https://127.0.0.1:{machine.https}"
    form = dict(
        re.findall(
            r'name="(csrfmiddlewaretoken|captcha)" value="([^"]+)"', browser.get(f"{site}/staff/login/").text
        )
    )
    ask = "import sys; from degreetrack.web.captcha import digits; print(digits(sys.stdin.read()))"
    env = machine.environment("degreetrack", "web")
    digits = machine.run(
        [ROOT / ".venv/bin/python", "-c", f"import django; django.setup(); {ask}"],
        env=env,
        text=form["captcha"],
    )
    typed = {"username": "examiner", "password": PASSWORD, "remember": "nothing", "digits": digits.strip()}
    browser.post(f"{site}/staff/login/", data=form | typed, allow_redirects=False)
    return browser.get(f"{site}/staff/sessions/", allow_redirects=False).status_code == 200


def check_served(machine: Machine, report: Report, pages: dict[str, str]) -> None:
    """The restored place is served: its staff sign in, its pages say what they said."""
    report.say("a member of staff signs in", "yes", fits=signs_in(machine))
    for tracking_id, words in pages.items():
        report.say(
            f"status page of {tracking_id}", "as before", fits=status_page(machine, tracking_id) == words
        )


def check_papers(report: Report, folder: Path, papers: list[dict]) -> None:
    """A sample of papers, byte for byte."""
    whole = [
        p
        for p in papers
        if sha256((folder / "documents" / p["paper"]).read_bytes()).hexdigest() == p["sha256"]
    ]
    report.same("papers of the sample with their checksum", len(whole), len(papers))


def check_loss(
    report: Report, acknowledged: list[dict], found: set[str], *, key: str, killed: float, what: str
) -> None:
    """How many seconds of what was acknowledged are gone, here and at production's pace."""
    lost = [one for one in acknowledged if one[key] not in found]
    seconds = killed - min((one["at"] for one in lost), default=killed)
    holes = [one for one in acknowledged if one["at"] < killed - seconds and one[key] not in found]
    told = f"{len(lost)} of {len(acknowledged)}, the last {seconds:.1f} s; at a pace of {PACE} s"
    report.say(f"{what} lost", told, fits=not holes)
    over = max(0.0, seconds - PACE)
    bound = PRODUCTION + over
    report.say("  in production: 180 s, and what it was beyond the pace", f"{bound:.1f} s", fits=bound <= 300)


def check_harmed(machine: Machine, report: Report) -> None:
    """What is cut off, changed, missing or for another key is refused."""
    target, key = machine.root / "backups", machine.root / "key"
    [newest] = sorted(target.glob("*Z"))[-1:]
    paper = next((target / "papers").glob("*/*.age"))
    for what, file in (("the database", newest / "database.age"), ("a paper", paper)):
        data = file.read_bytes()
        harms = [("cut off", data[:-100]), ("changed", data[:500] + b"\0\1\2" + data[503:])]
        for how, harmed in harms[: 1 if machine.postgresql else 2]:
            file.write_bytes(harmed)
            said = machine.product("restore", newest, "--identity", key, "--check", fails=True)
            report.say(
                f"{what} {how}: refused", "names the file", fits=str(file) in said and "damaged" in said
            )
        file.write_bytes(data)
    said = machine.product("restore", newest, "--identity", machine.root / "other-key", "--check", fails=True)
    report.say("another key: refused", said.strip()[-48:], fits="made for another key" in said)
    said = machine.product("restore", newest, "--identity", key, fails=True)
    report.say("a place that is not empty: refused", "left as it is", fits="is not empty" in said)


def drill(*, postgresql: bool, report: Report) -> None:
    """Serve, back up under load, destroy, restore, compare."""
    machine = Machine(postgresql=postgresql, pace=PACE)
    try:
        report.title(f"===== {'PostgreSQL' if postgresql else 'SQLite'} =====")
        set_up(machine)
        load = Load(machine)
        early = load.acknowledged(least=3)
        if postgresql:
            check_units(machine, report)
            check_proxy(machine, report, early[0]["id"])
            check_roles(machine, report)
        before_disaster(machine, report, load)
    finally:
        machine.end()


def before_disaster(machine: Machine, report: Report, load: Load) -> None:
    """Back up while work goes on; then everything is killed and deleted."""
    report.title("Backups while work goes on")
    if machine.postgresql:
        machine.once("base")
        report.say("degreetrack-base.service", "done")
    timer = Timer(machine)
    sample = load.acknowledged()
    pages = {one["id"]: status_page(machine, one["id"]) for one in sample[:3]}
    report.say("degreetrack-backup.service", machine.once("backup").splitlines()[0].split(": ")[1])
    check_harmed(machine, report)
    # Two paces more, so that what is lost is what the pace loses.
    load.acknowledged(least=len(load.acknowledged()) + 2)
    time.sleep(2 * PACE)
    while left_until_kept(machine, timer) > 1:
        time.sleep(0.1)
    timer.stop()
    killed = time.time()
    machine.kill("web", "worker", "writer")
    acknowledged = [one for one in load.acknowledged() if one["at"] <= killed]
    if machine.postgresql:
        machine.kill_postgresql()
        shutil.rmtree(machine.root / "pg" / "data")
    timer.end()
    report.same("degreetrack-quick.service, again and again: failed", timer.failed, "")
    nightly = sorted((machine.root / "backups").glob("*Z"))
    shutil.rmtree(machine.root / "var")
    check_away(machine, report)
    if machine.postgresql:
        after_disaster_by_wal(machine, report, acknowledged, killed, pages)
    after_disaster(machine, report, acknowledged, killed, pages, nightly[-1])


def left_until_kept(machine: Machine, timer: Timer) -> float:
    """Seconds until what was written last is kept elsewhere: the worst moment is just before."""
    if not machine.postgresql:
        return timer.left()
    newest = max(file.stat().st_mtime for file in (machine.root / "wal" / "wal").glob("*.age"))
    return PACE - (time.time() - newest)


def after_disaster_by_wal(
    machine: Machine, report: Report, acknowledged: list[dict], killed: float, pages: dict[str, str]
) -> None:
    """PostgreSQL from its base and its WAL archive, with the papers copied every three minutes."""
    report.title("Restored from the base, the WAL archive and the papers")
    data, key = machine.root / "pg" / "data", machine.root / "key"
    script = [*AS_POSTGRES, SINGLE / "restore-postgresql", data, key]
    env = machine.environment(WAL_ENV=str(machine.etc / "wal.env"))
    segment = sorted((machine.root / "wal" / "wal").glob("*.age"))[-1]
    whole = segment.read_bytes()
    segment.write_bytes(whole[:-200])
    said = machine.run(script, env=env, fails=True)
    report.say(
        "a segment cut off: refused",
        said.strip()[-45:],
        fits=f"{segment} is damaged" in said and not data.exists(),
    )
    segment.write_bytes(whole)
    begun = time.monotonic()
    machine.run(script, env=env)
    machine.start_postgresql()
    for _ in range(600):
        if machine.psql("SELECT pg_is_in_recovery()") == "f":
            break
        time.sleep(0.1)
    told = papers_brought_back(machine)
    report.say("base and WAL replayed, papers brought back, in", f"{time.monotonic() - begun:.1f} s")
    report.say("papers", told)
    found = set(machine.psql("SELECT tracking_id FROM applications_application").splitlines())
    check_loss(report, acknowledged, found, key="id", killed=killed, what="applications")
    folder = machine.root / "var" / "documents"
    stored = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    check_loss(report, acknowledged, stored, key="paper", killed=killed, what="papers")
    check_papers(report, machine.root / "var", [one for one in acknowledged if one["paper"] in stored])
    report.say("journal", machine.product("verify-journal").strip())
    machine.start("web")
    machine.wait_until_it_serves()
    check_served(machine, report, pages)
    machine.kill("web")


def papers_brought_back(machine: Machine) -> str:
    """`restore --papers`, which tells by its end whether rows name papers that were never copied."""
    words = ["restore", machine.root / "backups", "--identity", machine.root / "key", "--papers"]
    env = machine.environment("degreetrack", "owner")
    done = machine.try_to([ROOT / ".venv/bin/degreetrack", *words], env=env)
    return f"{done.stdout.strip()} {done.stderr.strip()[:70]}"


def after_disaster(
    machine: Machine, report: Report, acknowledged: list[dict],
    killed: float, pages: dict[str, str], folder: Path,
) -> None:  # fmt: skip
    """`degreetrack restore` of the newest whole backup into an empty place."""
    report.title(f"Restored by `degreetrack restore` from {folder.name}")
    more = {"VAR_DIR": str(machine.root / "second")}
    if machine.postgresql:
        give_roles(machine, "second", new=True)
        more["DATABASE_URL"] = SECOND.format(machine.sql)
    begun = time.monotonic()
    machine.product("restore", folder, "--identity", machine.root / "key", **more)
    report.say("restored, compared and the chain verified in", f"{time.monotonic() - begun:.1f} s")
    manifest = json.loads((folder / "manifest.json").read_text())
    counts = counted(machine, manifest["database"]["tables"], **more)
    report.same(
        "tables with the same count",
        sum(counts[n] == m for n, m in manifest["database"]["tables"].items()),
        len(counts),
    )
    for name in ("applications_application", "journal_entry", "notifications_notice", "documents_page"):
        report.same(f"  {name}", counts[name], manifest["database"]["tables"][name])
    report.say("journal", machine.product("verify-journal", **more).strip())
    stored = {
        path.relative_to(machine.root / "second" / "documents").as_posix()
        for path in (machine.root / "second" / "documents").rglob("*.*")
    }
    report.same("papers in the store, as many as rows name", len(stored), counts["documents_page"])
    check_papers(report, machine.root / "second", [one for one in acknowledged if one["paper"] in stored])
    if not machine.postgresql:
        check_loss(
            report, acknowledged, stored, key="paper", killed=killed, what="applications with their papers"
        )
    if machine.postgresql:
        give_roles(machine, "second")
        more["DATABASE_URL"] = more["DATABASE_URL"].replace("_owner", "_web")
    machine.start("web", **more)
    machine.wait_until_it_serves()
    check_served(machine, report, pages)


def counted(machine: Machine, names: dict[str, int], **more: str) -> dict[str, int]:
    """The rows of each table, counted one by one."""
    ask = (
        "import json; from django.db import connection; c = connection.cursor();"
        " count = lambda n: c.execute(f'SELECT COUNT(*) FROM {n}') and c.fetchone()[0];"
        f" print(json.dumps({{n: count(n) for n in {list(names)!r}}}))"
    )
    return json.loads(machine.product("shell", "-v0", "-c", ask, **more))


def main() -> int:
    """Both databases, or the one that is named."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    report, begun = Report(), time.monotonic()
    chosen = sys.argv[1:] or ["sqlite", "postgresql"]
    for postgresql in [name == "postgresql" for name in chosen]:
        drill(postgresql=postgresql, report=report)
    report.title(
        f"{'Passed' if not report.wrong else f'{report.wrong} WRONG'}, in {time.monotonic() - begun:.0f} s"
    )
    return int(report.wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
