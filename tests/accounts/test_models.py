"""What a person may do comes from the rights of section and office."""

import pytest
from django.utils import translation

from degreetrack.accounts.models import CLOCK, Right, Role, Section, User
from tests.office import address, fill


@pytest.mark.django_db
def test_rights_are_rows_of_section_and_office():
    section = Section.objects.create(code="cds", name_en="Certificates", name_ur="اسناد")
    for office, role in (("", "printing"), ("", "signature"), ("*", "regional"), ("lahore", "scrutiny")):
        Right.objects.create(section=section, office=office, role=role)

    assert User(username="amna", section=section).roles == {Role.PRINTING, Role.SIGNATURE}
    assert User(username="amna", section=section, office="karachi").roles == {Role.REGIONAL}
    assert User(username="amna", section=section, office="lahore").roles == {Role.REGIONAL, Role.SCRUTINY}
    head = User(username="amna", section=section, supervisor=True)
    assert head.roles == {Role.PRINTING, Role.SIGNATURE, Role.SUPERVISOR}
    assert User(username="amna", supervisor=True).roles == frozenset()
    with translation.override("en"):
        assert str(section) == "Certificates"


def test_people_are_known_by_their_name_and_else_by_their_username():
    assert User(username="amna", first_name="Amna", last_name="Bibi").display_name == "Amna Bibi"
    assert User(username="amna").display_name == "amna"


def test_the_clock_has_a_role_and_no_account():
    assert CLOCK.roles == {Role.CLOCK}
    assert CLOCK.pk is None


@pytest.mark.django_db
def test_the_admin_sets_section_and_office_and_leaves_sections_to_the_files(office, client, person):
    clerk = person("scrutiny")
    section = Section.objects.exclude(pk=clerk.section_id).first()

    fill(office, address(clerk), section=section.pk, office="lahore")

    clerk.refresh_from_db()
    assert (clerk.section, clerk.office) == (section, "lahore")
    assert client.get("/admin/accounts/section/add/").status_code == 403
    read = client.get(f"/admin/accounts/section/{section.pk}/change/")
    assert (read.status_code, read.context["has_change_permission"]) == (200, False)
    assert read.context["has_delete_permission"] is False
