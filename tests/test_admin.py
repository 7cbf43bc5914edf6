"""The administration through real requests: each change is journalled, checked first, touches no history."""

import re
from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.db import models
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from degreetrack.accounts import models as rows_of
from degreetrack.accounts.models import Role, Section, User
from degreetrack.accounts.sessions import opened
from degreetrack.applications.holds import take_next
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Hold
from degreetrack.catalogue import models as rows
from degreetrack.journal.admin import Journalled
from degreetrack.journal.services import timeline
from degreetrack.web.admin.people import StaffForm
from tests.office import address, fill

pytestmark = pytest.mark.django_db
# What the administration has pages for, and nothing else.
REGISTERED = {
    "Charge", "ChecklistItem", "Holiday", "Institution", "IntakeRoute", "Level", "ObjectionReason",
    "Programme", "Region", "RequiredDocument", "ResultCode", "Right", "Section", "Signatory", "Target",
    "TariffRow", "User",
}  # fmt: skip
WEEK = "must be days from 0 (Monday) to 6 (Sunday), and leave a day to work on"
HISTORY_ROOMS = {
    "journal", "applications", "fees", "notifications", "credentials", "documents", "applicants", "records",
}  # fmt: skip


def _faults(answer) -> dict[str, list[str]]:
    assert answer.status_code == 200, answer["Location"]
    return {name: list(faults) for name, faults in answer.context["adminform"].form.errors.items()}


def _told(model) -> list[tuple]:
    return [
        (entry.verb, entry.actor_name, entry.data["before"], entry.data["after"])
        for entry in timeline(f"admin/{model._meta.model_name}")
    ]


def _in(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


# --- what there are pages for ---


def test_no_page_of_the_administration_can_change_history():
    registered = {model.__name__ for model in admin.site._registry}
    rooms = {model._meta.app_label for model in admin.site._registry}

    assert registered == REGISTERED
    assert rooms == {"accounts", "catalogue"}
    for page in admin.site._registry.values():
        assert isinstance(page, Journalled)
        assert (list(page.inlines), page.list_editable, page.actions) == ([], (), None)


def test_no_address_of_the_administration_leads_to_history():
    (under,) = [pattern for pattern in get_resolver().url_patterns if str(pattern.pattern) == "admin/"]
    rooms = {
        str(pattern.pattern).split("/")[0]
        for pattern in under.url_patterns
        if hasattr(pattern, "url_patterns")
    }
    plain = {pattern.name for pattern in under.url_patterns if not hasattr(pattern, "url_patterns")}

    assert rooms == {"accounts", "catalogue"}
    assert plain == {
        "index", "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n",
        "view_on_site", "app_list", None,
    }  # fmt: skip


def test_no_deletion_in_the_administration_takes_history_along():
    """What may be deleted there is protected by, and never carries away, a row of history."""
    for model in admin.site._registry:
        for relation in model._meta.related_objects:
            far = relation.related_model
            takes = relation.on_delete in (models.CASCADE, models.SET_NULL, models.SET_DEFAULT)
            if far._meta.app_label in HISTORY_ROOMS and takes:
                # A file in hand and an upload under way are no history.
                assert far.__name__ in ("Hold", "Upload"), (model, far)
    for page in (User, Section, rows.Institution, rows.ObjectionReason):
        assert admin.site._registry[page].has_delete_permission(None) is False


def test_history_is_not_found_under_the_administration(office):
    for room, name in (
        ("journal", "entry"),
        ("journal", "seal"),
        ("applications", "application"),
        ("notifications", "notice"),
        ("fees", "payment"),
        ("auth", "group"),
        ("admin", "logentry"),
    ):
        for end in ("", "add/", "1/change/", "1/delete/"):
            assert office.post(f"/admin/{room}/{name}/{end}").status_code == 404, (room, name, end)


def test_every_page_opens(office):
    for model in admin.site._registry:
        listed = office.get(address(model, "").removesuffix("/"))
        assert listed.status_code == 200, model
        row = model._default_manager.first()
        if row is not None:
            assert office.get(address(row)).status_code == 200, model


@pytest.mark.parametrize("name", sorted(REGISTERED))
def test_lists_ask_as_much_for_one_row_as_for_three(name, office, django_assert_max_num_queries):
    model = next(model for model in admin.site._registry if model.__name__ == name)
    counts = []
    if model is rows.Institution:
        return
    for size in (1, 3):
        keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True)[:size])
        with django_assert_max_num_queries(12) as asked:
            office.get(address(model, "").removesuffix("/"), {"pk__in": ",".join(map(str, keys))})
        counts.append(len(asked))

    assert counts[0] == counts[1]


