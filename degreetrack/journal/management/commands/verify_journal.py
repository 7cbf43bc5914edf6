"""degreetrack verify-journal: prove that no entry was changed, removed or inserted."""

import sys

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from degreetrack.journal.archives import absent
from degreetrack.journal.models import Entry, Seal
from degreetrack.journal.verification import verify


class Command(BaseCommand):
    help = "Check every chain and every seal of the journal; name what was changed, removed or inserted."

    def handle(self, *args: str, **options: str) -> None:
        """Print what is broken and end with 1, or say that all is whole."""
        total = Entry.objects.count()
        with tqdm(total=total, unit=" entries", disable=not sys.stderr.isatty()) as bar:
            findings = verify(progress=lambda checked: bar.update(checked) and None)
        for name in absent():
            self.stdout.write(f"Not here, and not proven: archive {name}.")
        for finding in findings:
            self.stdout.write(finding)
        if findings:
            raise CommandError(f"The journal is broken in {len(findings)} places.")
        self.stdout.write(f"Whole: {total} entries, {Seal.objects.count()} seals.")
