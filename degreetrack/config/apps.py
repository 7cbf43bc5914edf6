"""Django's admin, named for what it is here."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """The admin of users and the catalogue."""

    default_site = "degreetrack.config.admin.StaffAdminSite"