# --- each change is journalled ---


def test_adding_changing_and_deleting_are_journalled_with_before_and_after(office, chief):
    add = address(rows.Signatory, "add")
    words = {"name_en": "Dr. A", "name_ur": "ڈاکٹر", "office_en": "Controller", "office_ur": "ناظم"}

    fill(office, add, code="vc", **words)
    row = rows.Signatory.objects.get(pk="vc")
    fill(office, address(row), name_en="Dr. B")
    fill(office, address(row))
    office.post(address(row, "delete"), {"post": "yes"})

    whole = {"row": "vc", "code": "vc"} | words
    assert _told(rows.Signatory) == [
        ("added", "chief", {}, whole),
        ("changed", "chief", {"row": "vc", "name_en": "Dr. A"}, {"row": "vc", "name_en": "Dr. B"}),
        ("deleted", "chief", whole | {"name_en": "Dr. B"}, {}),
    ]
    assert not rows.Signatory.objects.filter(pk="vc").exists()
    assert LogEntry.objects.count() == 4


def test_a_change_that_fails_leaves_neither_row_nor_entry(office):
    row = rows.Signatory.objects.first()

    assert _faults(fill(office, address(row), name_en="")) == {"name_en": ["This field is required."]}
    assert _told(rows.Signatory) == []


def test_a_drawing_is_journalled_by_its_fingerprint(office, aiou):
    fill(office, address(aiou), crest=f"<svg>{'x' * 600}</svg>")

    (_verb, _who, before, after) = _told(rows.Institution)[0]
    assert re.fullmatch(r"\(\d+ letters, sha256 [0-9a-f]{64}\)", before["crest"])
    assert after["crest"].startswith("(611 letters, sha256 ")


def test_codes_are_not_changed(office):
    level = rows.Level.objects.get(pk="fa")

    fill(office, address(level), code="other", title_en="F.A.")

    assert not rows.Level.objects.filter(pk="other").exists()
    assert rows.Level.objects.get(pk="fa").title_en == "F.A."


# --- fees ---


def _fee(**over) -> dict:
    row = rows.TariffRow.objects.filter(level="fa", kind="PC", issue="ORIGINAL", urgent=False)
    last = row.order_by("-holds_from").first()
    return {
        "level": "fa",
        "kind": "PC",
        "issue": "ORIGINAL",
        "urgent": None,
        "amount": last.amount,
        "holds_from": _in(1),
    } | over


@pytest.mark.parametrize("model", [rows.TariffRow, rows.Charge])
def test_a_fee_that_has_held_is_read_only(model, office):
    row = model.objects.filter(holds_from__lte=_in(0)).first()

    page = office.get(address(row))

    assert (page.context["has_change_permission"], page.context["has_delete_permission"]) == (False, False)
    assert office.post(address(row), {"amount": 1}).status_code == 403
    assert office.post(address(row, "delete"), {"post": "yes"}).status_code == 403
    assert model.objects.get(pk=row.pk).amount == row.amount


@pytest.mark.parametrize("days", [-1, 0])
def test_a_new_fee_holds_from_a_day_after_today(days, office):
    answer = fill(office, address(rows.TariffRow, "add"), **_fee(holds_from=_in(days)))

    assert _faults(answer) == {"holds_from": ["Choose a day after today: what has held cannot change."]}


