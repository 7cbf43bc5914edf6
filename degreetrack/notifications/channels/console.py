"""SMS for the demo and development: the log tells that one went, never what it said."""

import logging

from degreetrack.kit.phones import masked
from degreetrack.notifications.channels import OneByOne
from degreetrack.notifications.models import Notice

log = logging.getLogger("degreetrack.sms")


class Console(OneByOne):
    """Logs that an SMS went to a masked number."""

    window = 50

    def send_one(self, notice: Notice) -> list[str]:
        """Log it."""
        log.info("SMS to %s for %s", masked(notice.to), notice.stream)
        return []
