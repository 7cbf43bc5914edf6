"""The institution's files and the administration: neither undoes the other unseen."""

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from degreetrack.accounts.models import Right
from degreetrack.catalogue import models, services
from degreetrack.catalogue.loader import WouldOverwrite
from degreetrack.journal.services import timeline
from tests.conftest import AIOU
from tests.office import address, fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path) -> Path:
    return shutil.copytree(AIOU, tmp_path / "uni", ignore=shutil.ignore_patterns("sample"))


def _lost(folder: Path) -> list[str]:
    with pytest.raises(WouldOverwrite) as caught:
        services.load_institution(folder)
    return caught.value.faults


def test_a_load_is_journalled_with_its_counts(folder):
    counts = services.load_institution(folder)

    (entry,) = timeline("admin/files")
    assert (entry.verb, entry.actor_name) == ("loaded", "load-institution")
    assert entry.data["after"] == {"slug": "aiou", "overwritten": []} | counts


def test_what_the_administration_changed_is_told_by_line_and_cell(office, folder, aiou):
    fill(office, address(aiou), objection_days=25)
    fill(office, address(models.Level.objects.get(pk="fa")), title_en="Intermediate")

    assert _lost(folder) == [
        "institution.toml: objection_days: is “25” by the administration, “30” in the file",
        "levels.csv: line 3: title_en: is “Intermediate” by the administration, “FA” in the file",
    ]
    aiou.refresh_from_db()
    assert aiou.objection_days == 25


def test_the_same_change_in_the_files_is_no_fault_and_later_ones_count(office, folder, aiou):
    fill(office, address(aiou), objection_days=25)
    toml = folder / "institution.toml"
    first = toml.read_text(encoding="utf-8")

    toml.write_text(first.replace("objection_days = 30", "objection_days = 25"), encoding="utf-8")
    services.load_institution(folder)
    toml.write_text(first.replace("objection_days = 30", "objection_days = 28"), encoding="utf-8")
    services.load_institution(folder)

    aiou.refresh_from_db()
    assert aiou.objection_days == 28


def test_what_was_deleted_added_or_retired_is_told(office, folder, aiou):
    programme = models.Programme.objects.exclude(pk="BSCS").first()
    office.post(address(programme, "delete"), {"post": "yes"})
    reason = models.ObjectionReason.objects.get(pk="cnic-copy")
    fill(office, address(reason), retired="on")
    new = {
        name: getattr(reason, name) for name in ("group", "text_en", "text_ur", "cure_en", "cure_ur", "rule")
    }
    fill(office, address(models.ObjectionReason, "add"), code="torn", **new)

    assert [re.sub(r"line \d+", "line N", line) for line in _lost(folder)] == [
        "programmes.csv: line N: was deleted in the administration, and would come back",
        "objection_reasons.csv: line N: was retired in the administration, and would come back",
        "objection_reasons.csv: “torn” is of the administration, and would end",
    ]


def test_a_day_changed_in_the_administration_is_found_by_its_day(office, folder, aiou):
    day = models.Holiday.objects.order_by("-day").first()
    new = (timezone.localdate() + timedelta(days=900)).isoformat()
    fill(office, address(models.Holiday, "add"), day=new, name_en="New", name_ur="نیا")

    services.load_institution(folder)

    assert models.Holiday.objects.get(pk=new).name_en == "New"
    assert models.Holiday.objects.get(pk=day.pk) == day


def test_rights_of_the_files_are_loaded_over_and_over(folder):
    services.load_institution(folder)
    rights = Right.objects.count()

    services.load_institution(folder)

    assert Right.objects.count() == rights


def test_the_command_tells_what_it_would_undo_and_does_it_when_told_to(office, folder, aiou, capsys):
    fill(office, address(aiou), objection_days=25)

    with pytest.raises(CommandError, match="it would undo 1 changes made in the administration"):
        call_command("load_institution", str(folder))
    line = "institution.toml: objection_days: is “25” by the administration, “30” in the file"
    assert capsys.readouterr().err.strip() == line

    call_command("load_institution", str(folder), "--overwrite")
    aiou.refresh_from_db()
    assert aiou.objection_days == 30
    assert timeline("admin/files")[-1].data["after"]["overwritten"] == [line]
    services.load_institution(folder)
