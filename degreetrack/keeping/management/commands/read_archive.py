"""degreetrack read-archive STREAM: a whole history, read back from the archives and the tables."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from degreetrack.journal.archived import timeline
from degreetrack.journal.archives import Absent, Spoilt


class Command(BaseCommand):
    help = "Tell everything that happened to application/17, student/4, user/7 ..., oldest first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the stream."""
        parser.add_argument("stream")

    def handle(self, *args: str, stream: str, **options: str) -> None:
        """One line for each entry."""
        try:
            for entry in timeline(stream):
                said = f"{entry.sequence} {entry.at:%Y-%m-%d %H:%M:%S} {entry.actor_name}: {entry.verb}"
                self.stdout.write(f"{said} {entry.data['after'] or ''} {entry.reason}".rstrip())
        except (Absent, Spoilt) as why:
            raise CommandError(f"This archive cannot be read: {why}") from why
