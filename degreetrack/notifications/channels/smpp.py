"""SMS by SMPP 3.4 to a telephone company's centre: one bind, kept, with a window of messages under way."""

import logging
import select
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from smpplib import consts, exceptions, smpp
from smpplib.client import Client

from degreetrack.notifications.channels import Cut, Down, Heard, Outcome, Receipt
from degreetrack.notifications.channels.smpp_words import fault_of, read, submissions
from degreetrack.notifications.models import Notice

log = logging.getLogger("degreetrack.smpp")
# The library logs whole messages, with numbers and words; at this level it never does.
LIBRARY = "degreetrack.smpplib"
logging.getLogger(LIBRARY).setLevel(logging.ERROR)
# Seconds that a centre may take to answer, and after which a silent line is asked whether it lives.
PATIENCE, SILENCE = 30.0, 30.0
# So many messages of the centre are written down before more are read.
MOST_AT_ONCE = 500


class _Client(Client):
    """The library's client, with a line that sends at once, and speaks TLS to the name that we called."""

    def _create_socket(self) -> socket.socket:
        line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        line.settimeout(self.timeout)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if settings.SMPP["tls"]:
            return ssl.create_default_context().wrap_socket(line, server_hostname=self.host)
        return line


@dataclass
class _Going:
    """A notice under way: the parts not yet submitted, those not yet answered, and what came of the rest."""

    notice: Notice
    left: list[dict[str, Any]]
    open: int = 0
    ids: list[str] = field(default_factory=list)
    fault: Exception | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come."""
        return not self.open and (not self.left or self.fault is not None)


@dataclass
class _HeardHere(Heard):
    """What came on a bind; each message is confirmed when it is written down."""

    bind: "Smpp | None" = None
    sequences: list[int] = field(default_factory=list)

    def settle(self) -> None:
        """Confirm them; the centre sends again what was not confirmed."""
        if self.bind:
            self.bind.confirm(self.sequences)


class Smpp:
    """One bind as transceiver."""

    def __init__(self) -> None:
        self.window: int = settings.SMPP["window"]
        self.rate: int = settings.SMS_PER_SECOND
        self._client: Client | None = None
        self._spoke = 0.0
        self._asked = False
        self._answers: dict[int, _Going] = {}
        self._arrived: list[Any] = []

    def send(self, notices: list[Notice], *, seconds: float) -> Iterator[list[Outcome]]:
        """Submit each, up to the window at once; answers come in any order.

        While half a window is written down, the other half is at the centre.
        """
        waiting, told = _prepared(notices)
        under_way: list[_Going] = []
        end = time.monotonic() + seconds
        try:
            if waiting:
                self._bind()
            while under_way or waiting or told:
                if time.monotonic() > end:
                    raise Cut("the centre is too slow")
                self._fill(waiting, under_way, room=self.window - len(told))
                if under_way:
                    self._listen(PATIENCE, strict=True)
                told += [Outcome(one.notice, one.ids, one.fault) for one in under_way if one.ended]
                under_way = [one for one in under_way if not one.ended]
                if any(isinstance(outcome.fault, Down) for outcome in told):
                    waiting.clear()
                if len(told) * 2 >= self.window or not under_way:
                    yield told
                    told = []
        except Down as fault:
            yield [Outcome((under_way or waiting)[-1].notice, fault=fault)]
        except (Cut, exceptions.ConnectionError, exceptions.PDUError, OSError) as fault:
            self.close()
            broken = Cut(str(fault) or type(fault).__name__)
            yield told + [Outcome(one.notice, fault=one.fault or broken) for one in under_way]
        finally:
            self._answers.clear()

    def _fill(self, waiting: list[_Going], under_way: list[_Going], *, room: int) -> None:
        """Submit what is begun, then what waits, until so many messages are unanswered or unwritten."""
        for going in under_way:
            self._submit(going, room)
        while waiting and len(self._answers) < room:
            under_way.append(waiting.pop())
            self._submit(under_way[-1], room)

    def hear(self) -> Heard:
        """Read what has come in, answer the centre's questions, and ask it when it was silent for long."""
        heard = _HeardHere(bind=self)
        try:
            self._bind()
            self._listen(0)
            quiet = time.monotonic() - self._spoke
            if quiet > SILENCE * 2:
                raise Cut("the centre does not answer")
            if quiet > SILENCE and not self._asked:
                self._asked = True
                self._put(smpp.make_pdu("enquire_link", client=self._client))
        except (Cut, exceptions.ConnectionError, exceptions.PDUError, OSError) as fault:
            self.close()
            raise Down(str(fault) or type(fault).__name__) from fault
        arrived, self._arrived = self._arrived, []
        for pdu in arrived:
            heard.sequences.append(pdu.sequence)
            said = read(pdu)
            if isinstance(said, Receipt):
                heard.receipts.append(said)
            elif said:
                heard.texts.append(said)
        return heard

    def confirm(self, sequences: list[int]) -> None:
        """Tell the centre that its messages are written down."""
        try:
            for sequence in sequences:
                answer = smpp.make_pdu("deliver_sm_resp", client=self._client, status=consts.SMPP_ESME_ROK)
                answer.sequence = sequence
                self._put(answer)
        except (exceptions.ConnectionError, exceptions.PDUError, OSError, AttributeError):
            self.close()

    def close(self) -> None:
        """Unbind where the line still stands, and hang up. What was not confirmed comes again."""
        client, self._client = self._client, None
        self._answers.clear()
        self._arrived.clear()
        if client is None:
            return
        try:
            client.send_pdu(smpp.make_pdu("unbind", client=client))
        except (exceptions.ConnectionError, exceptions.PDUError, OSError):
            log.info("the centre had hung up already")
        client.disconnect()

    def _bind(self) -> None:
        """Connect and sign in, unless that has been done."""
        if self._client is not None:
            return
        given = settings.SMPP
        client = _Client(given["host"], given["port"], 15, logger_name=LIBRARY, allow_unknown_opt_params=True)
        try:
            client.connect()
            client.bind_transceiver(
                system_id=given["system_id"], password=given["password"], system_type=given["system_type"]
            )
        except (exceptions.ConnectionError, exceptions.PDUError, OSError) as error:
            if client._socket is not None:
                client.disconnect()
            raise Down(f"no bind: {error.args[0] if error.args else type(error).__name__}") from error
        self._client, self._spoke, self._asked = client, time.monotonic(), False
        log.info("bound to the centre")

    def _put(self, pdu: Any) -> None:
        if self._client is None:
            raise exceptions.ConnectionError
        self._client.send_pdu(pdu)

    def _submit(self, going: _Going, room: int) -> None:
        """Submit as many parts as there is room for; the answer finds its notice by the number."""
        while going.left and going.fault is None and len(self._answers) < room:
            pdu = smpp.make_pdu("submit_sm", client=self._client, **going.left.pop(0))
            self._answers[pdu.sequence] = going
            going.open += 1
            self._put(pdu)

    def _listen(self, seconds: float, *, strict: bool = False) -> None:
        """Take what is there, waiting so long for the first; with `strict`, silence breaks the line."""
        while self._client is not None and (strict or len(self._arrived) < MOST_AT_ONCE):
            readable, _w, _x = select.select([self._client._socket], [], [], seconds)
            pending = isinstance(self._client._socket, ssl.SSLSocket) and self._client._socket.pending()
            if not readable and not pending:
                if strict and seconds:
                    raise Cut("the centre did not answer in time")
                return
            seconds = 0
            self._take()

    def _take(self) -> None:
        """Read one message of the centre and do what it asks."""
        if self._client is None:
            return
        try:
            pdu = self._client.read_pdu()
        except (exceptions.ConnectionError, OSError) as error:
            raise Cut("the centre hung up") from error
        except Exception as error:
            # It was read whole, so the next one can be.
            log.warning("a message of the centre could not be read: %s", type(error).__name__)
            return
        self._spoke, self._asked = time.monotonic(), False
        if pdu is None:
            return
        if pdu.command in ("submit_sm_resp", "generic_nack"):
            self._answered(pdu)
        elif pdu.command == "deliver_sm":
            self._arrived.append(pdu)
        elif pdu.command == "enquire_link":
            answer = smpp.make_pdu("enquire_link_resp", client=self._client)
            answer.sequence = pdu.sequence
            self._put(answer)
        elif pdu.command == "unbind":
            raise Cut("the centre ended the bind")

    def _answered(self, pdu: Any) -> None:
        going = self._answers.pop(pdu.sequence, None)
        if going is None:
            return
        going.open -= 1
        if pdu.is_error():
            going.fault = going.fault or fault_of(pdu.status)
        else:
            given = pdu.message_id or b""
            going.ids.append(given.decode("latin-1") if isinstance(given, bytes) else str(given))


def _prepared(notices: list[Notice]) -> tuple[list[_Going], list[Outcome]]:
    """What is to be submitted, last first; one that cannot be written stops none of the others."""
    waiting: list[_Going] = []
    broken: list[Outcome] = []
    for notice in reversed(notices):
        try:
            waiting.append(_Going(notice, list(submissions(notice))))
        except Exception as fault:
            log.exception("notice %s cannot be written as an SMS", notice.pk)
            broken.append(Outcome(notice, fault=fault))
    return waiting, broken
