"""docs/privacy.md knows every field of every table."""

import re
from collections import Counter
from pathlib import Path

from django.apps import apps
from django.conf import settings

from degreetrack.journal.veils import ERASABLE

PAGE = (Path(__file__).parent.parent / "docs" / "privacy.md").read_text(encoding="utf-8")


def _told() -> Counter[tuple[str, str]]:
    rows = re.findall(r"^\| `(\w+\.\w+)` \| ([^|]+) \|", PAGE, re.M)
    return Counter((table, field) for table, fields in rows for field in re.findall(r"`(\w+)`", fields))


def test_every_field_is_classified_once_and_none_that_is_gone():
    fields = Counter(
        (model._meta.label, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.name != "id"
    )

    assert sorted((fields - _told()).elements()) == []
    assert sorted((_told() - fields).elements()) == []


def test_what_is_personal_says_why_and_how_long():
    personal = PAGE.partition("## Personal")[2].partition("## Not personal")[0]
    cells = [line.strip("| ").split(" | ") for line in personal.splitlines() if line.startswith("| `")]

    assert [row[0] for row in cells if len(row) != 6 or not all(cell.strip() for cell in row)] == []


def test_the_periods_of_the_page_are_the_settings():
    periods = dict(re.findall(r"`([A-Z_]+_MONTHS)` \((\d+)\)", PAGE))

    assert {name: getattr(settings, name) for name in periods} == {n: int(v) for n, v in periods.items()}
    assert periods.keys() == {name for name in dir(settings) if name.endswith("_MONTHS")}


def test_what_the_journal_can_erase_is_no_state_or_count():
    assert ERASABLE & {"state", "paper", "row", "notice", "channel", "template", "limit_on"} == set()
