"""What must hold after any number of kills, asked of the rows; each check names what it found wrong."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from django.db.models import Count, F, Q

from degreetrack.applications.lifecycle import MOVES
from degreetrack.applications.models import Application, Batch, BatchRow, Draft, Objection, Redue
from degreetrack.applications.models import ForecastDay as Day
from degreetrack.credentials.balance import check_stock
from degreetrack.documents.models import Document, Page, store
from degreetrack.fees.ledger import check_ledger
from degreetrack.fees.models import Challan, Payment
from degreetrack.journal.models import Entry
from degreetrack.journal.verification import verify
from degreetrack.notifications.models import OPEN, Channel, Fate, Incoming, Notice
from degreetrack.notifications.sms_text import GSM7, split

Line = tuple[str, str]


def acknowledged(done: list[tuple[str, Any]]) -> Iterator[str]:
    """Each thing of which somebody was told that it is done is there."""
    moves = Counter((f"application/{pk}", verb) for what, (pk, verb) in _of(done, "move"))
    made = Counter(Entry.objects.filter(stream__startswith="application/").values_list("stream", "verb"))
    yield from (f"told of {verb} of {stream}, not there" for stream, verb in moves - made)
    keys = {
        "payment": set(Payment.objects.values_list("reference", flat=True)),
        "challan": set(Draft.objects.exclude(challan_no="").values_list("pk", flat=True)),
        "batch": set(Batch.objects.values_list("pk", flat=True)),
        "paper": set(Document.objects.values_list("student_id", "requirement_id")),
        "answer": set(Objection.objects.exclude(answer="").values_list("pk", flat=True)),
    }
    for what, there in keys.items():
        yield from (
            f"told of {what} {which}, not there" for _what, which in _of(done, what) if which not in there
        )


def _of(done: list[tuple[str, Any]], what: str) -> list[tuple[str, Any]]:
    return [one for one in done if one[0] == what]


def half_moves() -> Iterator[str]:
    """The journal's moves, done again by the table, end where each row says that it stands."""
    stands = {row.stream: row for row in Application.objects.iterator(2000)}
    told = Entry.objects.filter(stream__startswith="application/").order_by("stream", "sequence")
    for stream, entries in groupby(told.iterator(2000), key=lambda entry: entry.stream):
        row, state, since = stands.pop(stream, None), "", None
        for entry in entries:
            to = entry.data["after"].get("state")
            if not to:
                continue
            line = MOVES.get(entry.verb)
            legal = entry.verb == "adopt" or (line and (state in line.from_ if line.from_ else not state))
            if not legal or (line and line.to != to) or entry.data["before"].get("state", "") != state:
                yield f"{stream} #{entry.sequence}: {entry.verb} from {state or 'nothing'} to {to}"
            if to != state:
                since = entry.at
            state = to
        if row is None:
            yield f"{stream}: a history without an application"
        elif (row.state, row.state_since) != (state, since):
            yield f"{stream}: stands at {row.state}, its history at {state}"
    yield from (f"{stream}: an application without a history" for stream in stands)


def news_of_moves() -> Iterator[str]:
    """Each notifying move has queued its news with itself: rows and journal agree, move by move."""
    queued = {row.pk: row for row in Notice.objects.all()}
    verbs = {move.verb for move in MOVES.values() if move.tells}
    to = {row.stream: bool(row.mobile) + bool(row.email) for row in Application.objects.iterator(2000)}
    told = Entry.objects.filter(verb="notice")
    for entry in told.iterator(2000):
        if entry.data["after"]["notice"] not in queued:
            yield f"{entry.stream} #{entry.sequence}: its notice is not in the outbox"
    known = set(told.values_list("data__after__notice", flat=True))
    yield from (f"notice {pk}: not in the journal" for pk in queued.keys() - known)
    sent = Counter((row.stream, row.template) for row in queued.values())
    made = Entry.objects.filter(stream__startswith="application/", verb__in=verbs, at__gte=_first_notice())
    for stream, verb, times in made.values_list("stream", "verb").annotate(n=Count("pk")).order_by():
        if sent[stream, verb] != times * to.get(stream, 0):
            yield f"{stream}: {times} times {verb}, {sent[stream, verb]} notices of it"


def _first_notice() -> Any:
    return Notice.objects.order_by("queued_at").values_list("queued_at", flat=True)[0]


