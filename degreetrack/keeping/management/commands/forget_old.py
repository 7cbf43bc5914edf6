"""degreetrack forget-old: everything whose time is over, however long ago; the worker does what falls due."""

from django.core.management.base import BaseCommand

from degreetrack.keeping.retention import forget_old


class Command(BaseCommand):
    help = "Forget all that was kept long enough. Needed once, when a period is shortened or begun with."

    def handle(self, *args: str, **options: str) -> None:
        """In small batches until nothing is left, saying how many of each."""
        while any(found := forget_old(everything=True).values()):
            self.stdout.write(f"{sum(found):,} forgotten")
