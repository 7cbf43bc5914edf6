# ruff: noqa: E501 - each fault stands in one line, as the registrar reads it
import shutil
from base64 import b64decode
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from degreetrack.accounts.models import Section
from degreetrack.catalogue import models, services
from degreetrack.catalogue.loader import LoadFaults
from degreetrack.kit.refusals import Refused
from tests.conftest import AIOU

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of an institution's folder, to be broken."""
    return shutil.copytree(AIOU, tmp_path / "uni", ignore=shutil.ignore_patterns("sample"))


def _change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _faults(folder: Path) -> list[str]:
    with pytest.raises(LoadFaults) as caught:
        services.load_institution(folder)
    return caught.value.faults


def test_the_same_folder_twice_changes_nothing(folder):
    first = services.load_institution(folder)

    assert services.load_institution(folder) == first
    assert (models.Region.objects.count(), models.TariffRow.objects.count()) == (50, first["tariff"])
    assert [str(right) for right in Section.objects.get(pk="regional").rights.all()] == [
        "regional *: regional"
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("levels.csv", ",1\n", ",first\n", "levels.csv: line 2: rank: must be a whole number, not “first”"),
        ("levels.csv", "Matric,", ",", "levels.csv: line 2: title_en: must not be empty"),
        ("levels.csv", "matric,M", "Ma tric,M", "levels.csv: line 2: code: must be small letters, digits and dashes, not “Ma tric”"),
        ("levels.csv", "code,", "kode,", "levels.csv: line 1: the columns must be code,title_en,title_ur,rank"),
        ("programmes.csv", ",matric,", ",moon,", "programmes.csv: line 2: level: “moon” does not stand in levels.csv"),
        ("regions.csv", "rawalpindi,", "islamabad,", "regions.csv: line 3: code: stands in line 2 already"),
        ("regions.csv", "islamabad,Islamabad", "islamabad,Islam,abad", "regions.csv: line 2: has 4 cells; 3 are needed"),
        ("result_codes.csv", ",300,Y", ",300,maybe", "result_codes.csv: line 2: blocks: must be Y or N, not “maybe”"),
        ("holidays.csv", "2025-03-31", "31.3.25", "holidays.csv: line 2: day: must be a date such as 2026-03-23, not “31.3.25”"),
        ("rights.csv", ",receipt\n", ",king\n", "rights.csv: line 2: role: must be one of receipt, scrutiny, verification, approval, printing, signature, dispatch, regional, controller, auditor, not “king”"),
        ("rights.csv", "regional,*", "regional,moon", "rights.csv: line 9: office: “moon” does not stand in regions.csv"),
        ("rights.csv", "audit,", "spies,", "rights.csv: line 11: section: “spies” does not stand in sections.csv"),
        ("required_documents.csv", ",1,7,,,N,1", ",1,7,MEDAL,,N,1", "required_documents.csv: line 2: kind: must be one of (empty), PC, DMC, DEGREE, not “MEDAL”"),
        ("institution.toml", 'slug = "aiou"', "", "institution.toml: slug: is missing, or of the wrong kind"),
        ("institution.toml", "objection_days = 30", 'objection_days = "30"', "institution.toml: objection_days: is missing, or of the wrong kind"),
        ("institution.toml", "challan_days = 10", "", "institution.toml: challan_days: is missing, or of the wrong kind"),
        ("institution.toml", "small_shortage = 200", "small_shortage = 2.5", "institution.toml: small_shortage: is missing, or of the wrong kind"),
        ("charges.csv", ",2500,", ",much,", "charges.csv: line 2: amount: must be a whole number, not “much”"),
        ("charges.csv", "2024-01-01", "2015-01-01", "charges.csv: line 3: code: stands in line 2 already"),
        ("institution.toml", '"fee-short"', '"fee-tall"', "institution.toml: shortage_reason: does not stand in objection_reasons.csv"),
        ("intake_routes.csv", "2014,online", "2014,by camel", "intake_routes.csv: line 3: route: must be one of online, paper, automatic, not “by camel”"),
        ("institution.toml", "revive_days", "survive_days", "institution.toml: survive_days: is not known; remove it or mend its spelling"),
        ("institution.toml", "[7, 15, 25, 29]", "[7, 15.5]", "institution.toml: reminder_days: must be whole numbers from 1 to 365"),
        ("institution.toml", "[A-Z]{2}[0-9]{6}", "[A-Z", "institution.toml: roll_pattern: is no regular expression: unterminated character set at position 0"),
        ("institution.toml", "weekend = [5, 6]", "weekend = [5, 7]", "institution.toml: weekend: must be days from 0 (Monday) to 6 (Sunday), and leave a day to work on"),
        ("institution.toml", "https://www", "ftp://www", "institution.toml: website: must begin with https://"),
        ("targets.csv", "checked,,N,5,3", "objected,,N,5,3", "targets.csv: line 4: state: must be one of received, answered, checked, verified, approved, printed, signed, not “objected”"),
        ("targets.csv", "received,,N,5,3", "received,,N,0,3", "targets.csv: line 2: days: must be a whole number from 1 to 365, not “0”"),
        ("targets.csv", "received,,N,5,3", "received,MEDAL,N,5,3", "targets.csv: line 2: kind: must be one of (empty), PC, DMC, DEGREE, not “MEDAL”"),
        ("targets.csv", "signed,,Y,1,1\n", "", "targets.csv: state: “signed” with urgent Y has no row for any kind"),
        ("targets.csv", "answered,,N", "received,,N", "targets.csv: line 3: state: stands in line 2 already"),
        ("checklists.csv", "challan,1,", "parchment,1,", "checklists.csv: line 2: document: “parchment” does not stand in required_documents.csv"),
        ("checklists.csv", ",fee-short\n", ",fee-tall\n", "checklists.csv: line 3: reason: “fee-tall” does not stand in objection_reasons.csv"),
        ("checklists.csv", "challan,2,", "challan,1,", "checklists.csv: line 3: document: stands in line 2 already"),
        ("objection_reasons.csv", ",fee_short\n", ",fee_tall\n", "objection_reasons.csv: line 10: finding: must be one of (empty), result_code, fee_short, no_urdu_name, no_cnic, not “fee_tall”"),
        ("crest.svg", "<svg", "<svg onload='x'><script>", "crest.svg: must be a plain SVG picture without scripts"),
    ],
)  # fmt: skip
def test_each_fault_names_file_line_and_field(name, old, new, fault, folder):
    _change(folder, name, old, new)

    assert fault in _faults(folder)
    assert models.Institution.objects.count() == 0


