"""degreetrack verify-journal: prove that no entry was changed, removed or inserted."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from degreetrack.journal import anchors
from degreetrack.journal.archives import absent
from degreetrack.journal.models import Entry, Seal
from degreetrack.journal.verification import verify


class Command(BaseCommand):
    help = "Check every chain and every seal of the journal; name what was changed, removed or inserted."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for anchors and the key that signed the first of them."""
        parser.add_argument("--anchors", type=Path, metavar="FILE", help="as an outsider kept them")
        parser.add_argument("--public-key", default="", metavar="HEX")

    def handle(self, *args: str, anchors: Path | None, public_key: str, **options: str) -> None:
        """Print what is broken and end with 1, or say that all is whole."""
        signed = _lines(anchors, public_key) if anchors else []
        total = Entry.objects.count()
        with tqdm(total=total, unit=" entries", disable=not sys.stderr.isatty()) as bar:
            findings = verify(progress=lambda checked: bar.update(checked) and None)
        findings += _unanchored(signed, public_key)
        for name in absent():
            self.stdout.write(f"Not here, and not proven: archive {name}.")
        for finding in findings:
            self.stdout.write(finding)
        if findings:
            raise CommandError(f"The journal is broken in {len(findings)} places.")
        told = f", {len(signed)} anchors" if signed else ""
        self.stdout.write(f"Whole: {total} entries, {Seal.objects.count()} seals{told}.")


def _lines(path: Path, public_key: str) -> list[str]:
    if not public_key:
        raise CommandError("Give --public-key: the key that signed the first anchor.")
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError as why:
        raise CommandError(str(why)) from why


def _unanchored(lines: list[str], public_key: str) -> list[str]:
    return list(anchors.broken(lines, public_key))
