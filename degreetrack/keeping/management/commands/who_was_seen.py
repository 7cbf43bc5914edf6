"""degreetrack who-was-seen USERNAME: everybody whose data an account opened, to tell them of a breach."""

from datetime import date, datetime, time, timedelta

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from degreetrack.accounts.models import User
from degreetrack.applicants.contacts import contact_of
from degreetrack.keeping import breach


class Command(BaseCommand):
    help = "Prints, with tabs between: who, when first and last, how often, and where they are reached."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the account and the days, both included."""
        parser.add_argument("username")
        parser.add_argument("--since", type=date.fromisoformat, required=True, metavar="DAY")
        parser.add_argument("--tell", action="store_true", help="queue a notice to each of them")
        parser.add_argument("--until", type=date.fromisoformat, metavar="DAY")

    def handle(
        self, *args: str, username: str, since: date, until: date | None, tell: bool, **options: str
    ) -> None:
        """One line for each person, or how many are told."""
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError("No account has this username.")
        after = (until or timezone.localdate()) + timedelta(days=1)
        found = breach.seen_by(user, since=_midnight(since), until=_midnight(after))
        if tell:
            self.stdout.write(f"{breach.tell(found, since=_midnight(since))} persons are told.")
            return
        for seen in found:
            contact = contact_of(seen.student)
            when = [timezone.localtime(at).isoformat(" ", "minutes") for at in (seen.first, seen.last)]
            cells = [seen.student.registration_no, *when, str(seen.times), contact.mobile, contact.email]
            self.stdout.write("\t".join(cells))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
