"""Settings of what carries notices: the mail server or provider, the short-message centre or gateway."""

import re
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from degreetrack.config.environment import fields, hours, names, number, one_of, pattern, switch, text

DEFAULT_FROM_EMAIL = SERVER_EMAIL = text("MAIL_FROM", "Degree Tracking <no-reply@localhost>")
MAIL_DOMAIN = DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
MAIL_BOUNCES = text("MAIL_BOUNCES", DEFAULT_FROM_EMAIL)
MAIL_WINDOW = number("MAIL_WINDOW", 1)
MAIL_PER_SECOND = number("MAIL_PER_SECOND", 0)
_smtp_host = text("SMTP_HOST")
_mail_provider = text("MAIL_PROVIDER")
if _smtp_host and _mail_provider:
    raise ImproperlyConfigured("SMTP_HOST and MAIL_PROVIDER: set one of them.")
_mail_options = fields("MAIL_PROVIDER_OPTIONS")
MAILERS = {
    "default": (
        {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": _smtp_host,
                "port": number("SMTP_PORT", 587),
                "username": text("SMTP_USER"),
                "password": text("SMTP_PASSWORD"),
                "use_tls": switch("SMTP_TLS"),
                "timeout": 15,
            },
        }
        if _smtp_host
        else {"BACKEND": f"anymail.backends.{_mail_provider}.EmailBackend", "OPTIONS": _mail_options}
        if _mail_provider
        else {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    )
}
# Where a webhook's secret changes, the old and the new one stand side by side for a while.
_mail_secrets = names("MAIL_WEBHOOK_SECRET")
if any(":" not in secret or len(secret) < 32 for secret in _mail_secrets):
    raise ImproperlyConfigured("MAIL_WEBHOOK_SECRET must be user:password, 32 characters or more.")
ANYMAIL = {"WEBHOOK_SECRET": _mail_secrets} if _mail_secrets else {}

QUIET_HOURS = hours("QUIET_HOURS", "22-8")
DIGEST_HOUR = number("DIGEST_HOUR", 8)
SMS_SENDER = text("SMS_SENDER", "DEGREES")
if not re.fullmatch(r"[A-Za-z0-9 ._-]{1,11}|\+?[0-9]{3,15}", SMS_SENDER):
    raise ImproperlyConfigured("SMS_SENDER must be a mask of at most 11 letters and digits, or a number.")
SMS_PER_SECOND = number("SMS_PER_SECOND", 0)
_smpp_host = text("SMPP_HOST")
SMPP: dict[str, Any] = (
    {
        "host": _smpp_host,
        "port": number("SMPP_PORT", 2775),
        "system_id": text("SMPP_SYSTEM_ID"),
        "password": text("SMPP_PASSWORD"),
        "system_type": text("SMPP_SYSTEM_TYPE"),
        "tls": switch("SMPP_TLS"),
        "window": max(1, number("SMPP_WINDOW", 50)),
    }
    if _smpp_host
    else {}
)
_sms_url = text("SMS_HTTP_URL")
if _smpp_host and _sms_url:
    raise ImproperlyConfigured("SMPP_HOST and SMS_HTTP_URL: set one of them.")
SMS_HTTP: dict[str, Any] = (
    {
        "url": _sms_url,
        "method": one_of("SMS_HTTP_METHOD", ("POST", "GET")),
        "body": one_of("SMS_HTTP_BODY", ("form", "json", "query")),
        "fields": fields("SMS_HTTP_FIELDS", '{"to": "{number}", "text": "{text}", "from": "{sender}"}'),
        "headers": fields("SMS_HTTP_HEADERS"),
        "success": pattern("SMS_HTTP_SUCCESS", ""),
        "refused": pattern("SMS_HTTP_REFUSED", ""),
        "id": pattern("SMS_HTTP_ID", ""),
    }
    if _sms_url
    else {}
)
SMS_WEBHOOK_SECRETS = names("SMS_WEBHOOK_SECRET")
if not all(re.fullmatch(r"[A-Za-z0-9_-]{32,}", secret) for secret in SMS_WEBHOOK_SECRETS):
    raise ImproperlyConfigured("SMS_WEBHOOK_SECRET must be 32 or more letters, digits, dashes.")
SMS_WEBHOOK: dict[str, Any] = {
    "fields": fields(
        "SMS_WEBHOOK_FIELDS", '{"id": "id", "to": "to", "state": "status", "sender": "from", "text": "text"}'
    ),
    "delivered": pattern("SMS_WEBHOOK_DELIVERED", "(?i)^deliv"),
    "failed": pattern("SMS_WEBHOOK_FAILED", "(?i)^(undeliv|fail|reject|expir|delet)"),
}
