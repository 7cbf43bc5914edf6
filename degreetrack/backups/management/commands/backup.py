"""degreetrack backup TARGET: the database and the papers of one moment, encrypted."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from degreetrack.backups.bars import shown
from degreetrack.backups.making import Bars, back_up, thin_out
from degreetrack.backups.papers import Copied, copy_newest
from degreetrack.backups.sealing import Unfit, recipients


class Command(BaseCommand):
    help = "Back up the database and the papers into a folder, encrypted, while everything goes on."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask where to, for whom, how much and for how long."""
        parser.add_argument("target", type=Path, help="a folder for backups, best on another machine's disk")
        parser.add_argument(
            "--recipients",
            type=Path,
            required=True,
            help="a file of public keys, as age-keygen -y prints them",
        )
        parser.add_argument(
            "--days", type=int, default=30, help="keep the last of so many days (default: 30)"
        )
        parser.add_argument(
            "--quick",
            action="store_true",
            help="for every few minutes; PostgreSQL: new papers (the WAL archive has the rows); SQLite: all",
        )

    def handle(
        self, *args: str, target: Path, recipients: Path, days: int, quick: bool, **options: str
    ) -> None:
        """Make it, thin out old ones, and say what was made."""
        try:
            with shown() as bars:
                copied = self._make(target, recipients, days=days, quick=quick, bars=bars)
        except (Unfit, OSError) as error:
            raise CommandError(str(error)) from error
        lost = [*copied.missing, *copied.damaged]
        if lost:
            raise CommandError(
                f"The backup stands, but {len(copied.missing)} papers are missing in the store and"
                f" {len(copied.damaged)} are not what their rows describe: {', '.join(lost[:5])}"
            )

    def _make(self, target: Path, file: Path, *, days: int, quick: bool, bars: Bars) -> Copied:
        keys = recipients(file)
        if quick and connection.vendor == "postgresql":
            copied = copy_newest(target, to=keys, progress=bars("papers"))
            self.stdout.write(f"{copied.new} new papers.")
            return copied
        made = back_up(target, to=keys, bars=bars)
        rows = sum(made.manifest.database.tables.values())
        self.stdout.write(
            f"{made.folder}: {rows} rows, {made.manifest.database.journal['entries']} journal entries,"
            f" {made.copied.named} papers ({made.copied.new} new)."
        )
        for gone in thin_out(target, days=days):
            self.stdout.write(f"Deleted, as old: {gone}")
        return made.copied
