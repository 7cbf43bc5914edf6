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
    models.Holiday,
    models.Signatory,
):
    admin.site.register(model)


@admin.register(models.TariffRow)
class TariffRowAdmin(admin.ModelAdmin):
    """Fees are read here; a new fee comes in a new row of the institution's files."""

    list_display: tuple[str, ...] = ("level", "kind", "issue", "urgent", "amount", "holds_from")
    list_filter: tuple[str, ...] = ("level", "kind", "issue", "urgent")

    def has_add_permission(self, request):
        """Only the files add fees."""
        return False

    def has_change_permission(self, request, obj=None):
        """A tariff cannot change the past."""
        return False

    def has_delete_permission(self, request, obj=None):
        """Nor forget it."""
        return False


@admin.register(models.Charge)
class ChargeAdmin(TariffRowAdmin):
    """Charges beside the tariff are read here too."""

    list_display = ("code", "name_en", "amount", "holds_from")
    list_filter = ("code",)
