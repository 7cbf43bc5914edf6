"""degreetrack verify-stock: prove that every numbered blank is where the ledger says."""

from django.core.management.base import BaseCommand, CommandError

from degreetrack.credentials.balance import check_stock
from degreetrack.credentials.models import Blank, Lot


class Command(BaseCommand):
    help = "Check that the stock of every delivery adds up, number by number; name each fault."

    def handle(self, *args: str, **options: str) -> None:
        """Print what is wrong and end with 1, or say that all is whole."""
        wrong = 0
        for fault in check_stock():
            self.stdout.write(fault)
            wrong += 1
        if wrong:
            raise CommandError(f"The stock is wrong in {wrong} places.")
        self.stdout.write(f"Whole: {Blank.objects.count()} blanks in {Lot.objects.count()} deliveries.")
