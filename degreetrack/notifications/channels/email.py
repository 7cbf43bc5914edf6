"""E-mail by Django's mailer: text and HTML, marked as automatic."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import make_msgid
from django.template.loader import render_to_string

from degreetrack.notifications.channels import Permanent, Temporary
from degreetrack.notifications.models import Notice


def send(notice: Notice) -> str:
    """Send one e-mail and return its Message-ID."""
    message_id = make_msgid(domain=settings.MAIL_DOMAIN)
    mail = EmailMultiAlternatives(
        notice.subject,
        notice.body,
        to=[notice.to],
        headers={
            "Message-ID": message_id,
            "Auto-Submitted": "auto-generated",
            "Content-Language": notice.language,
        },
    )
    mail.attach_alternative(render_to_string("notices/email.html", {"notice": notice}), "text/html")
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _why in error.recipients.values()]
        raise (Permanent if all(code >= 500 for code in codes) else Temporary)(f"SMTP {codes}") from error
    except smtplib.SMTPDataError as error:
        raise (Permanent if error.smtp_code >= 500 else Temporary)(f"SMTP {error.smtp_code}") from error
    except smtplib.SMTPResponseException as error:
        # Our sign-in, sender or greeting was refused: that is ours to mend, and no fault of the recipient's.
        raise Temporary(f"SMTP {error.smtp_code}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Temporary(type(error).__name__) from error
    except ValueError as error:
        raise Permanent("the address cannot be written in an e-mail") from error
    return message_id
