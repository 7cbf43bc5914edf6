"""The roof: the commands that need every room, and Django's admin, named for what it is here."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class RoofConfig(AppConfig):
    """The worker, which does the jobs of every room."""

    name = "degreetrack.config"
    label = "roof"


class StaffAdminConfig(AdminConfig):
    """The admin of users and the catalogue."""

    default_site = "degreetrack.config.admin.StaffAdminSite"