def test_a_fee_far_from_the_one_before_is_kept_only_on_purpose(office):
    before = _fee()["amount"]
    add = address(rows.TariffRow, "add")

    answer = fill(office, add, **_fee(amount=before * 3))
    doubt = f"The fee before it is {before}, this one is {before * 3}: more than half apart."
    assert _faults(answer) == {"sure": [doubt]}
    assert fill(office, add, **_fee(amount=before // 2 - 1)).status_code == 200

    assert fill(office, add, **_fee(amount=before * 3 // 2)).status_code == 302
    assert fill(office, add, **_fee(amount=before * 3, holds_from=_in(2), sure="on")).status_code == 302
    assert [after["amount"] for _verb, _who, _before, after in _told(rows.TariffRow)] == [
        before * 3 // 2,
        before * 3,
    ]


def test_a_fee_yet_to_come_is_changed_and_deleted(office):
    fill(office, address(rows.TariffRow, "add"), **_fee())
    row = rows.TariffRow.objects.get(holds_from=_in(1))

    fill(office, address(row), amount=row.amount + 100)
    assert _faults(fill(office, address(row), holds_from=_in(0))) == {
        "holds_from": ["Choose a day after today: what has held cannot change."]
    }
    office.post(address(row, "delete"), {"post": "yes"})

    assert [told[0] for told in _told(rows.TariffRow)] == ["added", "changed", "deleted"]


def test_a_charge_is_checked_as_a_fee(office):
    new = {"code": "overseas", "name_en": "Posting abroad", "name_ur": "ڈاک", "holds_from": _in(1)}
    add = address(rows.Charge, "add")

    answer = fill(office, add, **new, amount=10000)

    doubt = "The fee before it is 4000, this one is 10000: more than half apart."
    assert _faults(answer) == {"sure": [doubt]}
    assert fill(office, add, **new, amount=5000).status_code == 302


# --- the institution and its days ---


@pytest.mark.parametrize(
    ("name", "typed", "fault"),
    [
        ("roll_pattern", "[A-Z", "is no regular expression: unterminated character set at position 0"),
        ("intake_pattern", "[0-9]+", "must hold the year in its first group"),
        ("intake_pattern", "(", "is no regular expression: missing ), unterminated subpattern at position 0"),
        ("reminder_days", "[7, 400]", "must be whole numbers from 1 to 365"),
        ("weekend", "[0, 1, 2, 3, 4, 5, 6]", WEEK),
        ("weekend", "{}", WEEK),
        ("crest", "<svg><script>", "must be a plain SVG picture without scripts"),
        ("objection_days", "0", "Give at least one day."),
        ("shortage_reason", "fee-tall", "There is no such objection."),
        ("website", "ftp:// no", "Enter a valid URL."),
    ],
)  # fmt: skip
def test_each_setting_has_its_check(name, typed, fault, office, aiou):
    faults = _faults(fill(office, address(aiou), **{name: typed}))

    assert faults == {name: [fault]}
    assert _told(rows.Institution) == []


def test_a_change_of_days_tells_how_many_limits_run(office, aiou, in_state):
    in_state(State.OBJECTED)
    in_state(State.RETURNED)

    answer = fill(office, address(aiou), objection_days=20)
    assert _faults(answer) == {
        "sure": [
            "2 open applications have a limit already. They stay as they were told; only later ones are "
            "reckoned anew."
        ]
    }

    assert fill(office, address(aiou), objection_days=20, sure="on").status_code == 302
    assert _told(rows.Institution)[0][2:] == (
        {"row": "aiou", "objection_days": 30},
        {"row": "aiou", "objection_days": 20},
    )


def test_a_pattern_that_fits_no_number_on_record_is_asked_about(office, aiou, a_result):
    a_result("BO680724")

    answer = fill(office, address(aiou), roll_pattern="[0-9]{9}")

    assert _faults(answer) == {"sure": ["roll_pattern: 1 of the newest 1 numbers on record do not fit."]}
    assert fill(office, address(aiou), reminder_days="[]", weekend="[6]").status_code == 302
    aiou.refresh_from_db()
    assert (aiou.reminder_days, aiou.weekend) == ([], [6])


def test_there_is_one_institution_for_good(office, aiou):
    assert office.get(address(rows.Institution, "add")).status_code == 403
    assert office.post(address(aiou, "delete"), {"post": "yes"}).status_code == 403


def test_a_holiday_on_which_limits_end_is_asked_about(office, in_state):
    limit_on = in_state(State.OBJECTED).limit_on
    new = {"day": limit_on, "name_en": "Election", "name_ur": "انتخاب"}

    answer = fill(office, address(rows.Holiday, "add"), **new)
    assert _faults(answer) == {
        "sure": ["It is the last day of 1 open application, and stays it, as it was told."]
    }

    assert fill(office, address(rows.Holiday, "add"), **new, sure="on").status_code == 302
    assert rows.Holiday.objects.get(pk=limit_on).name_en == "Election"


def test_what_the_end_of_a_holiday_touches_is_told_before(office, in_state):
    limit_on = in_state(State.OBJECTED).limit_on
    holiday = rows.Holiday.objects.create(day=limit_on - timedelta(days=1), name_en="Eid", name_ur="عید")

    page = office.get(address(holiday, "delete")).content.decode()
    assert "1 open application has the next working day as its last; it stays as it was told." in page

    office.post(address(holiday, "delete"), {"post": "yes"})
    assert [told[0] for told in _told(rows.Holiday)] == ["deleted"]


def test_a_holiday_gone_by_stays_as_it_was(office):
    past = rows.Holiday.objects.create(day=_in(-3), name_en="Eid", name_ur="عید")

    assert office.post(address(past), {"name_en": "x"}).status_code == 403
    assert office.post(address(past, "delete"), {"post": "yes"}).status_code == 403
    new = {"day": _in(-1), "name_en": "Eid", "name_ur": "عید"}
    assert _faults(fill(office, address(rows.Holiday, "add"), **new)) == {"day": ["This day has gone by."]}
    assert fill(office, address(rows.Holiday, "add"), **new | {"day": _in(0)}).status_code == 302


# --- the catalogue ---


def _in_use(office, row) -> str:
    page = office.get(address(row, "delete")).content.decode()
    assert office.post(address(row, "delete"), {"post": "yes"}).status_code == 200
    assert type(row)._default_manager.filter(pk=row.pk).exists()
    return re.search(r"It is in use, and cannot be deleted: ([^<]+)\.", page)[1]


def test_what_is_in_use_cannot_be_deleted(office, in_state, a_result):
    application = in_state(office="lahore")
    a_result("BO999999", result_codes="R/E;R/W")
    programme = application.result.programme
    fees = rows.TariffRow.objects.filter(level=programme.level).count()
    level = programme.level

    assert _in_use(office, programme) == "Results 2"
    assert _in_use(office, level) == f"Programmes {level.programme_set.count()}, Fees {fees}"
    assert _in_use(office, rows.ResultCode.objects.get(pk="R/E")) == "Results 1"
    assert _in_use(office, rows.Region.objects.get(pk="lahore")) == "Applications 1"
    assert _in_use(office, application.result.student.region) == "Students 2"


def test_a_required_document_that_was_handed_in_cannot_be_deleted(office, in_state):
    application = in_state()
    row = rows.RequiredDocument.objects.first()
    application.result.student.documents.create(requirement=row, given_at=timezone.now(), by_name="Ayesha")

    assert _in_use(office, row) == "Documents 1"


def test_what_nothing_uses_is_deleted(office):
    row = rows.Programme.objects.exclude(pk="BSCS").first()

    office.post(address(row, "delete"), {"post": "yes"})

    assert _told(rows.Programme)[0][0] == "deleted"
    assert not rows.Programme.objects.filter(pk=row.pk).exists()


def test_a_change_that_touches_applications_under_way_is_asked_about(office, in_state, a_result):
    programme = in_state().result.programme
    in_state(result=a_result("BO999999", result_codes="R/E"))
    two = "2 applications under way would be treated otherwise from now on."
    one = "1 application under way would be treated otherwise from now on."
    document = rows.RequiredDocument.objects.first()
    code = rows.ResultCode.objects.get(pk="R/E")

    for row, typed, doubt in (
        (programme.level, {"rank": 7}, two),
        (programme, {"total_marks": 1}, two),
        (document, {"from_rank": 1, "to_rank": 8, "kind": "PC"}, two),
        (code, {"blocks": None if code.blocks else "on"}, one),
    ):
        assert _faults(fill(office, address(row), **typed)) == {"sure": [doubt]}, row
        assert fill(office, address(row), **typed, sure="on").status_code == 302, row


def test_a_range_of_ranks_is_one(office):
    row = rows.RequiredDocument.objects.first()

    assert _faults(fill(office, address(row), from_rank=5, to_rank=2)) == {
        "to_rank": ["The highest rank lies below the lowest."]
    }
    assert _faults(fill(office, address(row), sample="<p>")) == {
        "sample": ["must be a plain SVG picture without scripts"]
    }


def test_objection_reasons_are_retired_and_never_deleted(office, aiou):
    reason = rows.ObjectionReason.objects.get(pk="cnic-copy")
    shortage = rows.ObjectionReason.objects.get(pk=aiou.shortage_reason)

    assert office.post(address(reason, "delete"), {"post": "yes"}).status_code == 403
    assert fill(office, address(reason), retired="on").status_code == 302
    assert _faults(fill(office, address(shortage), retired="on")) == {
        "retired": ["It is raised where a little is unpaid; name another one there first."]
    }
    assert _told(rows.ObjectionReason) == [
        ("changed", "chief", {"row": "cnic-copy", "retired": False}, {"row": "cnic-copy", "retired": True})
    ]


# --- people ---


def test_a_new_user_is_journalled_without_password_and_email(office, chief):
    section = Section.objects.first()
    typed = {
        "username": "amna",
        "first_name": "Amna",
        "last_name": "Bibi",
        "email": "amna@example.org",
        "password1": "correct-horse-9",
        "password2": "correct-horse-9",
        "usable_password": "true",
        "section": section.pk,
        "office": "lahore",
        "language": "en",
    }

    assert office.post(address(User, "add"), typed).status_code == 302

    (told,) = _told(User)
    amna = User.objects.get(username="amna")
    assert (told[0], told[3]["row"], told[3]["section"]) == ("added", str(amna.pk), section.pk)
    assert told[3]["secret"] == ["password", "email"]
    assert "example.org" not in str(told)
    assert amna.password not in str(told)


def test_a_new_password_is_journalled_by_name_and_ends_the_sessions(office, person):
    clerk = person(Role.SCRUTINY)
    theirs = Client()
    theirs.force_login(clerk)
    opened(clerk, session_key=theirs.session.session_key, browser="Firefox", lasting=False)
    typed = {"password1": "another-horse-9", "password2": "another-horse-9", "usable_password": "true"}

    office.post(f"/admin/accounts/user/{clerk.pk}/password/", typed)

    clerk.refresh_from_db()
    assert clerk.check_password("another-horse-9")
    assert _told(User) == [("changed", "chief", {}, {"row": str(clerk.pk), "secret": ["password"]})]
    assert theirs.get("/staff/").status_code == 302


def test_nobody_changes_where_they_sit_or_what_they_may_do(office, chief):
    section = Section.objects.exclude(pk=chief.section_id).first()

    fill(
        office,
        address(chief),
        section=section.pk,
        office="lahore",
        supervisor="on",
        is_superuser=None,
        is_active=None,
        first_name="Chief",
    )

    now = User.objects.get(pk=chief.pk)
    assert (now.section_id, now.office, now.supervisor) == (chief.section_id, "", False)
    assert (now.is_superuser, now.is_active, now.first_name) == (True, True, "Chief")
    assert _told(User)[0][3] == {"row": str(chief.pk), "first_name": "Chief"}


def test_nobody_is_deleted(office, person):
    clerk = person(Role.SCRUTINY)

    assert office.post(address(clerk, "delete"), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=clerk.pk).exists()


def test_who_is_made_inactive_is_signed_out_everywhere_and_gives_files_back(office, person, in_state):
    clerk = person(Role.SCRUTINY)
    application = in_state()
    take_next(clerk, State.RECEIVED)
    theirs = Client()
    theirs.force_login(clerk)
    opened(clerk, session_key=theirs.session.session_key, browser="Firefox", lasting=False)
    before = Session.objects.count()

    fill(office, address(clerk), is_active=None)

    assert Session.objects.count() == before - 1
    assert theirs.get("/staff/").status_code == 302
    assert Hold.objects.count() == 0
    last = timeline(application.stream)[-1]
    assert (last.verb, last.actor_name, last.data["after"]) == (
        "handed_back",
        "chief",
        {"of": clerk.display_name},
    )


def test_who_moves_to_another_section_gives_files_back(office, person, in_state):
    clerk = person(Role.SCRUTINY)
    application = in_state()
    take_next(clerk, State.RECEIVED)

    fill(office, address(clerk), first_name="Ali")
    assert Hold.objects.count() == 1

    fill(office, address(clerk), section=Section.objects.exclude(pk=clerk.section_id).first().pk)
    assert Hold.objects.count() == 0
    assert [entry.verb for entry in timeline(application.stream)][-2:] == ["taken", "handed_back"]


def test_an_office_is_one_that_there_is(office, person):
    clerk = person(Role.REGIONAL, office="lahore")

    answer = fill(office, address(clerk), office="atlantis")

    assert _faults(answer) == {"office": ["There is no such regional office."]}


def _deputy(person) -> User:
    """Somebody who may change users and is no superuser."""
    deputy = person(Role.CONTROLLER, username="deputy")
    deputy.user_permissions.set(
        Permission.objects.filter(codename__in=["change_user", "view_user", "add_user"])
    )
    return deputy


def test_a_deputy_neither_touches_superusers_nor_makes_one(client, chief, person):
    deputy, clerk = _deputy(person), person(Role.SCRUTINY)
    client.force_login(deputy)

    assert client.post(address(chief), {"username": "chief"}).status_code == 403
    password = {"password1": "another-horse-9", "password2": "another-horse-9", "usable_password": "true"}
    assert client.post(f"/admin/accounts/user/{chief.pk}/password/", password).status_code == 403
    fill(client, address(clerk), is_superuser="on", is_staff=None, last_name="Raza")

    clerk.refresh_from_db()
    assert (clerk.is_superuser, clerk.is_staff, clerk.last_name) == (False, True, "Raza")


def test_the_last_active_superuser_stays(office, chief, person):
    second = person(Role.CONTROLLER, username="second", is_superuser=True)
    assert fill(office, address(second), is_superuser=None).status_code == 302
    assert fill(office, address(second), is_superuser="on").status_code == 302
    # Somebody else ends the chief while the chief's page about the second is on its way.
    User.objects.filter(pk=chief.pk).update(is_superuser=False)
    second.refresh_from_db()
    typed = {"username": "second", "email": "s@example.org", "date_joined": second.date_joined}

    for ends in ({"is_active": "on"}, {"is_superuser": "on"}):
        form = StaffForm(typed | ends, instance=second)
        assert form.errors == {"__all__": ["This is the last superuser: name another one first."]}
        second.refresh_from_db()
    assert StaffForm(typed | {"is_active": "on", "is_superuser": "on"}, instance=second).errors == {}


def test_sections_are_read(office):
    section = Section.objects.first()

    assert office.get(address(Section, "add")).status_code == 403
    assert office.post(address(section), {"name_en": "x"}).status_code == 403
    assert office.post(address(section, "delete"), {"post": "yes"}).status_code == 403


# --- rights and targets ---


def test_a_right_is_given_once_it_is_meant_and_never_to_ones_own_section(office, chief, person):
    clerk = person(Role.SCRUTINY)
    page = address(rows_of.Right, "add")

    doubt = _faults(fill(office, page, section=clerk.section_id, office="", role="approval"))["sure"]
    assert doubt == ["1 people of scrutiny could do this from now on: Approval."]
    fill(office, page, section=clerk.section_id, office="", role="approval", sure="on")
    own = _faults(fill(office, page, section=chief.section_id, office="", role="approval", sure="on"))
    nowhere = _faults(fill(office, page, section=clerk.section_id, office="moon", role="approval", sure="on"))

    assert User.objects.get(pk=clerk.pk).roles == {Role.SCRUTINY, Role.APPROVAL}
    assert User.objects.get(pk=chief.pk).roles == {Role.CONTROLLER}
    assert (list(own), nowhere) == (["section"], {"office": ["There is no such regional office."]})
    given = rows_of.Right.objects.get(section=clerk.section_id, role="approval")
    assert _told(rows_of.Right)[-1][:2] == ("added", "chief")
    office.post(address(given, "delete"), {"post": "yes"})
    assert User.objects.get(pk=clerk.pk).roles == {Role.SCRUTINY}
    assert _told(rows_of.Right)[-1][:2] == ("deleted", "chief")
    mine = rows_of.Right.objects.filter(section=chief.section_id).first()
    assert office.post(address(mine, "delete"), {"post": "yes"}).status_code == 403
    assert office.post(address(mine), {"role": "approval"}).status_code == 403


def test_a_target_tells_whom_it_touches_and_each_stage_keeps_one(office, in_state):
    in_state()
    row = rows.Target.objects.get(state="received", kind="", urgent=False)

    assert _faults(fill(office, address(row), days=row.days + 1))["sure"] == [
        "1 application under way would be treated otherwise from now on."
    ]
    fill(office, address(row), days=row.days + 1, sure="on")
    assert rows.Target.objects.get(pk=row.pk).days == row.days + 1
    assert _told(rows.Target)[-1][2:] == (
        {"row": str(row.pk), "days": row.days},
        {"row": str(row.pk), "days": row.days + 1},
    )
    assert _faults(fill(office, address(row), days=0))["days"] == [
        "Ensure this value is greater than or equal to 1."
    ]
    office.post(address(row, "delete"), {"post": "yes"})
    assert rows.Target.objects.filter(pk=row.pk).exists()
