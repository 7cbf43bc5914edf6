"""degreetrack reset-factors: for the administrator who has lost every device and code."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from degreetrack.accounts.models import Actor, User
from degreetrack.web.desk.resets import reset


class Command(BaseCommand):
    help = "Remove the second factors of a person, end their sessions, and tell them by e-mail."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for whom and why."""
        parser.add_argument("username")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: str, username: str, reason: str, **options: str) -> None:
        """Reset, and say so."""
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is nobody of the name {username}.")
        number = reset(user, by=Actor("console"), reason=reason)
        self.stdout.write(
            f"Second factors removed: {number}. {username} sets up a new one at the next sign-in."
        )
