"""What each section may do where, and how long files may lie at each desk."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from degreetrack.accounts.models import Right, Role, User
from degreetrack.applications.models import Application
from degreetrack.catalogue.files import NOT_HELD
from degreetrack.catalogue.models import Kind, Region, Target
from degreetrack.catalogue.targets import STAGES
from degreetrack.journal.admin import Journalled
from degreetrack.web.admin.catalogue import would_touch
from degreetrack.web.admin.sure import SureForm


class RightForm(SureForm):
    role = forms.ChoiceField(choices=[(role.value, role.label) for role in Role if role not in NOT_HELD])

    def clean_office(self) -> str:
        """Headquarters, every regional office, or one that there is."""
        office: str = self.cleaned_data["office"]
        known = office in ("", Right.EVERYWHERE) or Region.objects.filter(pk=office).exists()
        if not known:
            raise forms.ValidationError(_("There is no such regional office."))
        return office

    def doubts(self, given: dict[str, Any]) -> list[str]:
        """Who would be able to do something else from now on."""
        section, office = given["section"], given["office"]
        people = User.objects.filter(section=section, is_active=True)
        at = people.exclude(office="") if office == Right.EVERYWHERE else people.filter(office=office)
        number = at.count()
        told = _("%(n)s people of %(section)s could do this from now on: %(role)s.")
        return [told % {"n": number, "section": section, "role": Role(given["role"]).label}] if number else []


@admin.register(Right)
class RightAdmin(Journalled):
    """Rows of section and office; nobody touches those of their own section."""

    form = RightForm
    list_display = ("section", "office", "role")
    list_filter = ("section", "role")
    list_select_related = ("section",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A right is given or taken, and another one given: so each stands in the journal on its own."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody takes away what holds their own section together, or what stands in their way."""
        return super().has_delete_permission(request, obj) and not self._own(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer every section but the person's own."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "section":
            field.queryset = field.queryset.exclude(pk=_section_of(request))  # type: ignore[union-attr]
        return field

    def _own(self, request: HttpRequest, obj: Any) -> bool:
        return obj is not None and obj.section_id == _section_of(request)


def _section_of(request: HttpRequest) -> str | None:
    return getattr(request.user, "section_id", None)


class TargetForm(SureForm):
    state = forms.ChoiceField(choices=[(state, state) for state in STAGES])
    kind = forms.ChoiceField(choices=[("", "-"), *Kind.choices], required=False)
    days = forms.IntegerField(min_value=1, max_value=365)
    escalate_days = forms.IntegerField(min_value=1, max_value=365)

    def doubts(self, given: dict[str, Any]) -> list[str]:
        """Files that stand there would be due on another day."""
        if not self.instance._state.adding and not self.changes("days", "state", "kind", "urgent"):
            return []
        there = Application.objects.filter(state=given["state"], urgent=given["urgent"])
        return would_touch((there.filter(kind=given["kind"]) if given["kind"] else there).count())


@admin.register(Target)
class TargetAdmin(Journalled):
    """Working days for each stage, kind and urgency; open files follow within a minute."""

    form = TargetForm
    list_display = ("state", "kind", "urgent", "days", "escalate_days")
    list_filter = ("state", "kind", "urgent")

    def uses(self, obj: Target) -> list[str]:
        """Every stage needs a row for any kind, ordinary and urgent."""
        return [] if obj.kind else [_("Every stage needs a target for any kind: change it instead.")]
