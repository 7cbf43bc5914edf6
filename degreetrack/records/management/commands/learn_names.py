"""degreetrack learn-names: make the names of all students known to the search."""

import sys

from django.core.management.base import BaseCommand
from tqdm import tqdm

from degreetrack.records.models import Student
from degreetrack.records.names import learn_all


class Command(BaseCommand):
    help = "Make the names of all students known to the search; once, after an upgrade. Safe to repeat."

    def handle(self, *args: str, **options: str) -> None:
        """Take them in, and count them."""
        with tqdm(total=Student.objects.count(), unit=" students", disable=not sys.stderr.isatty()) as bar:
            for seen in learn_all():
                bar.update(seen)
        self.stdout.write(f"students looked at: {bar.total}")
