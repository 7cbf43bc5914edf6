"""degreetrack end-sessions: sign everybody out, staff and applicants."""

from django.core.management.base import BaseCommand, CommandParser

from degreetrack.keeping.breach import end_all_sessions


class Command(BaseCommand):
    help = "For a breach: ends every session at once. Change SECRET_KEY too, as docs/breach.md says."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask why."""
        parser.add_argument("--reason", required=True)

    def handle(self, *args: str, reason: str, **options: str) -> None:
        """Say how many ended."""
        self.stdout.write(f"{end_all_sessions(reason=reason)} sessions ended.")
