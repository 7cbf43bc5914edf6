import pytest

from degreetrack.kit.sounds import near, sound, sounds
from degreetrack.kit.urdu import search_key
from degreetrack.records import names
from degreetrack.records.models import Name, NamePart, Sound, UnlearntNames
from degreetrack.records.names import alike, learn, learn_all, learn_later, learn_noted


@pytest.mark.parametrize(
    ("urdu", "spellings", "key"),
    [
        ("محمد", ["Muhammad", "Mohammed", "Mohamad", "MUHAMMED"], "mmd"),
        ("اسلم", ["Aslam", "Aslum"], "aslm"),
        ("عائشہ", ["Ayesha", "Aisha"], "ax"),
        ("یوسف", ["Yousaf", "Yusuf"], "ysf"),
        ("حسین", ["Hussain", "Hossein"], "hsn"),
        ("چوہدری", ["Chaudhry", "Chowdhury"], "cdr"),
        ("قریشی", ["Qureshi", "Quraishi"], "krx"),
        ("خان", ["Khan"], "kn"),
        ("غلام", ["Ghulam", "Gulam"], "glm"),
        ("مصطفیٰ", ["Mustafa", "Mustapha"], "mstf"),
    ],
)
def test_the_spellings_of_a_name_sound_alike_in_both_scripts(urdu, spellings, key):
    assert [sound(word) for word in [urdu, *spellings]] == [key] * (1 + len(spellings))


def test_the_order_of_words_makes_no_difference_and_what_does_not_sound_is_left_out():
    assert sounds("Khan  Muhammad 7 -") == sounds("muhammad khan") == ["kn", "mmd"]


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("aslm", "aslm", True),
        ("aslm", "alm", True),
        ("aslm", "asklm", True),
        ("aslm", "azlm", True),
        ("aslm", "alsm", True),
        ("aslm", "azkm", False),
        ("aslm", "al", False),
    ],
)
def test_one_letter_may_be_wrong(one, other, is_near):
    assert near(one, other) is near(other, one) is is_near


KNOWN = ["muhammad aslam", "muhammad akram", "محمد اسلم", "aslam khan", "gul bibi", "mohammed aslum butt"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Muhammad Aslam", ["muhammad aslam", "mohammed aslum butt", "محمد اسلم"]),
        ("Mohammed Aslum", ["mohammed aslum butt", "muhammad aslam", "محمد اسلم"]),
        ("محمد اسلم", ["محمد اسلم", "muhammad aslam", "mohammed aslum butt"]),
        ("Aslam Muhammad", ["muhammad aslam", "mohammed aslum butt", "محمد اسلم"]),
        ("butt", ["mohammed aslum butt"]),
        ("asl khan", ["aslam khan"]),
        ("gulbibi", []),
        ("Gul Bini", ["gul bibi"]),
        ("...", []),
    ],
)
def test_a_name_is_found_in_either_script_mistyped_and_in_part(typed, found):
    learn(KNOWN)

    assert alike(typed)[: max(1, len(found))] == found


@pytest.mark.django_db
def test_a_mistyped_name_is_found_among_very_many_that_share_its_words(monkeypatch):
    monkeypatch.setattr(names, "LOOKED_AT", 2)
    learn(["bibi asma", "bibi hina", "bibi sana"])
    learn(["gul khan", "gul shah", "gul zeb"])
    learn(["gul bibi"])

    assert alike("Gul Bimi")[:1] == ["gul bibi"]


@pytest.mark.django_db
def test_a_wrong_letter_that_sounds_like_two_is_one_mistake():
    learn(["fatima bibi", "fateh bibi"])

    assert alike("Fatixma Bibi")[:1] == ["fatima bibi"]
    assert alike("Fatixa Bibi")[:1] == ["fatima bibi"]


@pytest.mark.django_db
def test_of_names_as_close_the_one_in_the_order_typed_comes_first():
    learn(["aslam khan", "khan aslam"])

    assert (alike("khan alsam"), alike("alsam khan")) == (
        ["khan aslam", "aslam khan"],
        ["aslam khan", "khan aslam"],
    )


@pytest.mark.django_db
def test_a_name_is_learnt_once(a_result):
    learn(KNOWN)
    before = (Name.objects.count(), Sound.objects.count(), NamePart.objects.count())

    learn([*KNOWN, "", "aslam khan"])

    assert (Name.objects.count(), Sound.objects.count(), NamePart.objects.count()) == before


@pytest.mark.django_db
def test_names_of_before_are_learnt_from_the_students(a_result):
    a_result()
    Name.objects.all().delete()

    assert (list(learn_all()), sorted(Name.objects.values_list("key", flat=True))) == (
        [1],
        ["ayesha siddiqa", search_key("عائشہ صدیقہ")],
    )


@pytest.mark.django_db
def test_an_import_notes_names_and_the_worker_learns_them(a_result):
    learn_later(["gul bibi", "gul bibi", ""])
    learn_later([])
    learn_later(["aslam khan"])
    assert (alike("gul bibi"), UnlearntNames.objects.count()) == ([], 2)

    assert learn_noted() == 2
    assert (alike("gul bibi"), alike("aslam khan")) == (["gul bibi"], ["aslam khan"])
    assert (UnlearntNames.objects.count(), learn_noted()) == (0, 0)
