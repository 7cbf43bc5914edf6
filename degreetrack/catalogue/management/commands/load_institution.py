"""degreetrack load-institution DIR: take in what the university publishes."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from degreetrack.catalogue.loader import LoadFaults, WouldOverwrite
from degreetrack.catalogue.services import load_institution


class Command(BaseCommand):
    help = "Load an institution's folder (TOML and CSV). Safe to repeat; with any fault nothing is loaded."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the folder."""
        parser.add_argument("directory", type=Path)
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="also what the administration changed since the last load",
        )

    def handle(self, *args: str, directory: Path, overwrite: bool, **options: str) -> None:
        """Load it, or name each fault's file, line and field."""
        try:
            counts = load_institution(directory, overwrite=overwrite)
        except WouldOverwrite as lost:
            for line in lost.faults:
                self.stderr.write(line)
            raise CommandError(
                f"Nothing was loaded: it would undo {len(lost.faults)} changes made in the administration."
                " Put them into the files, or load with --overwrite."
            ) from lost
        except LoadFaults as faults:
            for fault in faults.faults:
                self.stderr.write(fault)
            raise CommandError(f"Nothing was loaded: {len(faults.faults)} faults.") from faults
        self.stdout.write("Loaded: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