def test_all_faults_are_told_at_once_and_nothing_is_loaded(folder):
    _change(folder, "levels.csv", ",1\n", ",x\n")
    _change(folder, "holidays.csv", "2025-03-31", "soon")
    (folder / "regions.csv").unlink()
    (folder / "institution.toml").write_text("not toml at all", encoding="utf-8")

    files = sorted({fault.split(":")[0] for fault in _faults(folder)})

    assert files == [
        "holidays.csv",
        "institution.toml",
        "levels.csv",
        "programmes.csv",
        "regions.csv",
        "tariff.csv",
    ]
    assert models.Level.objects.count() == 0


def test_empty_lines_are_passed_over(folder):
    (folder / "levels.csv").write_text((folder / "levels.csv").read_text() + "\n,,,\n")

    assert services.load_institution(folder)["levels"] == 8


def test_a_reason_that_is_listed_no_more_is_retired_with_its_points_and_comes_back(folder):
    services.load_institution(folder)
    points = models.ChecklistItem.objects.filter(document="cnic", order=2)
    whole = {name: (folder / name).read_text("utf-8") for name in ("objection_reasons.csv", "checklists.csv")}
    for name, text in whole.items():
        kept = (line for line in text.splitlines(True) if "cnic-copy" not in line)
        (folder / name).write_text("".join(kept), encoding="utf-8")

    services.load_institution(folder)
    assert models.ObjectionReason.objects.get(pk="cnic-copy").retired is True
    assert points.get().retired is True
    assert models.ChecklistItem.objects.filter(retired=True).count() == 1

    for name, text in whole.items():
        (folder / name).write_text(text, encoding="utf-8")
    services.load_institution(folder)
    assert models.ObjectionReason.objects.get(pk="cnic-copy").retired is False
    assert points.get().retired is False


def test_every_required_document_has_its_checklist_in_both_languages(folder):
    services.load_institution(folder)

    for document in models.RequiredDocument.objects.all():
        points = document.checklist.all()
        assert [point.order for point in points] == list(range(1, len(points) + 1)), document.code
        assert points, document.code
        assert all(point.text_en and point.text_ur for point in points)


def test_a_target_that_is_listed_no_more_is_none_any_more(folder):
    services.load_institution(folder)
    _change(folder, "targets.csv", "received,DEGREE,N,10,5\n", "")
    _change(folder, "targets.csv", "received,,N,5,3", "received,,N,6,3")

    services.load_institution(folder)

    received = [str(row) for row in services.targets() if row.state == "received"]
    assert received == ["received any: 6", "received any urgent: 2"]


