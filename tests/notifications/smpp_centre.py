"""A short-message centre for tests, from the SMPP 3.4 specification, sharing no code with the client.

In a test it runs in threads and can be told to misbehave. On its own, `python -m
tests.notifications.smpp_centre PORT LOG [DELAY]`, it writes a line for each message: connection, words.
"""

import queue
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

BIND, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x09, 0x04, 0x05, 0x06, 0x15
ANSWER = 0x80000000
OK, THROTTLED, BIND_FAILED = 0, 0x58, 0x0D


@dataclass
class Taken:
    """One submit_sm as it came."""

    id: str
    to: str
    sender: str
    sender_kind: tuple[int, int]
    esm_class: int
    coding: int
    raw: bytes
    wants_receipt: int
    validity: str
    link: int = 0

    @property
    def header(self) -> bytes:
        """The user data header, empty where the message stands alone."""
        return self.raw[: self.raw[0] + 1] if self.esm_class & 0x40 else b""

    @property
    def text(self) -> str:
        """Its own words: ASCII stands for GSM-7 here, where they agree."""
        raw = self.raw[len(self.header) :]
        return raw.decode("utf-16-be") if self.coding == 8 else raw.decode("latin-1")


def _strings(body: bytes, place: int, number: int) -> tuple[list[str], int]:
    found = []
    for _ in range(number):
        end = body.index(b"\0", place)
        found.append(body[place:end].decode("latin-1"))
        place = end + 1
    return found, place


def read_submit(body: bytes, given: str) -> Taken:
    """A submit_sm's body (4.4.1)."""
    _service, place = _strings(body, 0, 1)
    ton, npi = body[place], body[place + 1]
    [sender], place = _strings(body, place + 2, 1)
    [to], place = _strings(body, place + 2, 1)
    esm_class = body[place]
    [_schedule, validity], place = _strings(body, place + 3, 2)
    receipt, _replace, coding, _default, length = body[place : place + 5]
    raw = body[place + 5 : place + 5 + length]
    return Taken(given, to, sender, (ton, npi), esm_class, coding, raw, receipt, validity)


