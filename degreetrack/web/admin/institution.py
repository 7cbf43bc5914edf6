"""The institution's own settings, its holidays and its signatories."""

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from degreetrack.catalogue import checks
from degreetrack.catalogue.models import Holiday, Institution, ObjectionReason, Signatory
from degreetrack.catalogue.services import holidays, institution
from degreetrack.journal.admin import Journalled
from degreetrack.kit.calendars import limit_date
from degreetrack.records.models import Result, Student
from degreetrack.web.admin.sure import SureForm, open_limits

DAYS = ("objection_days", "revive_days", "extension_days", "reminder_days", "weekend")
CHECKS = {
    "roll_pattern": checks.pattern,
    "registration_pattern": checks.pattern,
    "intake_pattern": checks.intake_pattern,
    "reminder_days": checks.reminder_days,
    "weekend": checks.weekend,
    "crest": checks.drawing,
}


class InstitutionForm(SureForm):
    """The settings, each checked; those that limits and numbers hang on are asked about."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # An empty list is an answer: no reminder at all, or no day of rest.
        for name in ("reminder_days", "weekend"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Each setting by its own check."""
        given = self.cleaned_data
        self.keep_spaces("crest")
        for name, check in CHECKS.items():
            if name in ("reminder_days", "weekend"):
                given[name] = [] if given.get(name) is None else given[name]
            if name in given and (why := check(given[name])):
                self.add_error(name, why)
        if given.get("objection_days") == 0:
            self.add_error("objection_days", _("Give at least one day."))
        reason = given.get("shortage_reason")
        if reason and not ObjectionReason.objects.filter(pk=reason, retired=False).exists():
            self.add_error("shortage_reason", _("There is no such objection."))
        return super().clean()

    def doubts(self, given: dict[str, Any]) -> list[str]:
        """Limits that run, and numbers on record that would not fit any more."""
        found = []
        limits = open_limits() if self.changes(*DAYS) else 0
        if limits:
            found.append(
                ngettext(
                    "%(n)s open application has a limit already. It stays as it was told; only later ones "
                    "are reckoned anew.",
                    "%(n)s open applications have a limit already. They stay as they were told; only later "
                    "ones are reckoned anew.",
                    limits,
                )
                % {"n": limits}
            )
        for name, rows, field in (
            ("roll_pattern", Result.objects, "roll_no"),
            ("registration_pattern", Student.objects, "registration_no"),
        ):
            if not self.changes(name):
                continue
            newest = list(rows.order_by("-pk").values_list(field, flat=True)[:1000])
            misfits = sum(not re.fullmatch(given[name], number) for number in newest)
            if misfits:
                found.append(
                    _("%(name)s: %(n)s of the newest %(all)s numbers on record do not fit.")
                    % {"name": name, "n": misfits, "all": len(newest)}
                )
        return found


@admin.register(Institution)
class InstitutionAdmin(Journalled):
    """The one institution."""

    form = InstitutionForm

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one; the files bring it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is always one."""
        return False


# So far ahead holidays are known; nobody plans in another century.
FURTHEST = timedelta(days=3660)


class HolidayForm(SureForm):
    """A day that has not gone by."""

    def clean_day(self) -> Any:
        """What has gone by was a working day, and limits were kept by it."""
        day = self.cleaned_data["day"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("This day has gone by."))
        if day > timezone.localdate() + FURTHEST:
            raise forms.ValidationError(_("No calendar is made so far ahead."))
        return day

    def doubts(self, given: dict[str, Any]) -> list[str]:
        """Limits that end on that day."""
        day = given.get("day")
        limits = open_limits(limit_on=day) if day and self.instance._state.adding else 0
        if not limits:
            return []
        return [
            ngettext(
                "It is the last day of %(n)s open application, and stays it, as it was told.",
                "It is the last day of %(n)s open applications, and stays it, as they were told.",
                limits,
            )
            % {"n": limits}
        ]


@admin.register(Holiday)
class HolidayAdmin(Journalled):
    """Days on which the university is closed."""

    form = HolidayForm
    list_display = ("day", "name_en", "name_ur")
    date_hierarchy = "day"
    ordering = ("-day",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until the day has come."""
        return super().has_change_permission(request, obj) and self._is_to_come(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until the day has come."""
        return super().has_delete_permission(request, obj) and self._is_to_come(obj)

    def touches(self, obj: Holiday) -> list[str]:
        """Limits that were moved past it, or may have been."""
        after = limit_date(obj.day, 0, holidays=holidays(), weekend=institution().weekend)
        limits = open_limits(limit_on=after)
        if not limits:
            return []
        return [
            ngettext(
                "%(n)s open application has the next working day as its last; it stays as it was told.",
                "%(n)s open applications have the next working day as their last; it stays as it was told.",
                limits,
            )
            % {"n": limits}
        ]

    def _is_to_come(self, obj: Any) -> bool:
        return obj is None or obj.day > timezone.localdate()


@admin.register(Signatory)
class SignatoryAdmin(Journalled):
    """Whose names stand under certificates."""

    list_display = ("code", "name_en", "office_en")
