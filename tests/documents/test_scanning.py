"""The virus scanner: a peer of the test that speaks clamd's protocol, over TCP and a socket."""

import socketserver
import struct
import threading
from contextlib import contextmanager

import pytest

from degreetrack.documents.models import Document
from degreetrack.documents.scanning import TryLater, virus_in
from degreetrack.documents.services import take_in
from degreetrack.journal.services import timeline
from degreetrack.kit.refusals import Refused
from tests.documents.conftest import APPLICANT
from tests.documents.papers import file, pdf, photo

MARK = b"X5O!P%@AP-ANTIVIRUS-TEST"


class Clamd(socketserver.StreamRequestHandler):
    """Reads one INSTREAM as clamd's manual tells, and finds the mark in it."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        stream = b""
        while length := struct.unpack("!I", self.rfile.read(4))[0]:
            stream += self.rfile.read(length)
        self.server.seen.append(stream)
        found = b"stream: Test.Mark FOUND\0" if MARK in stream else b"stream: OK\0"
        self.wfile.write(self.server.answer if self.server.answer is not None else found)


@contextmanager
def clamd(settings, server_class=socketserver.ThreadingTCPServer, address=("127.0.0.1", 0), answer=None):
    with server_class(address, Clamd) as server:
        server.answer, server.seen = answer, []
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        at = server.server_address
        settings.CLAMD = at if isinstance(at, str) else f"{at[0]}:{at[1]}"
        yield server
        server.shutdown()


def test_a_clean_file_passes_whole(settings):
    data = bytes(range(256)) * 1000

    with clamd(settings) as server:
        assert virus_in(data) == ""

    assert server.seen == [data]


def test_a_socket_is_spoken_to_as_well(settings, tmp_path):
    with clamd(settings, socketserver.ThreadingUnixStreamServer, str(tmp_path / "clamd.sock")):
        assert (virus_in(b"a"), virus_in(MARK)) == ("", "Test.Mark")


@pytest.mark.django_db
def test_a_virus_is_refused_and_journalled_without_the_files_name(settings, student, kept):
    infected = pdf() + MARK
    with clamd(settings), pytest.raises(Refused) as caught:
        take_in(student, [photo(), file("Ayesha.pdf", infected)], by=APPLICANT)

    assert str(caught.value) == (
        "“Ayesha.pdf” carries a computer virus and was not kept. Take a photo of the paper instead."
    )
    (entry,) = timeline(f"student/{student.pk}")
    assert (entry.verb, entry.data["after"]) == (
        "refuse_virus",
        {"virus": "Test.Mark", "bytes": len(infected)},
    )
    assert (Document.objects.count(), list(kept.rglob("*.*"))) == (0, [])


@pytest.mark.django_db
def test_a_clean_paper_is_taken(settings, student):
    with clamd(settings):
        assert take_in(student, [photo()], by=APPLICANT).pages.count() == 1


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: O"])
def test_any_other_answer_takes_nothing_in(settings, answer):
    with clamd(settings, answer=answer), pytest.raises(TryLater) as caught:
        virus_in(b"a")

    assert str(caught.value) == (
        "Files cannot be checked just now, so none can be taken in. Try again in some minutes."
    )


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd.sock"])
def test_while_the_scanner_is_away_nothing_is_taken_in(settings, address):
    settings.CLAMD = address

    with pytest.raises(TryLater):
        virus_in(b"a")
