"""degreetrack take-bounce: one returned mail on standard input, as a mail server's pipe gives it."""

import sys

from django.core.management.base import BaseCommand
from django.utils import timezone

from degreetrack.notifications.bounces import read_bounce
from degreetrack.notifications.receipts import take_mail

MOST_BYTES = 10_000_000


class Command(BaseCommand):
    help = "Take in a returned mail or a complaint from standard input."

    def handle(self, *args: str, **options: object) -> None:
        """Mark its notice and address. What is no report of ours is told, and no error to the mail server."""
        bounce = read_bounce(sys.stdin.buffer.read(MOST_BYTES))
        if bounce is None:
            self.stdout.write("No report of a delivery: nothing was done.")
            return
        known = take_mail(
            bounce.message_id,
            to=bounce.to,
            fate=bounce.fate,
            problem=bounce.problem,
            stop=bounce.complaint,
            at=timezone.now(),
        )
        self.stdout.write("Taken in." if known else "It tells of no notice of ours: nothing was done.")
