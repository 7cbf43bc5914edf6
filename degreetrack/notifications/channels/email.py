"""E-mail by Django's mailers: SMTP over one connection, or a provider of django-anymail."""

import smtplib

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers
from django.core.mail.backends.base import BaseEmailBackend
from django.core.signing import Signer
from django.template.loader import render_to_string
from django.urls import reverse

from degreetrack.notifications.channels import Cut, Down, OneByOne, Permanent, Temporary
from degreetrack.notifications.models import Notice, Priority


def stop_link(notice: Notice) -> str:
    """The address of the page that stops news to this notice's recipient; empty where it does not apply."""
    if notice.priority == Priority.AT_ONCE:
        return ""
    token = Signer(salt="degreetrack.stop").sign(str(notice.pk))
    return settings.SITE_URL.rstrip("/") + reverse("public:stop", args=[token])


def written(notice: Notice) -> EmailMultiAlternatives:
    """The e-mail of a notice: text and HTML, marked as automatic, with the way to stop them."""
    stop = stop_link(notice)
    headers = {
        "Message-ID": notice.provider_id,
        "Auto-Submitted": "auto-generated",
        "Content-Language": notice.language,
    }
    if settings.MAIL_BOUNCES != settings.DEFAULT_FROM_EMAIL:
        # Then what stands on the envelope is not what the reader sees.
        headers["From"] = settings.DEFAULT_FROM_EMAIL
    if stop:
        headers |= {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    mail = EmailMultiAlternatives(
        notice.subject, notice.body, from_email=settings.MAIL_BOUNCES, to=[notice.to], headers=headers
    )
    page = render_to_string("notices/email.html", {"notice": notice, "stop": stop})
    mail.attach_alternative(page, "text/html")
    return mail


class Email(OneByOne):
    """One connection to the mail server, kept open from one notice to the next."""

    def __init__(self) -> None:
        self.window = settings.MAIL_WINDOW
        self.rate = settings.MAIL_PER_SECOND
        self._mailer: BaseEmailBackend | None = None

    def send_one(self, notice: Notice) -> list[str]:
        """Send it; what the server answers decides whose fault a refusal is."""
        try:
            mail = written(notice)
            mailer = self._open()
            mailer.send_messages([mail])
        except AnymailError as error:
            # First, as its errors of HTTP are errors of the operating system too.
            raise _told_by_provider(error) from error
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _why in error.recipients.values()]
            raise (Permanent if all(code >= 500 for code in codes) else Temporary)(
                f"SMTP {codes[0]}"
            ) from error
        except smtplib.SMTPDataError as error:
            if error.smtp_code < 500:
                raise Temporary(f"SMTP {error.smtp_code}") from error
            raise Permanent(f"SMTP {error.smtp_code}", bad_address=False) from error
        except smtplib.SMTPServerDisconnected as error:
            self.close()
            raise Cut("the mail server hung up") from error
        except smtplib.SMTPResponseException as error:
            # Our sign-in, sender or greeting was refused: that is ours to mend, and not the recipient's.
            self.close()
            raise Down(f"SMTP {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Cut(type(error).__name__) from error
        except ValueError as error:
            raise Permanent("the address cannot be written in an e-mail") from error
        status = getattr(mail, "anymail_status", None)
        return [str(status.message_id)] if status and status.message_id else []

    def _open(self) -> BaseEmailBackend:
        """The connection; where it cannot be made, that is nobody's notice's fault."""
        if self._mailer is None:
            mailer = mailers["default"]
            try:
                mailer.open()
            except smtplib.SMTPResponseException as error:
                raise Down(f"SMTP {error.smtp_code}") from error
            except (smtplib.SMTPException, OSError) as error:
                raise Down(type(error).__name__) from error
            self._mailer = mailer
        return self._mailer

    def close(self) -> None:
        """Hang up, politely where the server still listens."""
        mailer, self._mailer = self._mailer, None
        if mailer is not None:
            try:
                mailer.close()
            except (smtplib.SMTPException, OSError):
                return


def _told_by_provider(error: AnymailError) -> Exception:
    """Whose fault it is that a provider of django-anymail did not take an e-mail."""
    if isinstance(error, AnymailRecipientsRefused):
        return Permanent("refused by the provider")
    code = error.status_code if isinstance(error, AnymailAPIError) else None
    if code is None and isinstance(error.__cause__, requests.RequestException):
        return Down(type(error.__cause__).__name__)
    if code in (401, 403, 429) or (code or 500) >= 500:
        return Down(f"HTTP {code}" if code else type(error).__name__)
    return Permanent(f"HTTP {code}", bad_address=False)
