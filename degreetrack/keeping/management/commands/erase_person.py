"""degreetrack erase-person: erase what need not be kept of one person, at their wish."""

import sys

from django.core.management.base import BaseCommand, CommandError, CommandParser

from degreetrack.accounts.models import User
from degreetrack.keeping import persons
from degreetrack.kit.refusals import Refused


class Command(BaseCommand):
    help = "Reads the registration, roll or CNIC number from standard input, never from the command line."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask who answers for it, and why."""
        parser.add_argument("--by", required=True, metavar="USERNAME", help="the member of staff who decided")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: str, by: str, reason: str, **options: str) -> None:
        """Say how much was erased."""
        user = User.objects.filter(username=by, is_active=True).first()
        if user is None:
            raise CommandError("No active member of staff has this username.")
        try:
            told = persons.erase(persons.found(sys.stdin.readline().strip()), by=user, reason=reason)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(", ".join(f"{name}: {number}" for name, number in told.items()))
