"""degreetrack migrate: Django's, but who would have to wait for a lock gives up instead."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

# Whoever waits for a lock on a table makes everybody behind wait too, readers included.
PATIENCE = "5s"


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; a migration that gave up changed nothing, and is run again in a quieter moment."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [PATIENCE])
        super().handle(*args, **options)
