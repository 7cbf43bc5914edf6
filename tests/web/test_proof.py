"""Fresh proof: asked for before what does much at once, and nothing that was typed is lost."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from degreetrack.accounts import factors, sessions
from degreetrack.accounts.models import Role, StaffSession, User
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application, Batch
from degreetrack.catalogue.models import Charge
from degreetrack.journal.services import timeline
from tests.office import address, fill
from tests.web.test_second_factors import code, told, with_app
from tests.web.test_sign_in import PASSWORD, text

pytestmark = pytest.mark.django_db
BULK = "/staff/work/verified/bulk/"


def long_in(client: Client, user: User, minutes: int = 16) -> Client:
    """Signed in some minutes ago, and at work since."""
    client.force_login(user, now=timezone.now() - timedelta(minutes=minutes))
    return client


def carried(answer) -> dict[str, str]:
    assert (answer.status_code, answer["Cache-Control"]) in [
        (status, "no-store, private") for status in (403, 422, 429)
    ]
    return {"carried": re.search(r'name="carried" value="([^"]+)"', text(answer))[1]}


@pytest.fixture
def approver(person) -> User:
    return person(Role.APPROVAL, username="approver")


def test_a_proof_gives_the_session_a_new_key_and_the_old_one_opens_nothing(client, approver):
    long_in(client, approver)
    before = client.session.session_key
    sessions.opened(approver, session_key=before, browser="Firefox, Linux", lasting=False)
    page = client.get("/staff/security/app/")

    sealed = re.search(r'name="carried" value="([^"]+)"', text(page))[1]
    answer = client.post("/staff/security/app/", {"carried": sealed, "password": PASSWORD})

    after = client.session.session_key
    assert (answer.status_code, after != before, client.get("/staff/security/app/").status_code) == (
        302,
        True,
        200,
    )
    assert list(StaffSession.objects.values_list("session_key", "browser")) == [(after, "Firefox, Linux")]
    client.cookies["sessionid"] = before
    assert client.get("/staff/security/").status_code == 302


def test_approving_in_bulk_goes_on_with_the_ticked_files_once_it_is_proved(client, approver, in_state):
    files = [in_state(State.VERIFIED).tracking_id for _ in range(3)]
    secret = with_app(approver)
    asked = {"verb": "approve", "which": "chosen", "file": files[:2], "query": ""}
    long_in(client, approver)
    assert client.post(BULK, asked).status_code == 200

    page = client.post(BULK, asked | {"confirmed": "1"})
    assert files[0] not in text(page)
    wrong = client.post(BULK, carried(page) | {"password": "wrong", "code": code(secret)})
    half = client.post(BULK, carried(wrong) | {"password": PASSWORD, "code": "000000"})
    assert (wrong.status_code, half.status_code, Batch.objects.count()) == (422, 422, 0)

    done = client.post(BULK, carried(half) | {"password": PASSWORD, "code": code(secret)})

    assert done["Location"] == f"/staff/batches/{Batch.objects.get().pk}/"
    states = dict(Application.objects.values_list("tracking_id", "state"))
    assert [states[one] for one in files] == ["approved", "approved", "verified"]
    assert [entry.verb for entry in timeline(f"user/{approver.pk}")] == ["proved"]
    again = client.post(BULK, asked | {"confirmed": "1", "file": files[2]})
    assert again.status_code == 302


@pytest.mark.parametrize(("minutes", "status"), [(14, 302), (16, 403)])
def test_a_proof_is_good_for_fifteen_minutes(client, approver, in_state, minutes, status):
    file = in_state(State.VERIFIED).tracking_id
    long_in(client, approver, minutes)

    asked = {"verb": "approve", "which": "chosen", "file": file, "query": "", "confirmed": "1"}
    assert client.post(BULK, asked).status_code == status


def test_a_recovery_code_proves_as_well_and_the_owner_is_told(client, approver, in_state):
    file = in_state(State.VERIFIED).tracking_id
    with_app(approver)
    long_in(client, approver)
    (first, *_rest) = factors.new_codes(approver)
    asked = {"verb": "approve", "which": "chosen", "file": file, "query": "", "confirmed": "1"}

    done = client.post(BULK, carried(client.post(BULK, asked)) | {"password": PASSWORD, "code": first})

    assert done.status_code == 302
    assert told() == ["A recovery code of your account was used. Unused codes that are left: 9."]


def test_wrong_proofs_lock_the_account_and_the_form_waits(client, approver, in_state):
    file = in_state(State.VERIFIED).tracking_id
    long_in(client, approver)
    asked = {"verb": "approve", "which": "chosen", "file": file, "query": "", "confirmed": "1"}
    page = client.post(BULK, asked)
    for _ in range(5):
        page = client.post(BULK, carried(page) | {"password": "wrong"})

    page = client.post(BULK, carried(page) | {"password": PASSWORD})

    assert (page.status_code, "Wait 15 minutes, then go on here." in text(page)) == (429, True)
    assert [entry.verb for entry in timeline(f"user/{approver.pk}")] == ["locked", "notice"]


def test_what_is_carried_serves_nobody_else_and_nowhere_else(client, approver, person, in_state):
    file = in_state(State.VERIFIED).tracking_id
    long_in(client, approver)
    asked = {"verb": "approve", "which": "chosen", "file": file, "query": "", "confirmed": "1"}
    kept = carried(client.post(BULK, asked))

    other = long_in(Client(), person(Role.APPROVAL))
    answers = [
        other.post(BULK, kept | {"password": PASSWORD}),
        client.post("/staff/security/codes/", kept | {"password": PASSWORD}),
        client.post("/staff/security/codes/", {"carried": "nonsense", "password": PASSWORD}),
    ]

    # Where nothing can be read from it there is nothing to go on with.
    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert Application.objects.get().state == "verified"


def test_a_form_of_the_administration_goes_on_as_it_was_filled_in(client, chief):
    long_in(client, chief)
    later = timezone.localdate() + timedelta(days=40)
    new = {"code": "overseas", "name_en": "Posting abroad", "name_ur": "ڈاک", "holds_from": later}
    before = Charge.objects.count()

    page = fill(client, address(Charge, "add"), **new, amount=5000)
    assert Charge.objects.count() == before
    client.post(address(Charge, "add"), carried(page) | {"password": PASSWORD})

    assert Charge.objects.get(holds_from=later).amount == 5000


def test_a_new_persons_password_does_not_stand_in_the_page_that_asks(client, chief):
    long_in(client, chief)
    words = {"username": "new", "password1": "harbour-violet-kite", "password2": "harbour-violet-kite"}

    page = client.post("/admin/accounts/user/add/", words)

    assert carried(page)
    assert "harbour" not in text(page)


def test_personal_data_leave_the_desk_on_a_fresh_proof_alone(client, person, aiou):
    auditor = person(Role.AUDITOR)
    long_in(client, auditor)

    page = client.post("/staff/audit/export/", {"as": "csv"})
    file = client.post("/staff/audit/export/", carried(page) | {"password": PASSWORD})

    assert file["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("name", ["list.csv", "list.pdf"])
def test_a_page_that_is_read_is_read_after_the_proof(client, person, aiou, name):
    long_in(client, person(Role.DISPATCH))
    path = f"/staff/manifests/1/{name}"

    page = client.get(path)
    onward = client.post(path, carried(page) | {"password": PASSWORD})

    assert (onward.status_code, onward["Location"]) == (302, path)
    assert client.get(path).status_code == 404


def test_a_second_factor_is_added_and_removed_on_a_fresh_proof_alone(client, approver):
    with_app(approver)
    long_in(client, approver)

    for path in ("/staff/security/app/", "/staff/security/passkey/"):
        assert client.get(path).status_code == 403
    assert client.post(f"/staff/security/{approver.factors.get().pk}/remove/").status_code == 403
    assert approver.factors.count() == 1
