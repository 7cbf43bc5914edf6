import io
from datetime import date
from types import SimpleNamespace

from django.utils import translation

from degreetrack.kit.calendars import limit_date, working_date
from degreetrack.kit.cnics import to_cnic
from degreetrack.kit.languages import InLanguage
from degreetrack.kit.phones import masked, to_e164
from degreetrack.kit.spreadsheets import SafeWriter, is_formula
from degreetrack.kit.urdu import fold, search_key


def test_every_usual_way_to_write_a_mobile_is_taken():
    for typed in ("03001234567", "0092 300 1234567", "3001234567", "+92-300-1234567", "923001234567"):
        assert to_e164(typed) == "+923001234567"


def test_what_is_no_mobile_is_refused():
    for typed in ("", "042-35761234", "0300123456", "phone", "+14155550100"):
        assert to_e164(typed) is None


def test_a_masked_number_shows_its_last_four_digits():
    assert masked("+923001234567") == "+92••••••4567"
    assert masked("") == ""


def test_arabic_letters_fold_to_urdu():
    assert fold("علي كريم هاشم") == "علی کریم ہاشم"


def test_names_are_searched_without_case_diacritics_or_double_spaces():
    assert search_key("  Ayesha   SIDDIQA ") == "ayesha siddiqa"
    assert search_key("عبدالرحمٰن") == search_key("عبدالرحمن")


def test_a_limit_never_ends_on_a_closed_day():
    friday = date(2026, 1, 30)

    assert limit_date(date(2026, 1, 1), 29, holidays=set(), weekend=[5, 6]) == friday
    assert limit_date(date(2026, 1, 1), 29, holidays={friday}, weekend=[5, 6]) == date(2026, 2, 2)


def test_working_days_pass_over_weekends_and_holidays():
    friday, monday = date(2026, 1, 30), date(2026, 2, 2)

    assert working_date(friday, 1, holidays=set(), weekend=[5, 6]) == monday
    assert working_date(friday, 2, holidays={monday}, weekend=[5, 6]) == date(2026, 2, 4)
    assert working_date(friday, 0, holidays=set(), weekend=[5, 6]) == friday


def test_a_cnic_has_one_form_and_what_is_none_is_refused():
    for typed in ("6110112345671", "61101-1234567-1", " 61101 1234567 1 ", "6110112345٦71"):
        assert to_cnic(typed) == "61101-1234567-1"
    for typed in ("", "61101-1234567", "61101-1234567-12", "6110112345x71", "bearer"):
        assert to_cnic(typed) is None


def test_formulas_reach_a_spreadsheet_as_text():
    file = io.StringIO()

    SafeWriter(file).row(["=1+1", "+92300", "plain", " @x", "a=b"])

    assert file.getvalue() == "'=1+1,'+92300,plain,' @x,a=b\r\n"
    assert is_formula("\tx") is True


def test_a_field_reads_in_the_active_language_and_falls_back_to_english():
    class Thing(SimpleNamespace):
        name = InLanguage()

    both, english = Thing(name_en="Lahore", name_ur="لاہور"), Thing(name_en="Lahore", name_ur="")

    with translation.override("ur"):
        assert (both.name, english.name) == ("لاہور", "Lahore")
    assert both.name == "Lahore"
    assert isinstance(Thing.name, InLanguage)
