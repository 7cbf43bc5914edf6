"""Ask a virus scanner: clamd's INSTREAM over TCP or a Unix socket, where the setting CLAMD names one."""

import logging
import socket
import struct

from django.conf import settings
from django.utils.translation import gettext as _

from degreetrack.kit.refusals import Refused

log = logging.getLogger("degreetrack.documents")
PATIENCE = 30.0  # seconds
_CHUNK = 64 * 1024


class TryLater(Refused):
    """Nothing is wrong with what was given; the same may be tried again."""


def no_room() -> TryLater:
    """What is said where the disk is full: nothing of it was kept."""
    return TryLater(_("The paper could not be kept just now, and nothing of it was. Try again in a while."))


def virus_in(data: bytes) -> str:
    """The name of the virus that the scanner finds; "" where it finds none, or none is set up.

    A scanner that cannot be asked refuses: nothing goes in unseen.
    """
    if not settings.CLAMD:
        return ""
    try:
        answer = _ask(data)
    except OSError as fault:
        log.error("the virus scanner cannot be reached: %s", fault)
        raise _later() from fault
    if answer == "stream: OK":
        return ""
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    log.error("the virus scanner answers: %.200r", answer)
    raise _later()


def _later() -> TryLater:
    return TryLater(
        _("Files cannot be checked just now, so none can be taken in. Try again in some minutes.")
    )


def _ask(data: bytes) -> str:
    with _connected() as line:
        line.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), _CHUNK):
            chunk = data[start : start + _CHUNK]
            line.sendall(struct.pack("!I", len(chunk)) + chunk)
        line.sendall(struct.pack("!I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < 4096:
            more = line.recv(4096)
            if not more:
                break
            answer += more
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _connected() -> socket.socket:
    if settings.CLAMD.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(PATIENCE)
        try:
            line.connect(settings.CLAMD)
        except OSError:
            line.close()
            raise
        return line
    host, _colon, port = settings.CLAMD.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE)
