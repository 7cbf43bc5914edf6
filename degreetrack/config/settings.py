"""Settings: one file, read from the environment, failing loudly with the variable's name.

docs/settings.md has the table of variables.
"""

import os
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from degreetrack.config.carriers import *  # noqa: F403
from degreetrack.config.environment import names, networks, number, one_of, payment_secrets, switch, text
from degreetrack.config.stores import *  # noqa: F403
from degreetrack.config.stores import BASE_DIR, VAR_DIR

DEMO_SECRET_KEY = "demo-only-key-refused-without-DEMO=1-and-never-a-secret"  # noqa: S105  # nosec B105

DEMO = switch("DEMO")
DEBUG = switch("DEBUG")
if DEMO and DEBUG:
    raise ImproperlyConfigured("DEBUG must be 0 where DEMO is 1.")

SECRET_KEY = text("SECRET_KEY", DEMO_SECRET_KEY if DEMO else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set: give it 50 or more random characters.")
if SECRET_KEY == DEMO_SECRET_KEY and not DEMO:
    raise ImproperlyConfigured("SECRET_KEY is the demo's: it is public, and refused unless DEMO=1.")

SECRET_KEY_FALLBACKS = names("SECRET_KEY_FALLBACKS")

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"] if DEMO else names("ALLOWED_HOSTS")
if not ALLOWED_HOSTS and not DEBUG:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set: name the hosts that people type, comma between.")
CSRF_TRUSTED_ORIGINS = names("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "degreetrack.kit",
    "degreetrack.accounts",
    "degreetrack.journal",
    "degreetrack.aside",
    "degreetrack.catalogue",
    "degreetrack.records",
    "degreetrack.fees",
    "degreetrack.notifications",
    "degreetrack.credentials",
    "degreetrack.documents",
    "degreetrack.applicants",
    "degreetrack.applications",
    "degreetrack.issuing",
    "degreetrack.oversight",
    "degreetrack.keeping",
    "degreetrack.backups",
    "degreetrack.web",
    "degreetrack.web.public",
    "degreetrack.web.desk",
    "degreetrack.config.apps.RoofConfig",
    "degreetrack.config.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
if DEMO:
    INSTALLED_APPS.insert(0, "degreetrack.web.demo")

MIDDLEWARE = [
    "degreetrack.web.gauges.count_requests",
    "degreetrack.web.request_ids.name_requests",
    "degreetrack.web.headers.guard_answers",
    "degreetrack.web.troubles.Crowd",
    "degreetrack.web.deadlines.in_time",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "degreetrack.web.characters.refuse_nul",
    "degreetrack.web.dead_ends.lead_back",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "degreetrack.web.desk.gate.Gate",
]

ROOT_URLCONF = "degreetrack.config.urls"
WSGI_APPLICATION = "degreetrack.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "degreetrack.web.institution.institution",
                "degreetrack.web.institution.here",
                "degreetrack.web.desk.questions.for_the_bar",
            ],
        },
    }
]

DATABASE_URL = text("DATABASE_URL")
if not DATABASE_URL:
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    DATABASE_URL = f"sqlite:///{VAR_DIR / 'degreetrack.sqlite3'}"
try:
    _database = dj_database_url.parse(DATABASE_URL, conn_max_age=600)
except (ValueError, KeyError, dj_database_url.ParseError):
    # What went wrong would repeat the address, password and all.
    raise ImproperlyConfigured("DATABASE_URL is not a database's address, such as sqlite:///FILE.") from None
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-20000;",
    }
else:
    # Who waits for a lost database is told so within two seconds.
    _database.setdefault("OPTIONS", {}).setdefault("connect_timeout", 2)
    _database["CONN_HEALTH_CHECKS"] = True
    _database["ENGINE"] = "degreetrack.kit.postgresql"
