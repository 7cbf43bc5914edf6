"""degreetrack verify-ledger: prove that all money is where the challans say it is."""

from django.core.management.base import BaseCommand, CommandError

from degreetrack.fees.ledger import check_ledger
from degreetrack.fees.models import Challan, Payment, Posting


class Command(BaseCommand):
    help = "Check that the ledger balances and that challans and payments agree with it; name each fault."

    def handle(self, *args: str, **options: str) -> None:
        """Print what is wrong and end with 1, or say that all is whole."""
        faults = check_ledger()
        for fault in faults:
            self.stdout.write(fault)
        if faults:
            raise CommandError(f"The ledger is wrong in {len(faults)} places.")
        counts = f"{Payment.objects.count()} payments, {Challan.objects.count()} challans"
        self.stdout.write(f"Whole: {Posting.objects.count()} postings, {counts}.")
