"""degreetrack import-payments FILE: take in the bank's file of payments."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from degreetrack.fees.bank_file import KNOWN, REJECTED, import_payments
from degreetrack.fees.models import Verdict
from degreetrack.kit.refusals import Refused


class Command(BaseCommand):
    help = "Import the bank's payments. Safe to repeat; good rows go in, bad ones come back with reasons."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the file, whose it is, and where to hand bad rows back."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--provider", default="bank", help="whose references these are (default: bank)")
        parser.add_argument(
            "--rejects", type=Path, help="write the rows that were not taken in, with reasons"
        )

    def handle(self, *args: str, file: Path, provider: str, rejects: Path | None, **options: str) -> None:
        """Import, and count the verdicts."""
        try:
            with file.open("rb") as lines:
                total = sum(1 for _line in lines) - 1
            with tqdm(total=total, unit=" rows", disable=not sys.stderr.isatty()) as bar:
                counts = import_payments(file, provider=provider, rejects=rejects, progress=bar.update)
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        told = [*Verdict.values, KNOWN, REJECTED]
        self.stdout.write(", ".join(f"{word} {counts[word]}" for word in told))