DATABASES = {"default": _database}
# Off behind a pooler that hands connections out by the transaction and knows no prepared statements.
PREPARED_STATEMENTS = switch("PREPARED_STATEMENTS", on=True)
_database["DISABLE_SERVER_SIDE_CURSORS"] = not PREPARED_STATEMENTS
# Seconds by which a replica may be behind and still answer the public.
REPLICA_LAG_SECONDS = number("REPLICA_LAG_SECONDS", 2)
_replica_url = text("REPLICA_URL")
if _replica_url:
    try:
        # Not for long, so that reads spread anew over the replicas once one has come back.
        DATABASES["replica"] = dj_database_url.parse(_replica_url, conn_max_age=10)
    except (ValueError, KeyError, dj_database_url.ParseError) as error:
        raise ImproperlyConfigured("REPLICA_URL is not a database's address.") from error
    if "postgresql" not in DATABASES["replica"]["ENGINE"] or "postgresql" not in _database["ENGINE"]:
        raise ImproperlyConfigured("REPLICA_URL: only PostgreSQL has replicas.")
    DATABASES["replica"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 2)
    DATABASES["replica"]["DISABLE_SERVER_SIDE_CURSORS"] = not PREPARED_STATEMENTS
    DATABASE_ROUTERS = ["degreetrack.kit.replicas.Router"]
    MIDDLEWARE.append("degreetrack.web.reads.remember_acts")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_redis = text("REDIS_URL")
CACHES = {
    "default": (
        {
            "BACKEND": "degreetrack.web.fallback_cache.FallbackCache",
            "LOCATION": _redis,
            "OPTIONS": {"socket_connect_timeout": 0.3, "socket_timeout": 0.3},
        }
        if _redis
        # Room for the counts of a walk from a thousand addresses; a full cache forgets counts at random.
        else {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 200_000},
        }
    )
}

# What changes a few times a year is read again so often; 0 reads it each time.
REMEMBER_SECONDS = number("REMEMBER_SECONDS", 30)

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["degreetrack.accounts.hashing.ModestArgon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "degreetrack.web.passwords.GuessablePasswordValidator"},
]
# Who must have a second factor: from supervisors up, or all of the staff.
SECOND_FACTOR = one_of("SECOND_FACTOR", ("supervisors", "all"))
# How old a proof may be for what does much at once.
PROOF_MINUTES = number("PROOF_MINUTES", 15)
SESSION_IDLE_MINUTES = number("SESSION_IDLE_MINUTES", 60)
SESSION_HOURS = number("SESSION_HOURS", 12)
SESSION_ENGINE = "degreetrack.accounts.session_store"
# A session that ends with the browser ends after a working day on the server too.
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
LOGIN_URL = "/staff/login/"
LOGIN_REDIRECT_URL = "/staff/"
PASSWORD_RESET_TIMEOUT = 3600

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ur", "اردو")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "degreetrack.config.formats"
TIME_ZONE = text("TIME_ZONE", "Asia/Karachi")

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "object-src": [CSP.NONE],
    "style-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "media-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
DEFAULT_EXCEPTION_REPORTER_FILTER = "degreetrack.config.logs.Discreet"
CSRF_FAILURE_VIEW = "degreetrack.web.forgery.refused"
HTTPS = switch("HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
if HTTPS:
    # Browsers keep such a cookie for this very host, and never take it from an unencrypted page.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME = "__Host-language"
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
TRUSTED_PROXIES = number("TRUSTED_PROXIES", 0)
PARCEL_DAYS = number("PARCEL_DAYS", 10)
PAYMENT_SECRETS = payment_secrets()
METRICS_FROM = networks("METRICS_FROM", "127.0.0.1,::1")
METRICS_TOKENS = names("METRICS_TOKEN")
if any(len(token) < 32 for token in METRICS_TOKENS):
    raise ImproperlyConfigured("METRICS_TOKEN is under 32 characters.")
METRICS_DIR = text("METRICS_DIR")
if METRICS_DIR:
    Path(METRICS_DIR).mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS_DIR
SITE_URL = text("SITE_URL", "http://127.0.0.1:8000")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "class": "degreetrack.config.logs.Plain",
            "format": "{asctime} {levelname} {name} [{request_id}]: {message}",
            "style": "{",
        },
        "json": {"()": "degreetrack.config.logs.Json"},
    },
    "filters": {"request": {"()": "degreetrack.config.logs.WithRequestId"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request"],
            "formatter": one_of("LOGS", ("plain", "json")),
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
}
