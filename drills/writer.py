"""Work without end, with the rights that the environment gives, and a line for each piece that is committed.

Each piece: a paper handed in, an application received, checked, verified and approved, its notices queued.
"""

import json
import sys
import time
from itertools import count

import django

django.setup()

from degreetrack.accounts.models import Actor, Role, User  # noqa: E402 - Django first
from degreetrack.applications import services  # noqa: E402
from degreetrack.catalogue.models import RequiredDocument  # noqa: E402
from degreetrack.documents.services import take_in  # noqa: E402
from degreetrack.records.models import Result  # noqa: E402
from tests.documents.papers import photo  # noqa: E402

STEPS = (("check", "scrutiny"), ("verify", "verification"), ("approve", "approval"))


def work(pause: float) -> None:
    """Work until killed."""
    staff = {user.username: user for user in User.objects.all()}
    cnic = RequiredDocument.objects.get(pk="cnic")
    results = Result.objects.filter(result_codes="", applications=None).exclude(student__mobile="")
    for number, result in zip(count(1), results.order_by("pk")[:2000], strict=False):
        student = result.student
        applicant = Actor(student.name_en, frozenset({Role.APPLICANT}), student=student.pk)
        document = take_in(student, [photo(seed=number)], requirement=cnic, by=applicant)
        application = services.submit(
            result, by=staff["receipt"], kind="PC", route="online", mobile=student.mobile,
            email=student.email, address="House 1, Islamabad", challan_no=f"D{number:08}", fee_paid=100_000,
        )  # fmt: skip
        for verb, who in STEPS:
            application = services.move(application.tracking_id, verb, by=staff[who])
        [page] = document.pages.all()
        told = {
            "at": time.time(),
            "id": application.tracking_id,
            "paper": str(page.file),
            "sha256": page.sha256,
        }
        print(json.dumps(told), flush=True)
        time.sleep(pause)


if __name__ == "__main__":
    work(float(sys.argv[1]))
