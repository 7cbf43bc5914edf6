"""What was handed in: documents, their pages, and uploads under way."""

from django.core.files.storage import Storage, storages
from django.db import models

from degreetrack.catalogue.models import RequiredDocument
from degreetrack.records.models import Student


def store() -> Storage:
    """Where pages are kept: a folder outside the web root, or a bucket."""
    return storages["documents"]


class MediaType(models.TextChoices):
    """What a page is kept as, whatever it came as."""

    JPEG = "image/jpeg", "JPEG"
    PDF = "application/pdf", "PDF"


class Document(models.Model):
    """One paper of one student; it stands for later applications too."""

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="documents")
    requirement = models.ForeignKey(
        RequiredDocument, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    title = models.CharField(max_length=150, blank=True, help_text="of a paper that no requirement names")
    given_at = models.DateTimeField()
    by_name = models.CharField(max_length=150)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-given_at", "-pk"]

    def __str__(self) -> str:
        return self.title or str(self.requirement or self.pk)


class Page(models.Model):
    """One file of a document: a picture, or a PDF of some pages."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="pages")
    order = models.PositiveSmallIntegerField()
    file = models.FileField(storage=store, unique=True, help_text="a random name, never the person's")
    media_type = models.CharField(max_length=20, choices=MediaType)
    bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True, help_text="pixels of a picture")
    height = models.PositiveIntegerField(null=True)
    pdf_pages = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ["document", "order"]
        constraints = [models.UniqueConstraint(fields=["document", "order"], name="page_order_once")]

    def __str__(self) -> str:
        return f"{self.document_id}, page {self.order}"


class Upload(models.Model):
    """A file that arrives in chunks, and may be gone on with after the line broke."""

    token = models.CharField(max_length=43, unique=True)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="+")
    requirement = models.ForeignKey(
        RequiredDocument, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    filename = models.CharField(max_length=150)
    size = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.received} of {self.size} bytes"
