"""One file as it is checked and kept, and what it is told from: its content, never its name."""

import hashlib
from dataclasses import dataclass
from enum import Enum

from degreetrack.documents.models import MediaType


class Format(Enum):
    """What a file turns out to be."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    HEIC = "HEIC"
    PDF = "PDF"
    OTHER = "OTHER"


_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"heif"}


def format_of(data: bytes) -> Format:
    """Tell a file by its first bytes."""
    if data.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Format.WEBP
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return Format.HEIC
    # Readers of PDF look for the mark within the first kilobyte.
    if b"%PDF-" in data[:1024]:
        return Format.PDF
    return Format.OTHER


@dataclass(frozen=True)
class Sheet:
    """A checked file, ready to be kept."""

    data: bytes
    media_type: MediaType
    width: int | None = None
    height: int | None = None
    pdf_pages: int | None = None

    @property
    def sha256(self) -> str:
        """The fingerprint of what is kept; hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def suffix(self) -> str:
        """How its name in the store ends."""
        return {MediaType.JPEG: ".jpg", MediaType.PDF: ".pdf"}[self.media_type]
