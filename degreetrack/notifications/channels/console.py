"""SMS for the demo and development: the log tells that one went, never what it said."""

import logging

from degreetrack.kit.phones import masked
from degreetrack.notifications.models import Notice

log = logging.getLogger("degreetrack.sms")


def send(notice: Notice) -> str:
    """Log that an SMS went to a masked number."""
    log.info("SMS to %s for %s", masked(notice.to), notice.stream)
    return f"console-{notice.pk}"
