"""Operations for migrations that run while the version before still serves."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations import AddIndex, RemoveIndex


class AddIndexWhileServing(AddIndexConcurrently):
    """An index that locks nobody out; its migration needs `atomic = False`. SQLite has one writer anyway."""

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        """Concurrently on PostgreSQL."""
        way = AddIndexConcurrently if editor.connection.vendor == "postgresql" else AddIndex
        way.database_forwards(self, app_label, editor, before, after)

    def database_backwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        """Concurrently on PostgreSQL."""
        way = AddIndexConcurrently if editor.connection.vendor == "postgresql" else AddIndex
        way.database_backwards(self, app_label, editor, before, after)


class RemoveIndexWhileServing(RemoveIndexConcurrently):
    """The same for an index that goes."""

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        """Concurrently on PostgreSQL."""
        way = RemoveIndexConcurrently if editor.connection.vendor == "postgresql" else RemoveIndex
        way.database_forwards(self, app_label, editor, before, after)

    def database_backwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        """Concurrently on PostgreSQL."""
        way = RemoveIndexConcurrently if editor.connection.vendor == "postgresql" else RemoveIndex
        way.database_backwards(self, app_label, editor, before, after)
