"""A django-helpdesk site of N tickets, each with three public answers; runs in its own environment.

`python helpdesk_site.py fill 100000` fills DATABASE_URL once; granian serves `helpdesk_site:application`.
It is set up as its documentation says, for production: DEBUG off, cached templates, persistent connections.
"""

import os
import sys
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings
from django.urls import include, path

_at = urlsplit(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY="only-for-benchmarks",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _at.path[1:],
            "USER": _at.username,
            "HOST": unquote(_at.hostname or ""),
            "PORT": _at.port,
            "CONN_MAX_AGE": 600,
        }
    },
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.sites",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "django.contrib.admin",
        "django.contrib.humanize",
        "rest_framework",
        "helpdesk.apps.HelpdeskConfig",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    SITE_ID=1,
    USE_TZ=True,
    STATIC_URL="/static/",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    LOGIN_URL="/login/",
    HELPDESK_TEAMS_MODE_ENABLED=False,
)
django.setup()
urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]


def fill(tickets: int) -> None:
    """Migrate, and write that many tickets; what is there already stays."""
    from django.core.management import call_command
    from django.utils import timezone
    from helpdesk.models import FollowUp, Queue, Ticket

    call_command("migrate", verbosity=0)
    queue, _ = Queue.objects.get_or_create(
        slug="degrees", defaults={"title": "Degrees", "allow_public_submission": True}
    )
    made = Ticket.objects.count()
    for first in range(made + 1, tickets + 1, 5000):
        numbers = range(first, min(first + 5000, tickets + 1))
        Ticket.objects.bulk_create(
            Ticket(
                id=number,
                title=f"Degree of applicant {number}",
                queue=queue,
                submitter_email=f"a{number}@example.org",
                description="Please issue my degree.",
                secret_key=f"key{number}",
                created=timezone.now(),
            )
            for number in numbers
        )
        FollowUp.objects.bulk_create(
            FollowUp(ticket_id=number, title=title, comment=f"{title}: your application.", public=True)
            for number in numbers
            for title in ("Received", "Checked", "Approved")
        )


if __name__ == "__main__":
    fill(int(sys.argv[2]))
else:
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
