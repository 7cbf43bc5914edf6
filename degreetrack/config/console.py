"""The `degreetrack` command: all of Django's commands and ours, dashes or underscores."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    """Run `degreetrack COMMAND`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "degreetrack.config.settings")
    command = [word.replace("-", "_") if not word.startswith("-") else word for word in sys.argv[1:2]]
    try:
        execute_from_command_line(["degreetrack", *command, *sys.argv[2:]])
    except ImproperlyConfigured as error:
        sys.exit(f"degreetrack: {error}")
