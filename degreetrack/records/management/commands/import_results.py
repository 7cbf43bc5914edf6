"""degreetrack import-results FILE: take in the examination system's export."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from degreetrack.kit.refusals import Refused
from degreetrack.records.rows import Verdict
from degreetrack.records.services import import_results


class Command(BaseCommand):
    help = "Import results. Safe to repeat; good rows go in, bad ones are handed back with reasons."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the file, and where to tell what was done."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--rejects", type=Path, help="write the rejected rows here, to be corrected")
        parser.add_argument("--report", type=Path, help="write line,verdict,field,reason here")

    def handle(
        self, *args: str, file: Path, rejects: Path | None, report: Path | None, **options: str
    ) -> None:
        """Import, and count the verdicts."""
        try:
            with file.open("rb") as lines:
                total = sum(1 for _line in lines) - 1
            with tqdm(total=total, unit=" rows", disable=not sys.stderr.isatty()) as bar:
                counts = import_results(file, rejects=rejects, report=report, progress=bar.update)
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(", ".join(f"{verdict} {counts[verdict]}" for verdict in Verdict))
