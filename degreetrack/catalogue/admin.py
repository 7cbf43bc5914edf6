"""The catalogue in Django's admin."""

from django.contrib import admin

from degreetrack.catalogue import models

for model in (
    models.Institution,
    models.Level,
    models.Programme,
    models.Region,
    models.ResultCode,
    models.RequiredDocument,
    models.ObjectionReason,
    models.ChecklistItem,
    models.Holiday,
    models.Signatory,
):
    admin.site.register(model)


class OnlyRead(admin.ModelAdmin):
    """Fees are read here; a new fee comes in a new row of the institution's files."""

    def has_add_permission(self, request):
        """Only the files add fees."""
        return False

    def has_change_permission(self, request, obj=None):
        """A tariff cannot change the past."""
        return False

    def has_delete_permission(self, request, obj=None):
        """Nor forget it."""
        return False


@admin.register(models.TariffRow)
class TariffRowAdmin(OnlyRead):
    """The tariff."""

    list_display = ("level", "kind", "issue", "urgent", "amount", "holds_from")
    list_filter = ("level", "kind", "issue", "urgent")


@admin.register(models.Charge)
class ChargeAdmin(OnlyRead):
    """Charges beside the tariff."""

    list_display = ("code", "name_en", "amount", "holds_from")
    list_filter = ("code",)
