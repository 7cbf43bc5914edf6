"""The Controller's page to reword a notice, through real requests."""

import pytest

from degreetrack.accounts.models import Role
from degreetrack.notifications.models import Rewording

pytestmark = pytest.mark.django_db
PAGE = "/staff/notices/wording/approve/en/sms/"
STAFF = [role for role in Role if role not in (Role.APPLICANT, Role.CLOCK, Role.LEDGER, Role.SUPERVISOR)]


def test_only_the_controller_comes_in(client, clerks, aiou):
    for role in STAFF:
        client.force_login(clerks(role))
        wanted = 200 if role == Role.CONTROLLER else 403
        assert client.get(PAGE).status_code == wanted, role
        assert client.post(PAGE, {"text": "Hello", "save": "1"}).status_code == (
            302 if wanted == 200 else 403
        )
        linked = PAGE in client.get("/staff/notices/wording/").content.decode()
        assert linked is (role == Role.CONTROLLER), role


@pytest.mark.parametrize("end", ["nothing/en/sms/", "approve/fr/sms/", "approve/en/fax/", "lockout/en/sms/"])
def test_what_is_no_notice_is_not_found(end, desk, aiou):
    assert desk(Role.CONTROLLER).get(f"/staff/notices/wording/{end}").status_code == 404


def test_a_text_is_tried_without_being_kept(desk, aiou):
    page = desk(Role.CONTROLLER).post(PAGE, {"text": "{{ tracking_id }} is <done>", "preview": "1"})

    words = page.content.decode()
    assert (page.status_code, Rewording.objects.count()) == (200, 0)
    assert "WWW-WWW-WWWW is &lt;done&gt;" in words
    assert "SMS in 1 part<" in words
    assert "{{ tracking_id }} is &lt;done&gt;</textarea>" in words


def test_a_text_is_kept_shown_in_the_list_and_taken_back(desk, aiou, clerks):
    client = desk(Role.CONTROLLER)

    page = client.post(
        PAGE, {"text": "Ready:\r\n{{ tracking_id }}", "save": "1"}, follow=True
    ).content.decode()
    assert "It is kept, and goes out within a minute." in page
    assert f"Reworded by {clerks(Role.CONTROLLER).display_name}" in page
    assert Rewording.objects.get().text == "Ready:\n{{ tracking_id }}"
    assert "Ready: WWW-WWW-WWWW" in client.get("/staff/notices/wording/").content.decode()

    page = client.post(PAGE, {"text": "", "original": "1"}, follow=True).content.decode()
    assert "The original goes out again." in page
    assert Rewording.objects.count() == 0


def test_a_refusal_keeps_what_was_typed(desk, aiou):
    answer = desk(Role.CONTROLLER).post(PAGE, {"text": "My {{ cnic }}", "save": "1"})

    page = answer.content.decode()
    assert (answer.status_code, Rewording.objects.count()) == (409, 0)
    assert "This notice knows no cnic." in page
    assert "My {{ cnic }}</textarea>" in page
    assert "<bdi>{{ tracking_id }}</bdi>" in page


def test_an_email_shows_its_subject(desk, aiou):
    page = desk(Role.CONTROLLER).post(
        "/staff/notices/wording/approve/ur/email/", {"text": "منظور\n\nمحترم {{ name }}", "preview": "1"}
    )

    assert '<h3 lang="ur" dir="auto">منظور</h3>' in page.content.decode()
