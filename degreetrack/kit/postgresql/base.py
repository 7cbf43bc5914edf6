"""The connection to the primary."""

from django.db.backends.postgresql import base
from psycopg import Error


class DatabaseWrapper(base.DatabaseWrapper):
    """Gives a connection up once its server is a replica, which would refuse every write."""

    def is_usable(self) -> bool:
        """Whether the server answers, and takes writes."""
        if self.connection is None:
            return False
        try:
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT pg_is_in_recovery()")
                return not cursor.fetchone()[0]
        except Error:
            return False
