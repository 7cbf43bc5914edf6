"""degreetrack verify-export FILE: prove an exported piece of the journal, without a database."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from degreetrack.journal.proof import Broken, prove, told


class Command(BaseCommand):
    help = "Prove a file of the audit's export; name the first line that does not fit."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: str, file: Path, **options: str) -> None:
        """Read it line by line."""
        try:
            with file.open(encoding="utf-8") as lines:
                self.stdout.write(told(prove(lines)))
        except (OSError, UnicodeDecodeError, Broken) as why:
            raise CommandError(str(why)) from why
