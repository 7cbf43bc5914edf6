"""Staff users and sections in Django's admin."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from degreetrack.accounts.models import Section, User

PLACE: Any = (_("Place of work"), {"fields": ("section", "office", "supervisor", "language")})


@admin.register(User)
class StaffUserAdmin(UserAdmin):
    """Who works where; what they may do comes from the section."""

    fieldsets = (*(UserAdmin.fieldsets or ()), PLACE)
    add_fieldsets = (
        *UserAdmin.add_fieldsets,
        (None, {"classes": ("wide",), "fields": ("first_name", "last_name", "email")}),
        PLACE,
    )
    list_display = ("username", "display_name", "section", "office", "supervisor", "is_active", "last_login")
    list_filter = ("section", "office", "supervisor", "is_active", "is_superuser")
    list_select_related = ("section",)


@admin.register(Section)
class SectionAdmin(admin.ModelAdmin):
    """Sections are read here; they come from the institution's files."""

    list_display = ("code", "name_en", "name_ur")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only the files add sections."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only the files change them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only the files end them."""
        return False
