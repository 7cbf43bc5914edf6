"""degreetrack archive-months: old months of the journal and of notices go into files."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from degreetrack.journal import archiving as of_the_journal
from degreetrack.journal.archives import Absent, Spoilt
from degreetrack.keeping.periods import before, in_use
from degreetrack.kit.refusals import Refused
from degreetrack.notifications import archiving as of_notices


class Command(BaseCommand):
    help = "Move months that are over and old into archives. Safe to stop and repeat; run it every night."

    def handle(self, *args: str, **options: str) -> None:
        """Month by month, oldest first, saying what went where."""
        notices, journal = before(settings.NOTICE_MONTHS), before(settings.JOURNAL_MONTHS)
        try:
            while archive := of_notices.archive_month(before=notices):
                self.stdout.write(f"{archive.name}: {archive.rows:,} rows, {archive.bytes:,} bytes")
            while archive := of_the_journal.archive_month(before=journal, keeps=in_use):
                self.stdout.write(f"{archive.name}: {archive.rows:,} rows, {archive.bytes:,} bytes")
        except (Refused, Absent, Spoilt) as why:
            raise CommandError(str(why)) from why
