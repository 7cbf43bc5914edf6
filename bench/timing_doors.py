"""The doors whose answers are timed: each asks once for somebody known, or for nobody."""

import io
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Door = Callable[[bool], None]


@contextmanager
def doors() -> Iterator[dict[str, Door]]:
    """A sample university in a folder of its own, or in the database of DATABASE_URL; the doors by name."""
    with tempfile.TemporaryDirectory(prefix="degreetrack-timing-") as folder:
        os.environ.update({"DEMO": "1", "VAR_DIR": folder, "QUIET_HOURS": "none"})
        os.environ["DJANGO_SETTINGS_MODULE"] = "degreetrack.config.settings"
        import django
        from django.conf import settings

        django.setup()
        settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
        settings.ALLOWED_HOSTS = ["testserver"]
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("load_demo", applications=150, stdout=io.StringIO())
        yield _doors()


def _doors() -> dict[str, Door]:
    import logging

    from django.core.cache import cache
    from django.test import Client

    from degreetrack.accounts.models import Attempt, Lockout, User
    from degreetrack.applications.models import Application
    from degreetrack.kit import tracking_ids
    from degreetrack.records.models import Result
    from degreetrack.web import captcha

    logging.disable(logging.CRITICAL)
    ids = list(Application.objects.values_list("tracking_id", flat=True)[:200])
    rolls = list(Application.objects.values_list("result__roll_no", flat=True)[:200])
    asking = list(Result.objects.exclude(student__mobile="").values_list("roll_no", flat=True)[:200])
    user = User.objects.exclude(email="").order_by("pk")[0]
    draw, browser = random.Random(3), Client()

    def ask(method: str, path: str, values: dict[str, str], *expected: int) -> None:
        cache.clear()
        browser.cookies.clear()
        answer = getattr(browser, method)(path, values)
        if answer.status_code not in expected:
            raise SystemExit(f"{path}: {answer.status_code}")

    def digits() -> dict[str, str]:
        token = captcha.new()
        return {"captcha": token, "digits": captcha.digits(token)}

    def by_tracking_id(known: bool) -> None:
        ask("get", "/verify/", {"q": draw.choice(ids) if known else tracking_ids.new()}, 200)

    def by_roll_number(known: bool) -> None:
        ask("get", "/in-process/", {"q": draw.choice(rolls) if known else nobody()}, 200)

    def nobody() -> str:
        return f"ZZ{draw.randrange(1_000_000):06}"

    def staff_sign_in(known: bool) -> None:
        Attempt.objects.all().delete()
        Lockout.objects.all().delete()
        name = user.username if known else "nobody-of-here"
        ask("post", "/staff/login/", {"username": name, "password": "wrong-horse-9"} | digits(), 200)

    def reset(known: bool) -> None:
        Attempt.objects.all().delete()
        email = user.email if known else "nobody@example.org"
        ask("post", "/staff/password-reset/", {"email": email} | digits(), 302)

    def code(known: bool) -> None:
        ask("post", "/my/sign-in/", {"number": draw.choice(asking) if known else nobody()}, 302)

    return {
        "look-up by tracking ID (verify)": by_tracking_id,
        "look-up by roll number": by_roll_number,
        "staff sign-in, wrong password": staff_sign_in,
        "staff password reset": reset,
        "applicant's code": code,
    }