class Centre:
    """Takes connections until closed."""

    def __init__(self, port: int = 0) -> None:
        self.taken: list[Taken] = []
        self.binds = 0
        self.enquiries = 0
        self.confirmed: list[int] = []
        # How it misbehaves: the status of a message, of the bind; whom it hangs up on; how many
        # answers it holds back to give them in reverse; whether it answers at all.
        self.status: Callable[[Taken], int] = lambda taken: OK
        self.bind_status = OK
        self.hang_up: Callable[[Taken], bool] = lambda taken: False
        self.hold = 1
        self.deaf = False
        self.delay = 0.0
        self.on_taken: Callable[[Taken], None] = lambda taken: None
        self.received = 0
        self._held: list[bytes] = []
        self._links: list[socket.socket] = []
        self._linked = 0
        self._next = 1000
        self._lock = threading.Lock()
        self._later: queue.Queue[tuple[float, socket.socket, bytes]] = queue.Queue()
        threading.Thread(target=self._answer_later, daemon=True).start()
        self._server = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more, hang up on everybody."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.drop()

    def drop(self) -> None:
        """Hang up on everybody."""
        for link in self._links:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()
        self._links.clear()

    def deliver(
        self, raw: bytes, *, sender: str, esm_class: int = 0, coding: int = 0, tlv: bytes = b""
    ) -> None:
        """Send a message or receipt to whoever is bound."""
        body = b"\0" + b"\1\1" + sender.encode() + b"\0" + b"\5\0" + b"DEGREES\0"
        body += bytes([esm_class, 0, 0]) + b"\0\0" + bytes([0, 0, coding, 0, len(raw)]) + raw + tlv
        self._next += 1
        self._links[-1].sendall(struct.pack(">LLLL", 16 + len(body), DELIVER, 0, self._next) + body)

    def receipt(self, given: str, to: str, stat: str, *, tlv: bool = False) -> None:
        """Tell of a message's fate, in the usual words or by optional parameters."""
        if tlv:
            state = {"DELIVRD": 2, "EXPIRED": 3, "UNDELIV": 5}[stat]
            more = struct.pack(">HH", 0x1E, len(given) + 1) + given.encode() + b"\0"
            more += struct.pack(">HHB", 0x427, 1, state)
            self.deliver(b"", sender=to, esm_class=4, tlv=more)
            return
        words = f"id:{given} sub:001 dlvrd:001 submit date:26112407 done date:2611240701 stat:{stat} err:000"
        self.deliver(words.encode(), sender=to, esm_class=4)

    def ask(self) -> None:
        """Ask whether whoever is bound still lives."""
        self._links[-1].sendall(struct.pack(">LLLL", 16, ENQUIRE, 0, 77))

    def send_raw(self, raw: bytes) -> None:
        """Send anything."""
        self._links[-1].sendall(raw)

    def _accept(self) -> None:
        while True:
            try:
                link, _where = self._server.accept()
            except OSError:
                return
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._links.append(link)
            self._linked += 1
            threading.Thread(target=self._talk, args=(link, self._linked), daemon=True).start()

    def _talk(self, link: socket.socket, number: int) -> None:
        with suppress(OSError, ConnectionError), link:
            stream = link.makefile("rb")
            while head := stream.read(16):
                length, command, _status, sequence = struct.unpack(">LLLL", head)
                if not self._answer(link, number, command, sequence, stream.read(length - 16)):
                    link.shutdown(socket.SHUT_RDWR)
                    return

    def _answer(self, link: socket.socket, number: int, command: int, sequence: int, body: bytes) -> bool:
        """False ends the connection."""
        if command == BIND:
            self.binds += 1
            head = struct.pack(">LLLL", 16 + 5, BIND | ANSWER, self.bind_status, sequence)
            link.sendall(head + b"CTR1\0")
        elif command == ENQUIRE:
            if not self.deaf:
                link.sendall(struct.pack(">LLLL", 16, ENQUIRE | ANSWER, 0, sequence))
        elif command == ENQUIRE | ANSWER:
            self.enquiries += 1
        elif command == DELIVER | ANSWER:
            self.confirmed.append(sequence)
        elif command == UNBIND:
            link.sendall(struct.pack(">LLLL", 16, UNBIND | ANSWER, 0, sequence))
            return False
        elif command == SUBMIT:
            return self._submit(link, number, sequence, body)
        return True

    def _submit(self, link: socket.socket, number: int, sequence: int, body: bytes) -> bool:
        with self._lock:
            self.received += 1
            taken = read_submit(body, f"{self.received:X}-{sequence}")
            taken.link = number
            if self.hang_up(taken):
                return False
            status = self.status(taken)
            if status == OK:
                self.taken.append(taken)
                self.on_taken(taken)
            given = taken.id.encode() + b"\0" if status == OK else b""
            said = struct.pack(">LLLL", 16 + len(given), SUBMIT | ANSWER, status, sequence) + given
            if self.deaf:
                return True
            self._held.append(said)
            if len(self._held) < self.hold:
                return True
            answers, self._held = self._held[::-1], []
        if self.delay:
            self._later.put((time.monotonic() + self.delay, link, b"".join(answers)))
        else:
            link.sendall(b"".join(answers))
        return True

    def _answer_later(self) -> None:
        """Give each answer so long after its message, as a distant centre does."""
        while True:
            due, link, said = self._later.get()
            time.sleep(max(0.0, due - time.monotonic()))
            with suppress(OSError):
                link.sendall(said)


def main() -> None:
    """Take messages and write the words of each to a file, until killed."""
    port, log = int(sys.argv[1]), sys.argv[2]
    centre = Centre(port)
    centre.delay = float(sys.argv[3]) if len(sys.argv) > 3 else 0.0
    with open(log, "a", buffering=1) as file:  # noqa: PTH123
        centre.on_taken = lambda taken: file.write(f"{taken.link} {taken.text}\n")
        threading.Event().wait()


if __name__ == "__main__":
    main()
