"""degreetrack clean-documents: delete files that a crash left without a row."""

from django.core.management.base import BaseCommand

from degreetrack.documents.services import delete_orphans
from degreetrack.documents.uploads import forget_old_uploads


class Command(BaseCommand):
    help = "Delete files of the document store that no row knows, and uploads given up, older than a day."

    def handle(self, *args: str, **options: str) -> None:
        """Delete them and say how many."""
        uploads = forget_old_uploads()
        self.stdout.write(f"Deleted: {delete_orphans()} files without a row, {uploads} uploads given up.")
