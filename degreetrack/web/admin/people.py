"""Staff users and sections: nobody raises themselves, nobody is deleted, the last superuser stays."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from degreetrack.accounts import sessions
from degreetrack.accounts.models import Section, User
from degreetrack.applications import holds
from degreetrack.catalogue.models import Region
from degreetrack.journal.admin import Journalled
from degreetrack.web.admin.people_security import WithSecurity
from degreetrack.web.desk.owner_news import happened

PLACE: Any = (gettext_lazy("Place of work"), {"fields": ("section", "office", "supervisor", "language")})
RIGHTS = ("is_active", "is_staff", "is_superuser", "user_permissions")
OWN = (*RIGHTS, "section", "office", "supervisor")


class _Office:
    """An office that there is."""

    def clean_office(self) -> str:
        """The code of a region, or nothing."""
        office: str = self.cleaned_data["office"]  # type: ignore[attr-defined]
        if office and not Region.objects.filter(pk=office).exists():
            self.add_error("office", _("There is no such regional office."))  # type: ignore[attr-defined]
        return office


class StaffForm(_Office, UserChangeForm):
    def clean(self) -> dict[str, Any]:
        """Somebody must be left who may change this."""
        given: dict[str, Any] = super().clean() or {}
        ends = not (given.get("is_active", True) and given.get("is_superuser", True))
        if self.instance.is_superuser and self.instance.is_active and ends:
            # Held in one order until the change is kept, so that no two end each other at once.
            held = User.objects.select_for_update().filter(is_superuser=True, is_active=True).order_by("pk")
            if not [user for user in held if user.pk != self.instance.pk]:
                self.add_error(None, _("This is the last superuser: name another one first."))
        return given


class NewStaffForm(_Office, AdminUserCreationForm):
    pass


admin.site.unregister(Group)


WithSecurity.security_page.short_description = gettext_lazy("Security")  # type: ignore[attr-defined]


@admin.register(User)
class StaffUserAdmin(WithSecurity, Journalled, UserAdmin):
    """Who works where; what they may do comes from the section at the office."""

    secret = frozenset({"password", "email"})
    form = StaffForm
    add_form = NewStaffForm
    fieldsets = (
        (None, {"fields": ("username", "password", "security_page")}),
        (gettext_lazy("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        PLACE,
        (gettext_lazy("Permissions"), {"fields": RIGHTS}),
        (gettext_lazy("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        *UserAdmin.add_fieldsets,
        (None, {"classes": ("wide",), "fields": ("first_name", "last_name", "email")}),
        PLACE,
    )
    readonly_fields = ("security_page", "last_login", "date_joined")
    filter_horizontal = ("user_permissions",)
    list_display = ("username", "display_name", "section", "office", "supervisor", "is_active", "last_login")
    list_filter = ("section", "office", "supervisor", "is_active", "is_superuser")
    list_select_related = ("section",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History names them: they are made inactive."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers are changed by superusers."""
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody changes where they sit or what they may do themselves; only superusers give permissions."""
        fields = [*super().get_readonly_fields(request, obj)]
        if obj is not None and obj.pk == request.user.pk:
            return [*fields, *OWN]
        return fields if request.user.is_superuser else [*fields, *RIGHTS[1:]]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Who moves gives back what they have in hand; who leaves is signed out everywhere."""
        super().save_model(request, obj, form, change)
        if change and {"section", "office", "is_active"} & {*form.changed_data}:
            holds.give_back_all(obj, by=request.user)  # type: ignore[arg-type]
        if change and not obj.is_active:
            sessions.end_all(obj)

    @transaction.atomic
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """A new password ends the person's sessions; one's own is changed where the old one is asked for."""
        if id == str(request.user.pk):
            return redirect("desk:password")
        answer = super().user_change_password(request, id, form_url)
        user = User.objects.filter(pk=id).first() if answer.status_code == 302 else None
        if user:
            happened(user, "password_changed", by=request.user)  # type: ignore[arg-type]
            sessions.end_all(user)
        return answer


@admin.register(Section)
class SectionAdmin(Journalled):
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
