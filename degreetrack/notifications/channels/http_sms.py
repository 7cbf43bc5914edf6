"""SMS by a gateway's HTTP address, described in settings: docs/notices.md."""

import re
from typing import Any

import requests
from django.conf import settings

from degreetrack.notifications.channels import Cut, Down, OneByOne, Permanent, Temporary
from degreetrack.notifications.models import Notice
from degreetrack.notifications.sms_text import UCS2, split


class HttpGateway(OneByOne):
    """One HTTP connection, kept open from one message to the next."""

    def __init__(self) -> None:
        self.rate = settings.SMS_PER_SECOND
        self._session = requests.Session()

    def send_one(self, notice: Notice) -> list[str]:
        """Send it, and read from the answer whether it was taken, and by which id."""
        gateway = settings.SMS_HTTP
        values = {
            "to": notice.to,
            "number": notice.to.lstrip("+"),
            "text": notice.body,
            "sender": settings.SMS_SENDER,
            "reference": str(notice.pk),
            "unicode": "1" if split(notice.body)[0] == UCS2 else "0",
        }
        fields = {name: value.format(**values) for name, value in gateway["fields"].items()}
        ways: dict[str, dict[str, Any]] = {
            "query": {"params": fields},
            "form": {"data": fields},
            "json": {"json": fields},
        }
        try:
            answer = self._session.request(
                gateway["method"],
                gateway["url"],
                headers=gateway["headers"],
                timeout=15,
                allow_redirects=False,
                **ways[gateway["body"]],
            )
        except requests.ConnectionError as error:
            # Refused or unknown host: it never arrived. A line that broke later may have taken it.
            raise (Cut if "Connection aborted" in str(error) else Down)(type(error).__name__) from error
        except requests.RequestException as error:
            raise Cut(type(error).__name__) from error
        return _taken(answer.status_code, answer.text[:4000])

    def close(self) -> None:
        """Hang up."""
        self._session.close()


def _taken(status: int, words: str) -> list[str]:
    gateway = settings.SMS_HTTP
    if status in (401, 403, 429) or status >= 500:
        raise Down(f"HTTP {status}")
    if gateway["refused"] and re.search(gateway["refused"], words):
        raise Permanent(f"HTTP {status}, refused by the gateway")
    if not 200 <= status < 300 or not re.search(gateway["success"], words):
        raise Temporary(f"HTTP {status}, not the answer that means success")
    found = re.search(gateway["id"], words) if gateway["id"] else None
    return [found[1] if found.re.groups else found[0]] if found else []
