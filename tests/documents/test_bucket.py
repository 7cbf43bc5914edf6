"""Papers in a bucket: a peer of the test that answers as S3 does."""

import re
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.base import ContentFile

from degreetrack.documents.models import store
from degreetrack.documents.services import delete_orphans, open_page, take_in
from tests.documents.conftest import APPLICANT
from tests.documents.papers import photo

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Bucket(BaseHTTPRequestHandler):
    """Objects by name in memory; refuses whoever does not sign."""

    objects: dict[str, bytes]
    asked: list[tuple[str, str | None]]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            length, _, rest = body.partition(b"\r\n")
            body = rest[: int(length.split(b";")[0], 16)]
        self.asked.append(("PUT", self.headers.get("x-amz-acl")))
        self.objects[self.path] = body
        self._answer(200)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.rstrip("/") == "/papers":
            return self._answer(200, self._listing(parse_qs(parts.query).get("prefix", [""])[0]))
        if parts.path not in self.objects:
            return self._answer(404)
        return self._answer(200, self.objects[parts.path])

    def do_DELETE(self) -> None:
        self.objects.pop(self.path, None)
        self._answer(204)

    def _listing(self, prefix: str) -> bytes:
        names = [path.removeprefix("/papers/") for path in self.objects]
        below = [name for name in names if name.startswith(prefix)]
        folders = sorted(
            {f"{prefix}{n[len(prefix) :].split('/')[0]}/" for n in below if "/" in n[len(prefix) :]}
        )
        files = [name for name in below if "/" not in name[len(prefix) :]]
        rows = "".join(f"<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>" for name in folders)
        rows += "".join(f"<Contents><Key>{name}</Key><Size>1</Size></Contents>" for name in files)
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()

    def _answer(self, status: int, body: bytes = b"") -> None:
        signed = "Credential=key-of-papers/" in self.headers.get("Authorization", "")
        self.send_response(status if signed else 403)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", format_datetime(LONG_AGO, usegmt=True))
        self.send_header("ETag", '"1"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def bucket(settings):
    """The settings that DOCUMENTS_S3_... make, and the peer behind them."""
    handler = type("Papers", (Bucket,), {"objects": {}, "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        options = {
            "bucket_name": "papers",
            "endpoint_url": f"http://127.0.0.1:{server.server_port}",
            "access_key": "key-of-papers",
            "secret_key": "secret",
            "default_acl": "private",
            "addressing_style": "path",
        }
        backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = settings.STORAGES | {"documents": backend}
        yield handler
        server.shutdown()


def test_papers_lie_in_a_private_bucket_and_come_back(bucket, student):
    page = take_in(student, [photo()], by=APPLICANT).pages.get()

    assert re.fullmatch(r"/papers/[0-9a-f]{2}/[0-9a-f]{40}\.jpg", *bucket.objects)
    assert bucket.asked == [("PUT", "private")]
    with open_page(page) as opened:
        assert opened.read() == bucket.objects[f"/papers/{page.file.name}"]


def test_orphans_are_found_in_a_bucket(bucket, student):
    page = take_in(student, [photo()], by=APPLICANT).pages.get()
    store().save("aa/aa1.jpg", ContentFile(b"left over"))

    assert delete_orphans() == 1
    assert list(bucket.objects) == [f"/papers/{page.file.name}"]
