"""Every address of the desk, from the URL table itself: who reads it, who acts there, who is turned away.

A page that is in the table of addresses and not in this one fails the test on the day it is born.
Strangers, applicants and other offices are in test_whole_site.py.
"""

import re

import pytest
from django.urls import URLPattern

from degreetrack.accounts.models import Role
from degreetrack.applications.models import Application
from degreetrack.journal.services import timeline
from degreetrack.web.desk import sign_in_urls, urls

pytestmark = pytest.mark.django_db
R = Role
STAFF = frozenset(role for role in Role if role not in (R.APPLICANT, R.CLOCK, R.LEDGER))
OVER_ALL = frozenset({R.CONTROLLER, R.AUDITOR})
STOCK, RUNS, LISTS = OVER_ALL | {R.PRINTING}, OVER_ALL | {R.PRINTING, R.SIGNATURE}, OVER_ALL | {R.DISPATCH}
COUNTERS = frozenset({R.RECEIPT, R.REGIONAL})
CHECKERS = frozenset({R.SCRUTINY, R.VERIFICATION, R.APPROVAL})
NOBODY: frozenset[Role] = frozenset()

# Name: who reads the page, who acts on it by POST. Where it is STAFF, the service refuses by file and move.
MATRIX: dict[str, tuple[frozenset[Role], frozenset[Role]]] = {
    "home": (STAFF, NOBODY),
    "worklist": (STAFF, NOBODY),
    "labels": (STAFF, NOBODY),
    "keys": (STAFF, STAFF),
    "batches": (STAFF, NOBODY),
    "batch": (STAFF, NOBODY),
    "batch-refused": (STAFF, NOBODY),
    "batch-steer": (NOBODY, STAFF),
    "save-view": (NOBODY, STAFF),
    "delete-view": (NOBODY, STAFF),
    "bulk": (NOBODY, STAFF),
    "assign": (NOBODY, STAFF),
    "next": (NOBODY, STAFF),
    "search": (STAFF, STAFF),
    "case": (STAFF, NOBODY),
    "slip": (STAFF, NOBODY),
    "cover": (STAFF, NOBODY),
    "compare": (STAFF, NOBODY),
    "document_page": (STAFF, NOBODY),
    "move": (NOBODY, STAFF),
    "wish": (NOBODY, STAFF),
    "hand-back": (NOBODY, STAFF),
    "reply": (NOBODY, STAFF),
    "check-papers": (NOBODY, STAFF),
    "sighted": (NOBODY, STAFF),
    "propose": (NOBODY, STAFF),
    "questions": (STAFF, NOBODY),
    "wordings": (STAFF, NOBODY),
    "wording": (frozenset({R.CONTROLLER}), frozenset({R.CONTROLLER})),
    "scan": (STAFF, STAFF),
    "scan-choose": (NOBODY, STAFF),
    "scan-undo": (NOBODY, STAFF),
    "scan-new": (NOBODY, STAFF),
    "proposals": (CHECKERS, NOBODY),
    "proposal-decide": (NOBODY, STAFF),
    "receive": (COUNTERS, COUNTERS),
    "notice-again": (NOBODY, COUNTERS),
    "contacts": (COUNTERS, NOBODY),
    "contact-decide": (NOBODY, STAFF),
    "notices": (OVER_ALL | {R.RECEIPT}, NOBODY),
    "payments": (OVER_ALL | {R.RECEIPT}, NOBODY),
    "payment-decide": (NOBODY, frozenset({R.RECEIPT, R.CONTROLLER})),
    "late": (OVER_ALL | {R.SUPERVISOR}, NOBODY),
    "late-acknowledge": (NOBODY, OVER_ALL | {R.SUPERVISOR}),
    "figures": (OVER_ALL, NOBODY),
    "figures-file": (OVER_ALL, NOBODY),
    "aside": (OVER_ALL | {R.SUPERVISOR}, NOBODY),
    "aside-again": (NOBODY, STAFF),
    "audit": (OVER_ALL, OVER_ALL),
    "audit-export": (NOBODY, OVER_ALL),
    "stock": (STOCK, NOBODY),
    "stock-lot": (STOCK, NOBODY),
    "stock-receive": (NOBODY, frozenset({R.PRINTING})),
    "stock-void": (NOBODY, frozenset({R.PRINTING})),
    "runs": (RUNS, NOBODY),
    "run": (RUNS, NOBODY),
    "run-signatures": (RUNS, NOBODY),
    "run-start": (NOBODY, frozenset({R.PRINTING})),
    "run-printed": (NOBODY, frozenset({R.PRINTING})),
    "run-spoil": (NOBODY, frozenset({R.PRINTING})),
    "run-blank": (NOBODY, frozenset({R.PRINTING})),
    "run-close": (NOBODY, frozenset({R.PRINTING})),
    "run-sign": (NOBODY, frozenset({R.SIGNATURE})),
    "manifests": (LISTS, NOBODY),
    "manifest": (LISTS, NOBODY),
    "manifest-csv": (LISTS, NOBODY),
    "manifest-pdf": (LISTS, NOBODY),
    "post-file-rejected": (LISTS, NOBODY),
    "manifest-start": (NOBODY, frozenset({R.DISPATCH})),
    "manifest-deliveries": (NOBODY, frozenset({R.DISPATCH})),
    "manifest-number": (NOBODY, frozenset({R.DISPATCH})),
    "manifest-numbers": (NOBODY, frozenset({R.DISPATCH})),
    "manifest-off": (NOBODY, frozenset({R.DISPATCH})),
    "manifest-close": (NOBODY, frozenset({R.DISPATCH})),
}
DESK = [pattern for pattern in urls.urlpatterns if pattern not in sign_in_urls.urlpatterns]
SAMPLES = {
    "state": "received", "verb": "check", "name": "address", "which": "chosen", "how": "stop", "form": "csv",
    "language": "en", "channel": "sms", "decision": "attend",
}  # fmt: skip
OF_PAGE = {"wording": {"name": "approve"}, "figures-file": {"name": "backlog"}}
OF_PAGE |= {"proposal-decide": {"decision": "accept"}}


