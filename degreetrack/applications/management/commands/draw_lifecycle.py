"""degreetrack draw-lifecycle: write docs/lifecycle.md from the table."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from degreetrack.applications.diagram import lifecycle_page


class Command(BaseCommand):
    help = "Write the page of states and moves from the table."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask where to."""
        parser.add_argument("file", nargs="?", type=Path, default=Path("docs/lifecycle.md"))

    def handle(self, *args: str, file: Path, **options: str) -> None:
        """Write the file."""
        with translation.override("en"):
            file.write_text(lifecycle_page(), encoding="utf-8")
        self.stdout.write(f"Wrote {file}.")
