"""degreetrack restore SOURCE: a backup into an empty place, checked before and after."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from degreetrack.backups.bars import shown
from degreetrack.backups.making import Bars
from degreetrack.backups.restoring import check, newest, restore, restore_papers
from degreetrack.backups.sealing import Unfit, identities


class Command(BaseCommand):
    help = "Restore a backup into an empty database and an empty VAR_DIR (or bucket)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask where from, with which key, and how much."""
        parser.add_argument("source", type=Path, help="a backup, or a folder of backups: its newest")
        parser.add_argument("--identity", type=Path, required=True, help="the file that age-keygen wrote")
        parser.add_argument("--check", action="store_true", help="only read the backup from end to end")
        parser.add_argument(
            "--papers", action="store_true", help="only papers that this database names and the store lacks"
        )

    def handle(
        self, *args: str, source: Path, identity: Path, check: bool, papers: bool, **options: str
    ) -> None:
        """Restore, and say what is there now."""
        try:
            with shown() as bars:
                self._restore(source, identity, only_check=check, only_papers=papers, bars=bars)
        except (Unfit, OSError) as error:
            raise CommandError(str(error)) from error

    def _restore(self, source: Path, file: Path, *, only_check: bool, only_papers: bool, bars: Bars) -> None:
        keys = identities(file)
        if only_papers:
            brought, never = restore_papers(source, keys=keys, bars=bars)
            self.stdout.write(f"{brought} papers brought back.")
            if never:
                raise CommandError(
                    f"{len(never)} papers that rows name were never copied; ask for them again:"
                    f" {', '.join(never)}"
                )
            return
        folder = newest(source)
        manifest = (check if only_check else restore)(folder, keys=keys, bars=bars)
        self.stdout.write(f"{folder}, made at {manifest.made_at}: {'whole' if only_check else 'restored'}.")
        for name, rows in manifest.database.tables.items():
            self.stdout.write(f"{rows:12} {name}")
        self.stdout.write(f"{manifest.papers:12} papers")
        if manifest.lost:
            self.stdout.write(f"{len(manifest.lost):12} of them lost before the backup was made")
        if not only_check:
            entries = manifest.database.journal["entries"]
            self.stdout.write(f"The journal is whole: {entries} entries. Now run: degreetrack migrate")
