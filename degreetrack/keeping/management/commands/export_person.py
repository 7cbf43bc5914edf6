"""degreetrack export-person FILE: everything that is kept of one person, to hand over."""

import os
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from degreetrack.accounts.models import User
from degreetrack.keeping import export, persons
from degreetrack.kit.refusals import Refused


class Command(BaseCommand):
    help = "Reads the registration, roll or CNIC number from standard input; writes a ZIP."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask where to, and who hands it over."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, metavar="USERNAME", help="the member of staff")

    def handle(self, *args: str, file: Path, by: str, **options: str) -> None:
        """Write a new file that its owner alone can read."""
        user = User.objects.filter(username=by, is_active=True).first()
        if user is None:
            raise CommandError("No active member of staff has this username.")
        try:
            student = persons.found(sys.stdin.readline().strip())
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
                export.write(student, written, by=user)
        except (Refused, OSError) as why:
            raise CommandError(str(why)) from why
        self.stdout.write(f"Written: {file}")