def _path(pattern: URLPattern, tracking_id: str) -> str:
    values = SAMPLES | {"tracking_id": tracking_id} | OF_PAGE.get(str(pattern.name), {})
    route = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", str(pattern.pattern)).strip("^$")
    return "/staff/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda named: str(values.get(named[1], 1)), route)


def _done(application: Application) -> list[str]:
    return [entry.verb for entry in timeline(application.stream) if entry.verb != "view"]


# Before the door: for everybody. Of one's own account: for whoever is signed in, by these methods.
BEFORE = {
    "login", "login-passkey", "second", "logout", "password-reset", "password-reset-sent",
    "password-reset-complete", "password-reset-confirm",
}  # fmt: skip
OWN = {
    "security": "GET", "second-begin": "GET", "second-app": "GET POST", "second-passkey": "GET POST",
    "recovery-codes": "POST", "password": "GET POST", "second-remove": "POST", "second-name": "POST",
    "sessions": "GET", "sessions-end-others": "POST", "session-end": "POST",
}  # fmt: skip


def test_every_address_stands_in_the_matrix():
    assert {pattern.name for pattern in DESK} == set(MATRIX)
    assert {pattern.name for pattern in sign_in_urls.urlpatterns} == BEFORE | set(OWN)


@pytest.mark.parametrize("name", OWN)
def test_ones_own_account_is_for_whoever_is_signed_in(name, client, clerks, aiou):
    (pattern,) = [pattern for pattern in sign_in_urls.urlpatterns if pattern.name == name]
    path = _path(pattern, "")

    for method in ("GET", "POST"):
        assert client.generic(method, path)["Location"] == f"/staff/login/?next={path}"
    for role in STAFF:
        client.force_login(clerks(role))
        for method in ("GET", "POST"):
            refused = client.generic(method, path).status_code == 405
            assert refused is (method not in OWN[name]), (role, method)


@pytest.mark.parametrize("pattern", DESK, ids=lambda pattern: pattern.name)
def test_who_may_not_is_refused_and_who_may_is_not(pattern, client, clerks, in_state):
    application = in_state()
    path, before = _path(pattern, application.tracking_id), _done(application)

    for role in STAFF:
        client.force_login(clerks(role))
        for method, may, anybody in zip((client.get, client.post), *_cells(pattern, role), strict=True):
            code = method(path).status_code
            if not anybody:
                # Nothing answers to this method, whoever asks; or the page sends one on to where it does.
                assert code in (302, 403, 404, 405), (role, method.__name__)
            elif may:
                assert code not in (403, 405), (role, method.__name__)
            else:
                assert code in (403, 404), (role, method.__name__)
        if role not in MATRIX[pattern.name][1]:
            assert _done(application) == before


def _cells(pattern: URLPattern, role: Role) -> tuple[list[bool], list[bool]]:
    """Of reading and acting: whether this role may, and whether anybody may."""
    row = MATRIX[str(pattern.name)]
    return [role in roles for roles in row], [bool(roles) for roles in row]
