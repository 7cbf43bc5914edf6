"""The tariff and the charges: a new fee is a new row from a later day; what has held stays as it was."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from degreetrack.catalogue.models import Charge, TariffRow
from degreetrack.journal.admin import Journalled
from degreetrack.web.admin.sure import SureForm


class FeeForm(SureForm):
    """A fee that holds from a day yet to come; one far from the fee before it is asked about."""

    same: tuple[str, ...] = ()

    def clean_holds_from(self) -> Any:
        """A tariff cannot change the past, nor today: people have been told today's fee."""
        day = self.cleaned_data["holds_from"]
        if day <= timezone.localdate():
            self.add_error("holds_from", _("Choose a day after today: what has held cannot change."))
        return day

    def doubts(self, given: dict[str, Any]) -> list[str]:
        """More than half above or below the fee before it."""
        rows = self._meta.model._default_manager.filter(
            **{name: given[name] for name in self.same}, holds_from__lt=given["holds_from"]
        )
        before = rows.exclude(pk=self.instance.pk).order_by("-holds_from").first()
        if before is None or 2 * abs(given["amount"] - before.amount) <= before.amount:
            return []
        return [
            _("The fee before it is %(before)s, this one is %(amount)s: more than half apart.")
            % {"before": before.amount, "amount": given["amount"]}
        ]


class TariffForm(FeeForm):
    same = ("level", "kind", "issue", "urgent")


class ChargeForm(FeeForm):
    same = ("code",)


class FeeAdmin(Journalled):
    """Fees with their dates; those whose day has come are read only."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until its day has come."""
        return super().has_change_permission(request, obj) and self._is_to_come(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until its day has come."""
        return super().has_delete_permission(request, obj) and self._is_to_come(obj)

    def _is_to_come(self, obj: Any) -> bool:
        return obj is None or obj.holds_from > timezone.localdate()


@admin.register(TariffRow)
class TariffRowAdmin(FeeAdmin):
    """The tariff."""

    form = TariffForm
    list_display = ("level", "kind", "issue", "urgent", "amount", "holds_from")
    list_filter = ("level", "kind", "issue", "urgent")
    list_select_related = ("level",)
    ordering = ("-holds_from", "level__rank", "kind", "issue", "urgent")


@admin.register(Charge)
class ChargeAdmin(FeeAdmin):
    """Charges beside the tariff."""

    form = ChargeForm
    list_display = ("code", "name_en", "amount", "holds_from")
    list_filter = ("code",)
    ordering = ("code", "-holds_from")
