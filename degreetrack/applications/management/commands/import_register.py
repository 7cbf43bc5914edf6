"""degreetrack import-register FILE: take in the old tracking register."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from degreetrack.applications.register import import_register
from degreetrack.kit.refusals import Refused


class Command(BaseCommand):
    help = "Import the old register's export; old tracking IDs go on working. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the file, and where to hand bad rows back."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--rejects", type=Path, help="write the rows that were not taken in, with reasons"
        )

    def handle(self, *args: str, file: Path, rejects: Path | None, **options: str) -> None:
        """Import, and say what became of the rows."""
        try:
            done = import_register(file, rejects=rejects)
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        for line, tracking_id, reason in done.faults[:20]:
            self.stdout.write(f"line {line} ({tracking_id}): {reason}")
        kinds = ("new", "known", "rejected")
        self.stdout.write(", ".join(f"{done.counts[kind]} {kind}" for kind in kinds))
