"""A browser in which a member of staff is signed in, as after both steps."""

from django.test import Client

from degreetrack.accounts import sessions
from degreetrack.accounts.models import User


def browser_of(user: User) -> Client:
    """A client with a session that has just begun."""
    client = Client()
    client.force_login(user)
    session = client.session
    sessions.begin(session, second=True)
    session.save()
    return client
