"""degreetrack anchor-journal: sign the newest seal, on the one machine that has the key."""

from pathlib import Path

from django.conf import settings
from django.core.mail import send_mail
from django.core.management.base import BaseCommand, CommandError, CommandParser

from degreetrack.journal import anchors
from degreetrack.journal.services import seal_new
from degreetrack.kit.refusals import Refused


class Command(BaseCommand):
    help = "Seal, sign where the journal stands, append it to ANCHOR_FILE and send it to ANCHOR_TO."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to make a key, and to hand over to a new one."""
        parser.add_argument("--make-key", type=Path, metavar="FILE", help="write a new key; sign nothing")
        parser.add_argument("--next-key", default="", metavar="HEX", help="hand over to this public key")
        parser.add_argument("--if-due", action="store_true", help="only where today has no anchor yet")

    def handle(self, *args: str, make_key: Path | None, next_key: str, if_due: bool, **options: str) -> None:
        """Print the line, so that it can be noted down elsewhere."""
        try:
            if make_key:
                self.stdout.write(f"Public key: {anchors.make_key(make_key)}")
                return
            if not settings.ANCHOR_KEY_FILE:
                raise CommandError("ANCHOR_KEY_FILE is not set: this machine does not sign.")
            path = Path(settings.ANCHOR_FILE)
            if if_due and not anchors.is_due(path):
                return
            key = anchors.read_key(Path(settings.ANCHOR_KEY_FILE))
            seal_new()
            line = anchors.anchor(path, key, next_key=next_key)
        except (Refused, OSError, ValueError) as why:
            raise CommandError(str(why)) from why
        self.stdout.write(line)
        if settings.ANCHOR_TO:
            send_mail("Anchor of the journal: keep this message", line, None, settings.ANCHOR_TO)