def test_a_tariff_cannot_change_the_past(folder):
    services.load_institution(folder)
    _change(
        folder, "tariff.csv", "matric,PC,ORIGINAL,N,400,2024-01-01", "matric,PC,ORIGINAL,N,450,2024-01-01"
    )

    [fault] = _faults(folder)

    assert fault.endswith("amount: was 400 and has held; add a row with a new date instead")


def test_a_charge_cannot_change_the_past_either(folder):
    services.load_institution(folder)
    _change(folder, "charges.csv", ",4000,", ",4500,")

    assert _faults(folder) == [
        "charges.csv: line 3: amount: was 4000 and has held; add a row with a new date instead"
    ]


def test_days_to_pay_and_the_small_shortage_are_loaded(aiou):
    assert (aiou.challan_days, aiou.small_shortage) == (10, 200)


def test_another_institution_takes_the_place_of_the_first(folder):
    services.load_institution(AIOU)
    _change(folder, "institution.toml", 'slug = "aiou"', 'slug = "other"')

    services.load_institution(folder)

    assert services.institution().slug == "other"


def test_before_the_load_it_is_said_what_to_do():
    with pytest.raises(Refused, match="load-institution DIR"):
        services.institution()


def test_the_documents_depend_on_level_kind_and_issue(aiou):
    matric, phd = (models.Level.objects.get(pk=code) for code in ("matric", "phd"))

    first = [d.code for d in services.required_documents(matric, kind="PC", issue="ORIGINAL")]
    last = [d.code for d in services.required_documents(phd, kind="DEGREE", issue="DUPLICATE")]

    assert first == ["challan", "cnic"]
    assert last == ["challan", "cnic", "matric", "inter", "bachelor", "viva", "affidavit", "police-report"]


def test_the_command_names_each_fault_or_counts(folder, capsys):
    call_command("load_institution", str(folder))
    assert capsys.readouterr().out.startswith("Loaded: institution 1, levels 8, programmes 13")

    _change(folder, "levels.csv", ",1\n", ",x\n")
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_institution", str(folder))
    assert "levels.csv: line 2: rank: must be a whole number" in capsys.readouterr().err


def test_every_required_document_has_a_small_sample_picture(aiou):
    for document in models.RequiredDocument.objects.all():
        assert document.sample.startswith("<svg")
        assert len(document.sample) < 2048
        address = document.sample_address.removeprefix("data:image/svg+xml;base64,")
        assert b64decode(address).decode() == document.sample


@pytest.mark.parametrize(
    ("drawing", "fault"),
    [
        (None, "document_samples/cnic.svg: is missing; add a plain SVG picture"),
        (b"<svg><script/></svg>", "document_samples/cnic.svg: must be a plain SVG picture without scripts"),
        (
            b"\x89PNG",
            "document_samples/cnic.svg: 'utf-8' codec can't decode byte 0x89 in position 0: invalid start byte",
        ),
    ],
)
def test_a_sample_that_is_no_plain_picture_is_told_by_its_file(folder, drawing, fault):
    sample = folder / "document_samples" / "cnic.svg"
    if drawing is None:
        sample.unlink()
    else:
        sample.write_bytes(drawing)

    assert _faults(folder) == [fault]


def test_rows_read_as_people_call_them(aiou):
    names = [
        str(model.objects.first())
        for model in (models.Institution, models.Level, models.Programme, models.Region, models.ResultCode)
    ]

    assert names == [
        "Allama Iqbal Open University",
        "Matric",
        "Secondary School Certificate (Matric)",
        "Abbottabad",
        "A/E: Absent in the examination of a course",
    ]
    assert str(models.Holiday.objects.first()) == "2025-03-31 Eid-ul-Fitr"
    assert str(models.RequiredDocument.objects.first()) == "Paid challan (university's copy)"
    assert str(models.Charge.objects.last()) == "overseas 4000 from 2024-01-01"
    assert str(models.Signatory.objects.get(pk="controller")) == "Dr. A. Sample, Controller of Examinations"
    assert str(models.TariffRow.objects.first()).startswith("matric PC ORIGINAL")
    assert (
        str(models.ObjectionReason.objects.get(pk="cnic-copy")) == "The attested copy of the CNIC is missing."
    )


@pytest.mark.parametrize(
    ("registration_no", "route"),
    [
        ("13-ISL-000001", "paper"),
        ("99-ISL-000001", "paper"),
        ("14-ISL-000001", "online"),
        ("24-X", "automatic"),
    ],
)
def test_the_year_in_the_registration_number_tells_the_route(registration_no, route, aiou):
    assert services.route_of(registration_no).route == route


def test_a_number_without_a_year_has_no_route(aiou):
    assert services.route_of("ISL-1") is None
