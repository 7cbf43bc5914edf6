"""Urdu is complete, and what is compiled is what is written."""

import re
import shutil
import subprocess
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).parent.parent
PO = ROOT / "locale" / "ur" / "LC_MESSAGES" / "django.po"


def _texts(file: polib.POFile | polib.MOFile) -> dict[tuple, tuple]:
    return {
        (e.msgctxt or None, e.msgid): (e.msgstr, tuple(sorted((e.msgstr_plural or {}).items()))) for e in file
    }


def test_every_string_is_in_urdu():
    po = polib.pofile(str(PO))

    assert [entry.msgid for entry in po if not entry.translated()] == []


def test_the_compiled_file_is_current():
    assert _texts(polib.mofile(str(PO.with_suffix(".mo")))) == _texts(polib.pofile(str(PO)))


def test_values_stand_in_both_languages():
    for entry in polib.pofile(str(PO)):
        for urdu in (entry.msgstr_plural or {0: entry.msgstr}).values():
            values = set(re.findall(r"%\(\w+\)s", entry.msgid))
            assert set(re.findall(r"%\(\w+\)s", urdu)) == values, entry.msgid


@pytest.mark.skipif(not shutil.which("xgettext"), reason="needs gettext: apt-get install gettext")
def test_no_string_of_the_code_is_missing(tmp_path):
    for folder in ("degreetrack", "templates", "locale"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    command = "from django.core.management import execute_from_command_line as run; import sys; run(sys.argv)"
    arguments = ["makemessages", "-l", "ur", "--no-obsolete", "-v0"]
    subprocess.run(
        [shutil.which("python3", path=f"{ROOT}/.venv/bin") or "python3", "-c", command, *arguments],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "SECRET_KEY": "x", "ALLOWED_HOSTS": "x", "DEMO": "1"}
        | {"DJANGO_SETTINGS_MODULE": "degreetrack.config.settings", "PYTHONPATH": str(tmp_path)},
        check=True,
    )

    found = {(e.msgctxt, e.msgid) for e in polib.pofile(str(tmp_path / "locale/ur/LC_MESSAGES/django.po"))}
    known = {(e.msgctxt, e.msgid) for e in polib.pofile(str(PO))}
    assert found == known
