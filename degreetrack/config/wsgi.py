"""What the web server runs."""

import gc
import os

import psycopg.connection
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

# psycopg waits for a connection two seconds at least; a page has two in all to say that there is none.
psycopg.connection.timeout_from_conninfo = lambda params: 1.3  # type: ignore[assignment,return-value]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "degreetrack.config.settings")
application = get_wsgi_application()
# The first reader does not wait for all that the addresses import.
_ = get_resolver().url_patterns
# What is loaded by now stays: nothing of it is looked through for garbage again.
gc.collect()
gc.freeze()
