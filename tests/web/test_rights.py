"""The rights matrix, cell by cell, through real requests: every move and page by every section and office."""

import pytest

from degreetrack.accounts.models import Role
from degreetrack.applications.lifecycle import MOVES
from degreetrack.applications.models import Application
from degreetrack.journal.services import timeline

pytestmark = pytest.mark.django_db
STAFF = [role for role in Role if role not in (Role.APPLICANT, Role.CLOCK, Role.LEDGER)]
VERBS = [move.verb for move in MOVES.values() if move.from_]
NOT_YOURS = "Your section does not do this step"
# Pages of the desk and who may read them; everybody else is refused.
PAGES = {
    "/staff/": set(STAFF),
    "/staff/work/received/": set(STAFF),
    "/staff/questions/": set(STAFF),
    "/staff/scan/": set(STAFF),
    "/staff/proposals/": {Role.SCRUTINY, Role.VERIFICATION, Role.APPROVAL},
    "/staff/notices/wording/": set(STAFF),
    "/staff/batches/": set(STAFF),
    "/staff/keys/": set(STAFF),
    "/staff/notices/": {Role.RECEIPT, Role.CONTROLLER, Role.AUDITOR},
    "/staff/payments/": {Role.RECEIPT, Role.CONTROLLER, Role.AUDITOR},
    "/staff/late/": {Role.SUPERVISOR, Role.CONTROLLER, Role.AUDITOR},
    "/staff/figures/": {Role.CONTROLLER, Role.AUDITOR},
    "/staff/contacts/": {Role.RECEIPT, Role.REGIONAL},
    "/staff/audit/": {Role.CONTROLLER, Role.AUDITOR},
    "/staff/notices/wording/approve/en/sms/": {Role.CONTROLLER},
    "/staff/receive/": {Role.RECEIPT, Role.REGIONAL},
}


def _done(application: Application) -> list[str]:
    return [entry.verb for entry in timeline(application.stream) if entry.verb != "view"]


@pytest.mark.parametrize("verb", VERBS)
def test_no_section_makes_anothers_move(verb, client, clerks, in_state):
    move = MOVES[verb]
    application = in_state(move.from_[0], office="lahore")
    path = f"/staff/case/{application.tracking_id}/{verb}/"
    before = _done(application)

    for role in STAFF:
        if role in move.roles:
            continue
        client.force_login(clerks(role))
        answer = client.post(path, {"reason": "I would like to"})
        assert answer.status_code == 409, role
        assert NOT_YOURS in answer.content.decode(), role
        assert client.get(path).status_code == 405, role
    assert Application.objects.get(pk=application.pk).state == move.from_[0]
    assert _done(application) == before

    for role in move.roles & set(STAFF):
        client.force_login(clerks(role))
        assert NOT_YOURS not in client.post(path, {"reason": "x"}, follow=True).content.decode(), role


@pytest.mark.parametrize("path", PAGES)
def test_no_section_reads_anothers_page(path, client, clerks, aiou):
    for role in STAFF:
        client.force_login(clerks(role))
        assert (client.get(path).status_code == 200) is (role in PAGES[path]), role


@pytest.mark.parametrize("verb", VERBS)
def test_no_office_reaches_anothers_file(verb, client, person, in_state):
    application = in_state(MOVES[verb].from_[0], office="karachi")
    client.force_login(person(Role.REGIONAL, office="lahore"))
    case = f"/staff/case/{application.tracking_id}/"

    for method, path in (
        (client.get, case),
        (client.post, f"{case}{verb}/"),
        (client.get, f"{case}slip/"),
        (client.get, f"{case}cover/"),
        (client.post, f"{case}papers/ticks/"),
        (client.post, f"{case}papers/sighted/"),
        (client.post, f"{case}papers/propose/"),
        (client.post, f"{case}wish/address/"),
        (client.post, f"{case}hand-back/"),
        (client.post, f"/staff/questions/{application.tracking_id}/reply/"),
    ):
        assert method(path).status_code == 404, path
    assert application.tracking_id not in client.get(f"/staff/work/{application.state}/").content.decode()
    found = client.post("/staff/search/", {"text": application.tracking_id}, follow=True).content.decode()
    assert f'href="{case}"' not in found


@pytest.mark.parametrize("path", [*PAGES, "/staff/search/"])
def test_who_is_not_signed_in_or_sits_in_no_section_reads_nothing(path, client, django_user_model, aiou):
    assert client.get(path)["Location"].startswith("/staff/login/")
    client.force_login(django_user_model.objects.create_user("nobody"))

    assert client.get(path).status_code == 403
