"""Django's PostgreSQL, for a primary that may become a replica."""
