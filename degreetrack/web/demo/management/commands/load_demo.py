"""degreetrack load-demo: the sample university; what is there already stays."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from degreetrack.applications.forecasts import refresh_forecasts
from degreetrack.applications.models import Application
from degreetrack.catalogue.services import load_institution
from degreetrack.journal.services import seal_new
from degreetrack.oversight.rollups import refresh_figures
from degreetrack.records.services import import_results
from degreetrack.web.demo.sample import SampleYear, make_staff

FOLDER: Path = settings.BASE_DIR / "institutions" / "aiou"


class Command(BaseCommand):
    help = "Load the sample university into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask how large the year is."""
        parser.add_argument("--applications", type=int, default=2400)

    def handle(self, *args: str, applications: int, **options: str) -> None:
        """Load the institution, its results, its staff and a year of applications."""
        load_institution(FOLDER)
        make_staff()
        if Application.objects.exists():
            self.stdout.write("The sample university is there already; its data are kept.")
            return
        self.stdout.write("Importing 20,000 results ...")
        import_results(FOLDER / "sample" / "results.csv")
        self.stdout.write(f"Living through a year of {applications:,} applications ...")
        SampleYear().fill(applications)
        seal_new()
        refresh_forecasts(at=timezone.now())
        refresh_figures(rounds=None)
