"""What the university publishes beside its fees; what is in use cannot be deleted."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from degreetrack.accounts.models import Right, User
from degreetrack.applications.models import Application
from degreetrack.catalogue import checks
from degreetrack.catalogue.models import (
    ChecklistItem,
    IntakeRoute,
    Level,
    ObjectionReason,
    Programme,
    Region,
    RequiredDocument,
    ResultCode,
    TariffRow,
)
from degreetrack.catalogue.services import institution
from degreetrack.documents.models import Document
from degreetrack.journal.admin import Journalled
from degreetrack.records.models import Result, Student
from degreetrack.web.admin.sure import SureForm, open_applications


def used_by(counts: dict[str, int]) -> list[str]:
    """What uses a row, in one sentence; nothing where nothing does."""
    told = [f"{name} {n}" for name, n in counts.items() if n]
    return [_("It is in use, and cannot be deleted: %(uses)s.") % {"uses": ", ".join(told)}] if told else []


def would_touch(applications: int) -> list[str]:
    """The doubt that a change touches applications under way."""
    if not applications:
        return []
    return [
        ngettext(
            "%(n)s application under way would be treated otherwise from now on.",
            "%(n)s applications under way would be treated otherwise from now on.",
            applications,
        )
        % {"n": applications}
    ]


class LevelForm(SureForm):
    def doubts(self, given: dict[str, Any]) -> list[str]:
        """By its rank a level needs papers."""
        touched = self.changes("rank")
        return would_touch(open_applications(result__programme__level=self.instance.pk) if touched else 0)


@admin.register(Level)
class LevelAdmin(Journalled):
    """Matric to PhD."""

    form = LevelForm
    list_display = ("code", "title_en", "title_ur", "rank")

    def uses(self, obj: Level) -> list[str]:
        """Programmes and fees hang on it."""
        return used_by(
            {
                _("Programmes"): Programme.objects.filter(level=obj).count(),
                _("Fees"): TariffRow.objects.filter(level=obj).count(),
            }
        )


class ProgrammeForm(SureForm):
    def doubts(self, given: dict[str, Any]) -> list[str]:
        """By its level a programme costs and needs papers."""
        touched = self.changes("level", "total_marks")
        return would_touch(open_applications(result__programme=self.instance.pk) if touched else 0)


@admin.register(Programme)
class ProgrammeAdmin(Journalled):
    """Programmes of study."""

    form = ProgrammeForm
    list_display = ("code", "title_en", "title_ur", "level", "total_marks")
    list_filter = ("level",)
    list_select_related = ("level",)
    search_fields = ("code", "title_en")

    def uses(self, obj: Programme) -> list[str]:
        """Results are of it."""
        return used_by({_("Results"): Result.objects.filter(programme=obj).count()})


@admin.register(Region)
class RegionAdmin(Journalled):
    """Regional offices."""

    list_display = ("code", "name_en", "name_ur")
    search_fields = ("code", "name_en")

    def uses(self, obj: Region) -> list[str]:
        """Students, staff, rights and applications belong to it."""
        here = Q(office=obj.pk) | Q(collect_office=obj.pk)
        return used_by(
            {
                _("Students"): Student.objects.filter(region=obj).count(),
                _("Applications"): Application.objects.filter(here).count(),
                _("Staff"): User.objects.filter(office=obj.pk).count(),
                _("Rights"): Right.objects.filter(office=obj.pk).count(),
            }
        )


class ResultCodeForm(SureForm):
    def doubts(self, given: dict[str, Any]) -> list[str]:
        """Whether it blocks decides over applications."""
        touched = self.changes("blocks")
        named = {"result__result_codes__contains": self.instance.pk}
        return would_touch(open_applications(**named) if touched else 0)


@admin.register(ResultCode)
class ResultCodeAdmin(Journalled):
    """Codes on results."""

    form = ResultCodeForm
    list_display = ("code", "meaning_en", "fee", "blocks")

    def uses(self, obj: ResultCode) -> list[str]:
        """Results carry it."""
        carrying = Result.objects.filter(result_codes__contains=obj.pk)
        return used_by({_("Results"): sum(obj.pk in result.codes for result in carrying.iterator())})


class RequiredDocumentForm(SureForm):
    def clean(self) -> dict[str, Any]:
        """A range that is one, a sample that is a picture."""
        given = self.cleaned_data
        self.keep_spaces("sample")
        if given.get("from_rank", 0) > given.get("to_rank", 0) and not self.errors:
            self.add_error("to_rank", _("The highest rank lies below the lowest."))
        if given.get("sample") and (why := checks.drawing(given["sample"])):
            self.add_error("sample", why)
        return super().clean()

    def doubts(self, given: dict[str, Any]) -> list[str]:
        """Applications under way that are asked for it, now or after the change."""
        if not self.instance._state.adding and not self.changes(
            "from_rank", "to_rank", "kind", "issue", "online"
        ):
            return []
        ranks = {"result__programme__level__rank__range": (given["from_rank"], given["to_rank"])}
        narrow = {name: given[name] for name in ("kind", "issue") if given[name]}
        return would_touch(open_applications(**ranks, **narrow))


@admin.register(RequiredDocument)
class RequiredDocumentAdmin(Journalled):
    """Papers that applications need."""

    form = RequiredDocumentForm
    list_display = ("code", "name_en", "from_rank", "to_rank", "kind", "issue", "online")

    def uses(self, obj: RequiredDocument) -> list[str]:
        """Papers were handed in for it."""
        return used_by({_("Documents"): Document.objects.filter(requirement=obj).count()})


class ObjectionReasonForm(forms.ModelForm):
    def clean_retired(self) -> bool:
        """The one that the ledger raises by itself stays."""
        retired: bool = self.cleaned_data["retired"]
        if retired and self.instance.pk == institution().shortage_reason:
            raise forms.ValidationError(
                _("It is raised where a little is unpaid; name another one there first.")
            )
        return retired


@admin.register(ObjectionReason)
class ObjectionReasonAdmin(Journalled):
    """Defects in the applicant's words; retired when they are over, never deleted."""

    form = ObjectionReasonForm
    list_display = ("code", "group", "text_en", "retired")
    list_filter = ("group", "retired")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Objections were raised by it."""
        return False


@admin.register(ChecklistItem)
class ChecklistItemAdmin(Journalled):
    """What to look at on each document; retired when it is over, never deleted."""

    list_display = ("document", "order", "text_en", "reason", "retired")
    list_filter = ("document", "retired")
    list_select_related = ("document", "reason")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Clerks ticked it on cases."""
        return False


@admin.register(IntakeRoute)
class IntakeRouteAdmin(Journalled):
    """How each intake comes to its certificates."""

    list_display = ("from_year", "route", "text_en")
