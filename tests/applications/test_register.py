import csv

import pytest
from django.core.management import CommandError, call_command

from degreetrack.applications import queries
from degreetrack.applications.lifecycle import State
from degreetrack.applications.models import Application
from degreetrack.applications.register import COLUMNS, import_register
from degreetrack.journal.services import timeline
from degreetrack.journal.verification import verify
from degreetrack.notifications.models import Notice

pytestmark = pytest.mark.django_db
ROW = "LZB-UL6-R9GD,BO680724,PC,N,02-Dec-2019,OBJECTION,Fee short by Rs. 100,,,2866736032"


def _file(tmp_path, *rows: str, head: str = ",".join(COLUMNS), encoding: str = "utf-8"):
    path = tmp_path / "register.csv"
    path.write_text("\r\n".join([head, *rows, ""]), encoding=encoding)
    return path


def test_an_old_application_enters_as_it_stood_and_its_old_id_works(tmp_path, a_result):
    a_result()

    done = import_register(_file(tmp_path, ROW))

    application = queries.find("lzb ul6 r9gd").applications[0]
    objection = application.objections.get()
    assert dict(done.counts) == {"new": 1}
    assert (application.state, application.challan_no) == (State.OBJECTED, "2866736032")
    assert (objection.group, objection.reason.old_text) == ("fee", "Fee short by Rs. 100")
    assert [entry.verb for entry in timeline(application.stream)] == ["adopt"]
    assert (Notice.objects.count(), verify()) == (0, [])


def test_the_same_file_twice_changes_nothing(tmp_path, a_result):
    a_result()
    import_register(_file(tmp_path, ROW))

    done = import_register(_file(tmp_path, ROW))

    assert (dict(done.counts), Application.objects.count()) == ({"known": 1}, 1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (ROW.replace("LZB-", "L-"), "The tracking ID must have ten letters and digits."),
        (ROW.replace("BO680724", "BO000000"), "No result is known for this roll number"),
        (ROW.replace(",PC,", ",MEDAL,"), "The kind is none of: PC, DMC, DEGREE, DUPLICATE DEGREE."),
        (ROW.replace("OBJECTION", "LOST"), "The status is none of: RECEIVED,"),
        (ROW.replace("02-Dec-2019", "2019-12-02"), "A date must look like 02-Dec-2019, not “2019-12-02”."),
        (ROW.replace("02-Dec-2019", "02-Dec-2999"), "The date 02-Dec-2999 lies in the future."),
        (ROW.replace(",,,", ",01-Dec-2019,X1,"), "It was dispatched before it was received."),
    ],
)
def test_bad_rows_are_handed_back_with_the_reason(row, reason, tmp_path, a_result):
    a_result()
    good = ROW.replace("LZB-UL6", "AAA-AAA")

    done = import_register(_file(tmp_path, row, good), rejects=tmp_path / "back.csv")

    with (tmp_path / "back.csv").open(encoding="utf-8-sig", newline="") as file:
        back = list(csv.DictReader(file))
    assert dict(done.counts) == {"new": 1, "rejected": 1}
    assert [(line, why.startswith(reason)) for line, _id, why in done.faults] == [(2, True)]
    assert [given["reason"].startswith(reason) for given in back] == [True]


def test_an_unknown_objection_keeps_its_words(tmp_path, a_result):
    a_result()

    import_register(_file(tmp_path, ROW.replace("Fee short by Rs. 100", "Coffee on the form")))

    application = Application.objects.get()
    assert (application.objections.get().text, application.objection_rounds) == ("Coffee on the form", 1)


def test_files_that_are_no_register_are_refused_whole(tmp_path, aiou):
    with pytest.raises(CommandError, match="lacks these columns: challan_no"):
        call_command("import_register", str(_file(tmp_path, head=",".join(COLUMNS[:-1]))))
    with pytest.raises(CommandError, match="not UTF-8"):
        call_command("import_register", str(_file(tmp_path, ROW + "é", encoding="latin-1")))
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_register", str(tmp_path / "nowhere.csv"))


def test_the_command_says_what_became_of_the_rows(tmp_path, a_result, capsys):
    a_result()

    call_command("import_register", str(_file(tmp_path, ROW, ROW.replace("LZB-", "L-"))))

    assert capsys.readouterr().out == (
        "line 3 (L-UL6-R9GD): The tracking ID must have ten letters and digits.\n1 new, 0 known, 1 rejected\n"
    )


def test_every_kind_of_row_of_the_sample_is_taken_in(tmp_path, a_result):
    result = a_result()
    statuses = [
        "RECEIVED",
        "IN PROCESS",
        "OBJECTION",
        "RETURNED",
        "APPROVED",
        "PRINTED",
        "DISPATCHED",
        "DELIVERED",
        "REJECTED",
    ]
    rows = [
        f"AAA-AAA-AAA{place},{result.roll_no},DUPLICATE DEGREE,Y,02-Dec-2024,{status},Signature missing,,,1"
        for place, status in enumerate(statuses)
    ]

    done = import_register(_file(tmp_path, *rows))

    assert dict(done.counts) == {"new": 9}
    assert sorted(Application.objects.values_list("state", flat=True)) == sorted(
        [
            "received",
            "received",
            "objected",
            "returned",
            "approved",
            "printed",
            "dispatched",
            "delivered",
            "rejected",
        ]
    )
