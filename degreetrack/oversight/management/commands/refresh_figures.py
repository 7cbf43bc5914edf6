"""degreetrack refresh-figures: count what is new into the figures that pages show."""

import sys

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from degreetrack.journal.services import seal_new
from degreetrack.kit.refusals import Refused
from degreetrack.oversight.rollups import refresh_figures, start_over


class Command(BaseCommand):
    help = "Bring the figures up to date. Safe to stop, to repeat, and beside the workers."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to count everything again."""
        parser.add_argument("--from-scratch", action="store_true", help="forget the sums and count all again")
        parser.add_argument("--batch", type=int, default=20_000, help="moves in one transaction")

    def handle(self, *args: str, from_scratch: bool, batch: int, **options: str) -> None:
        """Seal what is not sealed yet, as only that is counted; then count."""
        seal_new()
        if from_scratch:
            try:
                start_over()
            except Refused as refusal:
                raise CommandError(str(refusal)) from refusal
        with tqdm(unit=" moves", disable=not sys.stderr.isatty()) as bar:
            counted = refresh_figures(most=batch, rounds=None, progress=bar.update)
        self.stdout.write(f"{counted:,} moves counted.")