def unfinished() -> Iterator[str]:
    """Nothing is held for ever, nothing is stuck."""
    for name, rows in {
        "notice under way": Notice.objects.filter(fate__in=OPEN),
        "notice lost": Notice.objects.filter(fate__in=(Fate.FAILED, Fate.EXPIRED)),
        "payment not followed": Payment.objects.filter(followed_at=None),
        "payment left to a person": Payment.objects.filter(needs_person=True),
        "SMS not answered": Incoming.objects.filter(answered_at=None),
        "change of targets half followed": Redue.objects.filter(done=False),
        "forecasts half made": Day.objects.filter(done=False),
        "batch under way": Batch.objects.filter(finished_at=None, stopped_at=None),
        "file of a finished batch waiting": BatchRow.objects.filter(fate="waiting", batch__stopped_at=None),
    }.items():
        yield from (f"{name}: {row.pk}" for row in rows)
    for batch in Batch.objects.annotate(n=Count("rows")).exclude(n=F("total")):
        yield f"batch {batch.pk}: {batch.total} files, {batch.n} rows"


def moves_of_batches() -> Iterator[str]:
    """A file of a batch was moved by it once where its row says so, and never where it does not."""
    rows = BatchRow.objects.filter(fate="done").values_list("batch_id", "application_id")
    wanted = Counter((batch, f"application/{pk}") for batch, pk in rows)
    told = Entry.objects.filter(data__after__batch__isnull=False).values_list("data__after__batch", "stream")
    made = Counter(told)
    yield from (f"batch {batch}: {stream} {made[batch, stream]} times" for batch, stream in wanted - made)
    yield from (f"batch {batch}: {stream} moved, its row says not" for batch, stream in made - wanted)


def paid_applications() -> Iterator[str]:
    """Each challan that is paid has made its application, once."""
    for challan in Challan.objects.filter(settled_at__isnull=False):
        draft = Draft.objects.filter(challan_no=challan.number).first()
        if draft is None or draft.application is None:
            yield f"challan {challan.number}: paid, no application"
    twice = Application.objects.exclude(challan_no="").values("challan_no").annotate(n=Count("pk"))
    yield from (f"challan {row['challan_no']}: {row['n']} applications" for row in twice.filter(n__gt=1))


def papers() -> Iterator[str]:
    """No row without its file, no document without pages."""
    for page in Page.objects.iterator():
        if not store().exists(str(page.file)) or store().size(str(page.file)) != page.bytes:
            yield f"page {page.pk}: its file is not there, or not whole"
    yield from (f"document {row.pk}: no page" for row in Document.objects.filter(pages=None))


def arrived(file: Path) -> list[Line]:
    """Of each message: the connection that it came by, which one worker had, and its words."""
    return [(link, words) for link, _, words in (one.partition(" ") for one in file.read_text().splitlines())]


def by_mail(lines: list[Line]) -> tuple[list[Line], Counter[str]]:
    """What arrived and what was to arrive, by Message-ID."""
    came = [(link, found[1]) for link, words in lines if (found := re.search(r"Message-ID: (<\S+>)", words))]
    wanted = Notice.objects.filter(channel=Channel.EMAIL, fate__in=(Fate.SENT, Fate.DELIVERED))
    return came, Counter(wanted.values_list("provider_id", flat=True))


def by_sms(lines: list[Line]) -> tuple[list[Line], Counter[str]]:
    """What arrived and what was to arrive, by the words of each part."""
    wanted: Counter[str] = Counter()
    sent = Notice.objects.filter(channel=Channel.SMS, fate__in=(Fate.SENT, Fate.DELIVERED))
    for body in sent.values_list("body", flat=True).iterator():
        coding, parts = split(body)
        # As the centre reads and writes them.
        texts = [raw.decode("latin-1" if coding == GSM7 else "utf-16-be") for raw in parts]
        wanted.update(" ".join(text.split()) for text in texts)
    return [(link, " ".join(words.split())) for link, words in lines], wanted


def doubled(came: list[Line], wanted: Counter[str]) -> Counter[str]:
    """How many messages of each connection came once more than they should, by another."""
    links: defaultdict[str, list[str]] = defaultdict(list)
    for link, words in came:
        links[words].append(link)
    found: Counter[str] = Counter()
    for words, these in links.items():
        found.update(these[: max(0, len(these) - max(1, wanted[words]))])
    return found


def whole() -> dict[str, list[str]]:
    """Every check that needs nothing but the rows."""
    return {
        "half moves: journal against rows": list(half_moves()),
        "news of moves: journal against outbox": list(news_of_moves()),
        "the journal's chains and seals": verify(),
        "the fees' ledger": check_ledger(),
        "stock of blanks": list(check_stock()),
        "bulk moves: rows against journal": list(moves_of_batches()),
        "paid challans without their application": list(paid_applications()),
        "pages without their file": list(papers()),
        "leases that never end, work left stuck": list(unfinished()),
        "two open applications for one thing": list(_open_twice()),
    }


def _open_twice() -> Iterator[str]:
    ended = Q(state__in=("delivered", "rejected", "withdrawn"))
    rows = Application.objects.exclude(ended).values("result", "kind", "issue").annotate(n=Count("pk"))
    yield from (f"result {row['result']}: {row['n']} open" for row in rows.filter(n__gt=1))
